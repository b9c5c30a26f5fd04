//! Secrets in what AWS answers, masked.

use std::collections::BTreeMap;

use glue_connections::{Error, Kind, Result};
use serde_json::{Map, Value};

use crate::Context;
use crate::secret_names::{MASK, is_secret, mask_url};

/// Whether this request may see secrets: it has to say so, and its host has to let it.
pub(crate) fn may_reveal(cx: &Context, wanted: bool) -> Result<bool> {
    if wanted && !cx.process.may_reveal {
        return Err(Error::new(
            Kind::AccessDenied,
            "This host does not reveal secrets: it has to start the connector with --allow-reveal.",
        )
        .with_field("/input/revealSecrets"));
    }
    Ok(wanted)
}

/// Masks properties by their names, and credentials inside of their values.
pub(crate) fn mask_properties(properties: &mut Option<BTreeMap<String, String>>) {
    for (name, value) in properties.iter_mut().flatten() {
        *value = mask_text(name, value);
    }
}

/// The same for what is not typed: members of tomorrow.
pub(crate) fn mask_members(members: &mut Map<String, Value>) {
    members.iter_mut().for_each(|(name, value)| mask_value(name, value));
}

pub(crate) fn mask_value(name: &str, value: &mut Value) {
    match value {
        Value::String(text) => *text = mask_text(name, text),
        Value::Array(items) => items.iter_mut().for_each(|item| mask_value(name, item)),
        Value::Object(members) => mask_members(members),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn mask_text(name: &str, text: &str) -> String {
    if is_secret(name) { MASK.to_owned() } else { mask_url(text) }
}
