//! `startWorkflowRun`: starts a run of a workflow.

use std::collections::HashMap;

use aws_sdk_glue::operation::start_workflow_run::{self, StartWorkflowRunInput};
use glue_runtime::{Action, Context, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::workflow::WORKFLOWS;
use crate::fields::WorkflowName;
use crate::glue::{Operation, glue};
use crate::group;

impl Operation for StartWorkflowRunInput {
    type Sdk = start_workflow_run::StartWorkflowRun;
}

/// The action `startWorkflowRun`.
#[derive(Debug)]
pub struct StartWorkflowRun;

/// The form of `startWorkflowRun`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    name: WorkflowName,
    /// # Run Properties
    /// Properties of this run, which its jobs may read. AWS may log them: pass the name of a secret, never the secret.
    run_properties: Option<HashMap<String, String>>,
}

/// The data of `startWorkflowRun`.
#[serde_with::skip_serializing_none]
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Run ID
    /// The ID of the run.
    run_id: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Action for StartWorkflowRun {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        group: group::WORKFLOWS,
        operation: Some("StartWorkflowRun"),
        permissions: &[Permission::on("glue:StartWorkflowRun", WORKFLOWS)],
        example: include_str!("start_workflow_run.json"),
        ..Meta::start("startWorkflowRun", "Start Workflow Run", "Starts a run of a workflow.")
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        cx.change(glue(
            StartWorkflowRunInput::builder().name(input.name.0).set_run_properties(input.run_properties).build(),
        ))
        .await
    }
}
