//! `getTrigger`

use aws_sdk_glue::operation::get_trigger::{self, GetTriggerInput};
use glue_connections::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::TRIGGERS;
use crate::described::Described;
use crate::named::TriggerName;
use crate::wire::Operation;
use crate::{Access, Action, Context, Meta, Permission};

impl Operation for GetTriggerInput {
    type Plugin = get_trigger::GetTrigger;
}

/// Looks at a trigger.
#[derive(Debug)]
pub struct GetTrigger;

#[serde_with::skip_serializing_none]
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Trigger
    /// The trigger.
    trigger: Option<Described>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Action for GetTrigger {
    type Input = TriggerName;
    type Output = Output;
    const META: Meta = Meta {
        key: "getTrigger",
        label: "Get Trigger",
        description: "Retrieves a trigger and its state.",
        operation: "GetTrigger",
        access: Access::Reads,
        permissions: &[Permission { action: "glue:GetTrigger", resources: TRIGGERS }],
    };

    async fn run(&self, cx: &Context, input: TriggerName) -> Result<Output> {
        cx.read(GetTriggerInput::builder().name(&input.name).build()).await
    }
}
