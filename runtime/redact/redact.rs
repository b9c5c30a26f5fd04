//! Redaction of secrets in AWS's answers, by the names of members and inside of URLs.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::names::{MASK, is_secret, mask_url, secrets_in_url};

/// Masks the values of properties whose names mark a secret, and credentials inside of other values.
pub fn redact_properties(properties: &mut Option<BTreeMap<String, String>>) {
    for (name, value) in properties.iter_mut().flatten() {
        redact_text(name, value);
    }
}

/// Masks secrets in the members of an object, however deep.
pub fn redact_members(members: &mut Map<String, Value>) {
    members.iter_mut().for_each(|(name, value)| redact_value(name, value));
}

/// Masks a value whose name marks a secret, and credentials inside of it.
pub fn redact_value(name: &str, value: &mut Value) {
    match value {
        Value::String(text) => redact_text(name, text),
        Value::Array(items) => items.iter_mut().for_each(|item| redact_value(name, item)),
        Value::Object(members) => redact_members(members),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Masks a text whose name marks a secret, and credentials inside of it.
pub fn redact_text(name: &str, text: &mut String) {
    if is_secret(name) {
        MASK.clone_into(text);
    } else if !secrets_in_url(text).is_empty() {
        *text = mask_url(text);
    }
}
