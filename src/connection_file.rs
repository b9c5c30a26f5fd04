//! The file that holds the operator's connection: its `key` and `fields`, as JSON.

use std::path::Path;

use glue_runtime::{Error, Kind, Result};
use serde_json::Value;

/// Reads the connection in a file.
///
/// # Errors
/// `invalidRequest` when it cannot be read or is not a JSON object.
pub(crate) fn read(path: &Path) -> Result<Value> {
    let text = std::fs::read(path).map_err(|problem| {
        Error::new(Kind::InvalidRequest, format!("The connection file cannot be read: {}.", problem.kind()))
    })?;
    let not_json =
        |_| Error::new(Kind::InvalidRequest, "The connection file is not a JSON object.").with_field("/connection");
    serde_json::from_slice(&text).map_err(not_json)
}
