//! `stopWorkflowRun`

use glue_connections::Result;

use super::{WORKFLOWS, WorkflowRun};
use crate::named::Nothing;
use crate::{Access, Action, Context, Meta, Permission};

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
        cx.change("StopWorkflowRun", |glue| glue.stop_workflow_run().name(&input.name).run_id(&input.run_id).send()).await
    }
}
