//! A trigger: its ARN, the state that a probe finds, and the output of actions that change it.

use aws_sdk_glue::operation::get_trigger::GetTriggerInput;
use glue_runtime::{Context, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::glue::glue;

/// The end of the ARN of every trigger.
pub(super) const TRIGGERS: &[&str] = &["trigger/*"];

/// The type and the state of a trigger.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Trigger {
    #[serde(rename = "Type")]
    pub(super) kind: Option<String>,
    pub(super) state: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    trigger: Trigger,
}

/// A trigger by its name.
pub(super) async fn get(cx: &Context, name: &str) -> Result<Trigger> {
    let found: Answer = cx.read(glue(GetTriggerInput::builder().name(name).build())).await?;
    Ok(found.trigger)
}

/// The output of actions that change a trigger: its name.
#[serde_with::skip_serializing_none]
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct TriggerOutput {
    /// # Name
    /// The name of the trigger.
    name: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl TriggerOutput {
    pub(super) fn new(name: &str) -> Self {
        Self { name: Some(name.to_owned()), rest: Map::new() }
    }
}
