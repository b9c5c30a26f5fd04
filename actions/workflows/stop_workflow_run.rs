//! `stopWorkflowRun`: stops a run of a workflow.

use aws_sdk_glue::operation::get_workflow_run::GetWorkflowRunInput;
use aws_sdk_glue::operation::stop_workflow_run::{self, StopWorkflowRunInput};
use glue_runtime::action::LostAnswer;
use glue_runtime::reconcile::Verdict;
use glue_runtime::{Action, Context, Meta, Permission, Result};
use serde_json::Value;

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
        permissions: &[
            Permission::on("glue:StopWorkflowRun", WORKFLOWS),
            Permission::on("glue:GetWorkflowRun", WORKFLOWS),
        ],
        lost_answer: Some(LostAnswer {
            applied: "The run is stopping or stopped.",
            not_applied: "The run goes on.",
            unknown: "The run ended otherwise.",
        }),
        example: include_str!("stop_workflow_run.json"),
        ..Meta::stop("stopWorkflowRun", "Stop Workflow Run", "Stops a run of a workflow.")
    };

    async fn run(&self, cx: &Context, input: OneWorkflowRun) -> Result<Empty> {
        let OneWorkflowRun { name, run_id } = input;
        let outcome = cx.change(glue(StopWorkflowRunInput::builder().name(&name.0).run_id(&run_id).build())).await;
        cx.reconcile(outcome, || probe(cx, &name.0, &run_id)).await
    }
}

/// Probes the run. One that ended otherwise tells nothing.
async fn probe(cx: &Context, name: &str, run_id: &str) -> Result<Verdict<Empty>> {
    let request = GetWorkflowRunInput::builder().name(name).run_id(run_id).build();
    let answer: Value = cx.read(glue(request)).await?;
    Ok(match answer["Run"]["Status"].as_str() {
        Some("STOPPING" | "STOPPED") => Verdict::Applied(Empty::default()),
        Some("RUNNING") => Verdict::NotApplied,
        _ => Verdict::Uncertain,
    })
}
