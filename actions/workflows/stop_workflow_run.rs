//! `stopWorkflowRun`

use aws_sdk_glue::operation::stop_workflow_run::{self, StopWorkflowRunInput};
use glue_connections::Result;

use super::{WORKFLOWS, WorkflowRun};
use crate::named::Nothing;
use crate::wire::Operation;
use crate::{Access, Action, Context, Meta, Permission};

impl Operation for StopWorkflowRunInput {
    type Plugin = stop_workflow_run::StopWorkflowRun;
}

/// Stops a run of a workflow.
#[derive(Debug)]
pub struct StopWorkflowRun;

impl Action for StopWorkflowRun {
    type Input = WorkflowRun;
    type Output = Nothing;
    const META: Meta = Meta {
        key: "stopWorkflowRun",
        label: "Stop Workflow Run",
        description: "Stops a run of a workflow.",
        operation: "StopWorkflowRun",
        access: Access::Changes,
        permissions: &[Permission { action: "glue:StopWorkflowRun", resources: WORKFLOWS }],
    };

    async fn run(&self, cx: &Context, input: WorkflowRun) -> Result<Nothing> {
        cx.change(StopWorkflowRunInput::builder().name(&input.name).run_id(&input.run_id).build()).await
    }
}
