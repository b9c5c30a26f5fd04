//! A secret value: it does not print, and its own memory is overwritten when it is dropped.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// A password, key or token. `Debug` shows a placeholder, there is no `Display` and no `Serialize`. Copies that others
/// make of it (the parsed form before it, what is sent after it) are not overwritten.
#[derive(Clone, Debug, Deserialize)]
pub struct Secret(SecretString);

impl Secret {
    /// The value itself, for the one place that hands it to AWS.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<Secret> for String {
    fn from(secret: Secret) -> Self {
        secret.expose().to_owned()
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "password", "writeOnly": true })
    }
}
