//! The commands, one file each.

pub mod invoke;
pub mod mcp;
mod signals;
pub mod stream;

use std::path::Path;

use glue_runtime::{Error, Kind, Result};
use serde_json::Value;

/// The connection in a file that the operator names: its `key` and `fields`.
fn connection_file(path: &Path) -> Result<Value> {
    let text = std::fs::read(path).map_err(|problem| {
        Error::new(Kind::InvalidRequest, format!("The connection file cannot be read: {}.", problem.kind()))
    })?;
    let not_json =
        |_| Error::new(Kind::InvalidRequest, "The connection file is not a JSON object.").with_field("/connection");
    serde_json::from_slice(&text).map_err(not_json)
}
