//! The connector's description of itself: manifest, schemas, policies and reference, all made from the registry.
//!
//! The copies in `spec/` and `docs/reference/` are for those who read without running; a test fails when one differs.

mod iam;
mod protocol;
mod reference;

use std::io::{self, Read};

use flate2::read::GzDecoder;
use glue_actions::group;
use glue_runtime::redact::names;
use glue_runtime::{Access, ConnectionType};
use serde_json::{Value, json};

use crate::entry::Entry;
use crate::registry::{ACTIONS, CONNECTIONS, DATA_SOURCES};

pub(crate) use reference::sentence;
pub use reference::{actions_by_group, reference};

/// AWS's reference of the operations behind actions.
const API_REFERENCE: &str = "https://docs.aws.amazon.com/glue/latest/webapi";
/// The name that people see.
pub const LABEL: &str = "AWS Glue";
/// Its purpose, in a sentence.
pub const DESCRIPTION: &str = "Manage AWS Glue crawlers, jobs and triggers";

/// The manifest: everything about the connector that a host or a marketplace asks for.
#[must_use]
pub fn manifest() -> Value {
    manifest_of(
        &CONNECTIONS.iter().map(connection).collect::<Vec<_>>(),
        &ACTIONS.iter().map(action).collect::<Vec<_>>(),
        &DATA_SOURCES.iter().map(data_source).collect::<Vec<_>>(),
    )
}

/// The manifest with the files below `spec/` in place of their content. It is what is committed; the build joins them.
#[must_use]
pub fn manifest_index() -> Value {
    let in_folder = |folder: &str, key: &str| json!(format!("{folder}/{key}.json"));
    manifest_of(
        &CONNECTIONS.iter().map(|listed| in_folder("connections", listed.meta().key)).collect::<Vec<_>>(),
        &ACTIONS.iter().map(|entry| in_folder("actions", entry.meta().key)).collect::<Vec<_>>(),
        &DATA_SOURCES.iter().map(|entry| in_folder("data-sources", entry.meta().key)).collect::<Vec<_>>(),
    )
}

fn manifest_of(connections: &[Value], actions: &[Value], data_sources: &[Value]) -> Value {
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
        "groups": groups(),
        "secretNames": {
            "words": names::SECRET_WORDS,
            "harmlessNames": names::HARMLESS_NAMES,
            "harmlessEnds": names::HARMLESS_ENDS,
            "harmlessKeys": names::HARMLESS_KEYS,
        },
        "connections": connections,
        "actions": actions,
        "dataSources": data_sources,
    })
}

/// The manifest as text, joined from its committed files when the binary was built: making it anew takes longer than a
/// whole call to AWS. A test keeps it current.
///
/// # Errors
/// None that the build has not met.
pub fn built_manifest() -> io::Result<Vec<u8>> {
    unzip(include_bytes!(concat!(env!("OUT_DIR"), "/manifest.json.gz")))
}

/// Decompresses a text that the build compressed.
pub(crate) fn unzip(compressed: &[u8]) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    GzDecoder::new(compressed).read_to_end(&mut content)?;
    Ok(content)
}

/// The manifest's entry of an action.
#[must_use]
pub fn action(entry: &Entry) -> Value {
    let meta = entry.meta();
    let example = entry.example().unwrap_or_default();
    json!({
        "key": meta.key,
        "label": meta.label,
        "group": meta.group.key,
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

/// The groups that have actions, in the order of a listing.
fn groups() -> Vec<Value> {
    let used = group::ALL.into_iter().filter(|group| ACTIONS.iter().any(|entry| entry.meta().group == *group));
    used.map(|group| json!({ "key": group.key, "label": group.label })).collect()
}

/// The manifest's entry of a data source: that of an action without the facts that all data sources share.
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

/// The manifest's entry of a connection type.
#[must_use]
pub fn connection(connection: &ConnectionType) -> Value {
    let meta = connection.meta();
    json!({ "key": meta.key, "label": meta.label, "description": meta.description, "fields": connection.schema() })
}

/// The manifest's entry of the action or connection type with this key.
#[must_use]
pub fn entry(key: &str) -> Option<Value> {
    crate::registry::action(key).map(action).or_else(|| crate::registry::connection(key).map(connection))
}

/// The files of `spec/` but for the manifest: paths below it, and their content.
#[must_use]
pub fn files() -> Vec<(String, Value)> {
    let mut files = vec![
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
