//! `getTrigger`: retrieves a trigger and its state.

use aws_sdk_glue::operation::get_trigger::{self, GetTriggerInput};
use glue_runtime::{Action, Context, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::trigger::TRIGGERS;
use crate::fields::OneTrigger;
use crate::glue::{Operation, glue};
use crate::group;
use crate::resource::Resource;

impl Operation for GetTriggerInput {
    type Sdk = get_trigger::GetTrigger;
}

/// The action `getTrigger`.
#[derive(Debug)]
pub struct GetTrigger;

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
    type Input = OneTrigger;
    type Output = Output;
    const META: Meta = Meta {
        group: group::TRIGGERS,
        operation: Some("GetTrigger"),
        permissions: &[Permission::on("glue:GetTrigger", TRIGGERS)],
        example: include_str!("get_trigger.json"),
        ..Meta::read("getTrigger", "Get Trigger", "Retrieves a trigger and its state.")
    };

    async fn run(&self, cx: &Context, input: OneTrigger) -> Result<Output> {
        cx.read(glue(GetTriggerInput::builder().name(input.name.0).build())).await
    }
}
