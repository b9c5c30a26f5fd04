//! What the connector says of itself: the manifest, schemas, policies and reference, all made from the registry.
//!
//! The copies in `spec/` and in the README are for those who read without running; a test fails when one differs.

mod iam;
mod protocol;
mod reference;

use std::io::{self, Read};

use flate2::read::GzDecoder;
use glue_actions::{Access, Entry};
use glue_connections::ConnectionType;
use serde_json::{Value, json};

use crate::registry::{ACTIONS, CONNECTIONS, DATA_SOURCES};

pub(crate) use reference::sentence;
pub use reference::{actions as actions_reference, connections as connections_reference};

/// The name that people see.
pub const LABEL: &str = "AWS Glue";
/// What the connector is for, in a sentence.
pub const DESCRIPTION: &str = "Manage AWS Glue crawlers, jobs and triggers";

/// Everything about the connector that a host or a marketplace asks for.
#[must_use]
pub fn manifest() -> Value {
    json!({
        "name": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "label": LABEL,
        "description": DESCRIPTION,
        "category": "Data Platforms",
        "icon": "assets/icon.svg",
        "license": env!("CARGO_PKG_LICENSE"),
        "documentation": "README.md",
        "protocolVersion": 1,
        "connections": CONNECTIONS.iter().map(connection).collect::<Vec<_>>(),
        "groups": groups(),
        "actions": ACTIONS.iter().map(action).collect::<Vec<_>>(),
        "dataSources": DATA_SOURCES.iter().map(data_source).collect::<Vec<_>>(),
    })
}

/// The committed copy of the manifest, as text: making it anew takes longer than a whole call to AWS. A test keeps it current.
///
/// # Errors
/// None that the build has not met.
pub fn committed_manifest() -> io::Result<Vec<u8>> {
    unzip(include_bytes!(concat!(env!("OUT_DIR"), "/manifest.json.gz")))
}

/// What was compressed when the binary was built.
pub(crate) fn unzip(compressed: &[u8]) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    GzDecoder::new(compressed).read_to_end(&mut content)?;
    Ok(content)
}

/// What the manifest says of one action.
#[must_use]
pub fn action(entry: &Entry) -> Value {
    let meta = entry.meta();
    let case = entry.case().unwrap_or_default();
    json!({
        "key": meta.key,
        "group": group_of(meta.key),
        "label": meta.label,
        "description": meta.description,
        "documentation": match meta.operation {
            "" => "https://docs.aws.amazon.com/glue/latest/webapi/API_Operations.html".to_owned(),
            operation => format!("https://docs.aws.amazon.com/glue/latest/webapi/API_{operation}.html"),
        },
        "annotations": {
            "reads": meta.access == Access::Reads,
            "changes": meta.access != Access::Reads,
            "idempotent": matches!(meta.access, Access::Reads | Access::Changes),
        },
        "iamActions": meta.permissions.iter().map(|permission| permission.action).collect::<Vec<_>>(),
        "input": entry.input_schema(),
        "output": entry.action().output_schema(),
        "example": { "input": case["input"], "output": case["data"] },
    })
}

/// The groups of actions: key, label and the word in an action's key that puts it there. TEMP: from META
const GROUPS: [(&str, &str, &str); 6] = [
    ("jobs", "Jobs", "Job"),
    ("crawlers", "Crawlers", "Crawl"),
    ("triggers", "Triggers", "Trigger"),
    ("workflows", "Workflows", "Workflow"),
    ("connections", "Glue connections", "Connection"),
    ("other", "Other", ""),
];

fn groups() -> Value {
    GROUPS.iter().map(|(key, label, _)| json!({ "key": key, "label": label })).collect()
}

// TEMP: from META
fn group_of(key: &str) -> &'static str {
    GROUPS.iter().find(|(.., word)| key.contains(word)).map_or("other", |(group, ..)| group)
}

/// What the manifest says of one data source: what it says of an action, but for what is the same for all of them.
#[must_use]
pub fn data_source(entry: &Entry) -> Value {
    let mut said = action(entry);
    if let Value::Object(members) = &mut said {
        members.shift_remove("group");
        members.shift_remove("documentation");
        members.shift_remove("annotations");
    }
    said
}

/// What the manifest says of one connection type.
#[must_use]
pub fn connection(connection: &ConnectionType) -> Value {
    let meta = connection.meta();
    json!({ "key": meta.key, "label": meta.label, "description": meta.description, "fields": connection.schema() })
}

/// What the manifest says of the action or connection type with this key.
#[must_use]
pub fn of(key: &str) -> Option<Value> {
    crate::registry::action(key).map(action).or_else(|| crate::registry::connection(key).map(connection))
}

/// The files of `spec/`: paths below it, and their content.
#[must_use]
pub fn files() -> Vec<(String, Value)> {
    let mut files = vec![
        ("manifest.json".to_owned(), manifest()),
        ("protocol/request.json".to_owned(), protocol::request()),
        ("protocol/reply.json".to_owned(), protocol::reply()),
        ("iam/all.json".to_owned(), iam::policy(ACTIONS.iter().chain(DATA_SOURCES.iter()))),
    ];
    for entry in ACTIONS.iter() {
        files.push((format!("actions/{}.json", entry.meta().key), action(entry)));
        if !entry.meta().permissions.is_empty() {
            files.push((format!("iam/{}.json", entry.meta().key), iam::policy([entry])));
        }
    }
    for entry in DATA_SOURCES.iter() {
        files.push((format!("data-sources/{}.json", entry.meta().key), data_source(entry)));
    }
    for listed in CONNECTIONS.iter() {
        files.push((format!("connections/{}.json", listed.meta().key), connection(listed)));
    }
    files
}
