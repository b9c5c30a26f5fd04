//! Redaction of secrets in a tree, by the names of members and inside of URLs.

use serde_json::{Map, Value};

use super::names::{MASK, is_secret, mask_url};

/// Masks secrets in the members of an object, however deep.
pub fn redact_members(members: &mut Map<String, Value>) {
    members.iter_mut().for_each(|(name, value)| redact_value(name, value));
}

/// Masks a value whose name marks a secret, and credentials inside of it.
pub fn redact_value(name: &str, value: &mut Value) {
    match value {
        Value::String(text) if is_secret(name) => MASK.clone_into(text),
        Value::String(text) => mask_url(text),
        Value::Array(items) => items.iter_mut().for_each(|item| redact_value(name, item)),
        Value::Object(members) => redact_members(members),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
