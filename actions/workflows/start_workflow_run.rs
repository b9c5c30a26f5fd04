//! `startWorkflowRun`

use std::collections::HashMap;

use aws_sdk_glue::operation::start_workflow_run::{self, StartWorkflowRunInput};
use glue_connections::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::WORKFLOWS;
use crate::limits::NAME;
use crate::wire::Operation;
use crate::{Access, Action, Context, Meta, Permission};

impl Operation for StartWorkflowRunInput {
    type Plugin = start_workflow_run::StartWorkflowRun;
}

/// Starts a run of a workflow.
#[derive(Debug)]
pub struct StartWorkflowRun;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// # Name
    /// Provide a string value for the name of the workflow (NOT the ARN).
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME))]
    name: String,
    /// # Run Properties
    /// Properties of this run, which its jobs may read. AWS may log them: pass the name of a secret, never the secret.
    run_properties: Option<HashMap<String, String>>,
}

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
        key: "startWorkflowRun",
        label: "Start Workflow Run",
        description: "Starts a run of a workflow.",
        operation: "StartWorkflowRun",
        access: Access::ChangesEachTime,
        permissions: &[Permission { action: "glue:StartWorkflowRun", resources: WORKFLOWS }],
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        cx.change(
            StartWorkflowRunInput::builder().name(&input.name).set_run_properties(input.run_properties.clone()).build(),
        )
        .await
    }
}
