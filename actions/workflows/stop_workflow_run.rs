//! `stopWorkflowRun`: stops a run of a workflow.

use aws_sdk_glue::operation::stop_workflow_run::{self, StopWorkflowRunInput};
use glue_runtime::{Action, Context, Meta, Permission, Result};

use super::workflow::{OneWorkflowRun, WORKFLOWS};
use crate::empty::Empty;
use crate::glue::{Operation, glue};
use crate::group;

impl Operation for StopWorkflowRunInput {
    type Sdk = stop_workflow_run::StopWorkflowRun;
}

/// The action `stopWorkflowRun`.
#[derive(Debug)]
pub struct StopWorkflowRun;

impl Action for StopWorkflowRun {
    type Input = OneWorkflowRun;
    type Output = Empty;
    const META: Meta = Meta {
        group: group::WORKFLOWS,
        operation: Some("StopWorkflowRun"),
        permissions: &[Permission::on("glue:StopWorkflowRun", WORKFLOWS)],
        example: include_str!("stop_workflow_run.json"),
        ..Meta::stop("stopWorkflowRun", "Stop Workflow Run", "Stops a run of a workflow.")
    };

    async fn run(&self, cx: &Context, input: OneWorkflowRun) -> Result<Empty> {
        cx.change(glue(StopWorkflowRunInput::builder().name(input.name.0).run_id(input.run_id).build())).await
    }
}
