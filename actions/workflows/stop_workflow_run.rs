//! `stopWorkflowRun`

use glue_connections::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::WORKFLOWS;
use crate::limits::NAME;
use crate::named::Nothing;
use crate::{Access, Action, Context, Meta, Permission};

/// Stops a run of a workflow.
#[derive(Debug)]
pub struct StopWorkflowRun;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// # Name
    /// Provide a string value for the name of the workflow (NOT the ARN).
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME))]
    name: String,
    /// # Run Id
    /// The ID of the run of the workflow.
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME))]
    run_id: String,
}

impl Action for StopWorkflowRun {
    type Input = Input;
    type Output = Nothing;
    const META: Meta = Meta {
        key: "stopWorkflowRun",
        label: "Stop Workflow Run",
        description: "Stops a run of a workflow.",
        operation: "StopWorkflowRun",
        access: Access::Changes,
        permissions: &[Permission { action: "glue:StopWorkflowRun", resources: WORKFLOWS }],
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Nothing> {
        cx.change("StopWorkflowRun", |glue| glue.stop_workflow_run().name(&input.name).run_id(&input.run_id).send()).await
    }
}
