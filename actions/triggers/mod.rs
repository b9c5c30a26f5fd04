//! Triggers.

mod get_trigger;
mod list_triggers;
mod start_trigger;
mod stop_trigger;

use aws_sdk_glue::operation::get_trigger::GetTriggerInput;
use glue_connections::Result;
use serde::Deserialize;

use crate::Context;

pub use get_trigger::GetTrigger;
pub use list_triggers::ListTriggers;
pub use start_trigger::StartTrigger;
pub use stop_trigger::StopTrigger;

/// The end of the ARN of every trigger.
const TRIGGERS: &[&str] = &["trigger/*"];

/// What is looked at when the answer to a change was lost.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Trigger {
    #[serde(rename = "Type")]
    kind: Option<String>,
    state: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    trigger: Trigger,
}

async fn trigger(cx: &Context, name: &str) -> Result<Trigger> {
    let found: Answer = cx.read(GetTriggerInput::builder().name(name).build()).await?;
    Ok(found.trigger)
}
