//! `getWorkflowRun`: retrieves a run of a workflow.

use aws_sdk_glue::operation::get_workflow_run::{self, GetWorkflowRunInput};
use glue_runtime::{Action, Context, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::workflow::{OneWorkflowRun, WORKFLOWS};
use crate::fields::RevealSecrets;
use crate::glue::{Operation, glue};
use crate::group;
use crate::resource::Resource;

impl Operation for GetWorkflowRunInput {
    type Sdk = get_workflow_run::GetWorkflowRun;
}

/// The action `getWorkflowRun`.
#[derive(Debug)]
pub struct GetWorkflowRun;

/// The form of `getWorkflowRun`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    #[serde(flatten)]
    run: OneWorkflowRun,
    /// # Include Graph
    /// Also return the graph of jobs, crawlers and triggers with what became of each.
    include_graph: Option<bool>,
    #[serde(default)]
    reveal_secrets: RevealSecrets,
}

/// The data of `getWorkflowRun`.
#[serde_with::skip_serializing_none]
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Run
    /// The run.
    run: Option<Resource>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Action for GetWorkflowRun {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        group: group::WORKFLOWS,
        operation: Some("GetWorkflowRun"),
        permissions: &[Permission::on("glue:GetWorkflowRun", WORKFLOWS)],
        example: include_str!("get_workflow_run.json"),
        ..Meta::read("getWorkflowRun", "Get Workflow Run", "Retrieves a run of a workflow.")
    };

    fn reveals_secrets(input: &Input) -> bool {
        input.reveal_secrets.0
    }

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        cx.read(glue(
            GetWorkflowRunInput::builder()
                .name(input.run.name.0)
                .run_id(input.run.run_id)
                .set_include_graph(input.include_graph)
                .build(),
        ))
        .await
    }
}
