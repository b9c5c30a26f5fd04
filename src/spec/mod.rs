//! What the connector says of itself: the manifest, schemas, policies and reference, all made from the registry.
//!
//! The copies in `spec/` and `docs/reference/` are for those who read without running; a test fails when one differs.

mod iam;
mod protocol;
mod reference;

use std::io::{self, Read};

use flate2::read::GzDecoder;
use glue_runtime::ConnectionType;
use glue_runtime::redact::names;
use glue_runtime::{Access, Group};
use serde_json::{Value, json};

use crate::entry::Entry;

use crate::registry::{ACTIONS, CONNECTIONS, DATA_SOURCES};

pub use reference::reference;
pub(crate) use reference::sentence;

/// AWS's reference of the operations behind actions.
const API_REFERENCE: &str = "https://docs.aws.amazon.com/glue/latest/webapi";
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
        "groups": Group::ALL.map(|group| json!({ "key": group.key(), "label": group.label() })),
        "secretNames": { "words": names::SECRET_WORDS, "pageTokens": names::PAGE_TOKENS, "harmlessEnds": names::HARMLESS_ENDS },
        "connections": CONNECTIONS.iter().map(connection).collect::<Vec<_>>(),
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
    let example = entry.example().unwrap_or_default();
    json!({
        "key": meta.key,
        "label": meta.label,
        "group": meta.group.key(),
        "description": meta.description,
        "documentation": format!("{API_REFERENCE}/API_{}.html", meta.operation.unwrap_or("Operations")),
        "annotations": {
            "reads": meta.access == Access::Reads,
            "changes": meta.access != Access::Reads,
            "idempotent": matches!(meta.access, Access::Reads | Access::Changes),
        },
        "iamActions": meta.permissions.iter().map(|permission| permission.action).collect::<Vec<_>>(),
        "input": entry.input_schema(),
        "output": entry.action().output_schema(),
        "example": { "input": example["input"], "output": example["data"] },
    })
}

/// What the manifest says of one data source: what it says of an action, but for what is the same for all of them.
#[must_use]
pub fn data_source(entry: &Entry) -> Value {
    let mut said = action(entry);
    if let Value::Object(members) = &mut said {
        members.shift_remove("documentation");
        members.shift_remove("annotations");
        members.shift_remove("group");
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
