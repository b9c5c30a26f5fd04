//! Resources that are passed on as Glue describes them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::timestamp::Timestamp;

/// The members of these resources that are times in the service model; numbers on the wire.
const TIMES: &[&str] =
    &["CompletedOn", "CreatedOn", "CreationTime", "EndTime", "LastModifiedOn", "LastUpdated", "StartTime", "StartedOn"];

/// A resource as Glue describes it: all members under AWS's names, times as in all data.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Described(Map<String, Value>);

impl Described {
    /// A member that is text.
    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        self.0.get(member).and_then(Value::as_str)
    }
}

impl<'de> Deserialize<'de> for Described {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = Map::deserialize(deserializer)?;
        members.iter_mut().for_each(|(name, value)| write_times(name, value));
        Ok(Self(members))
    }
}

fn write_times(name: &str, value: &mut Value) {
    match value {
        Value::Number(_) if TIMES.contains(&name) => {
            if let Ok(text) = Timestamp::deserialize(&*value).and_then(serde_json::to_value) {
                *value = text;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| write_times(name, item)),
        Value::Object(members) => members.iter_mut().for_each(|(name, value)| write_times(name, value)),
        _ => {}
    }
}

impl JsonSchema for Described {
    fn schema_name() -> Cow<'static, str> {
        "Described".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": true })
    }
}
