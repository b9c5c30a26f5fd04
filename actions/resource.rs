//! Resources that are passed on as AWS describes them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use glue_runtime::aws::Timestamp;

/// The members of these resources that are times in the service model; numbers on the wire.
const TIMES: &[&str] =
    &["CompletedOn", "CreatedOn", "CreationTime", "EndTime", "LastModifiedOn", "LastUpdated", "StartTime", "StartedOn"];

/// A resource as AWS describes it: all members under AWS's names, times converted.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Resource(Map<String, Value>);

impl Resource {
    /// A member that is text.
    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        self.0.get(member).and_then(Value::as_str)
    }

    /// A member that is a whole number.
    pub(crate) fn number(&self, member: &str) -> Option<i64> {
        self.0.get(member).and_then(Value::as_i64)
    }
}

impl<'de> Deserialize<'de> for Resource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = Map::deserialize(deserializer)?;
        members.iter_mut().for_each(|(name, value)| convert_times(name, value));
        Ok(Self(members))
    }
}

fn convert_times(name: &str, value: &mut Value) {
    match value {
        Value::Number(_) if TIMES.contains(&name) => {
            if let Ok(text) = Timestamp::deserialize(&*value).and_then(serde_json::to_value) {
                *value = text;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| convert_times(name, item)),
        Value::Object(members) => members.iter_mut().for_each(|(name, value)| convert_times(name, value)),
        _ => {}
    }
}

impl JsonSchema for Resource {
    fn schema_name() -> Cow<'static, str> {
        "Resource".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": true })
    }
}
