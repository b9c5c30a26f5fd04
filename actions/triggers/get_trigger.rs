//! `getTrigger`: retrieves a trigger and its state.

use aws_sdk_glue::operation::get_trigger::{self, GetTriggerInput};
use glue_runtime::{Action, Context, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::trigger::TRIGGERS;
use crate::fields::{RevealSecrets, TriggerName};
use crate::glue::{Operation, glue};
use crate::group;
use crate::resource::Resource;

impl Operation for GetTriggerInput {
    type Sdk = get_trigger::GetTrigger;
}

/// The action `getTrigger`.
#[derive(Debug)]
pub struct GetTrigger;

/// The form of `getTrigger`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    name: TriggerName,
    #[serde(default)]
    reveal_secrets: RevealSecrets,
}

/// The data of `getTrigger`.
#[serde_with::skip_serializing_none]
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Trigger
    /// The trigger.
    trigger: Option<Resource>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Action for GetTrigger {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        group: group::TRIGGERS,
        operation: Some("GetTrigger"),
        permissions: &[Permission::on("glue:GetTrigger", TRIGGERS)],
        example: include_str!("get_trigger.json"),
        ..Meta::read("getTrigger", "Get Trigger", "Retrieves a trigger and its state.")
    };

    fn reveals_secrets(input: &Input) -> bool {
        input.reveal_secrets.0
    }

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        cx.read(glue(GetTriggerInput::builder().name(input.name.0).build())).await
    }
}
