//! `startWorkflowRun`: starts a run of a workflow.

use std::collections::HashMap;

use aws_sdk_glue::operation::get_workflow_runs::{self, GetWorkflowRunsInput};
use aws_sdk_glue::operation::start_workflow_run::{self, StartWorkflowRunInput};
use glue_runtime::action::LostAnswer;
use glue_runtime::aws::Timestamp;
use glue_runtime::reconcile::{Attribution, Verdict};
use glue_runtime::{Action, Context, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::workflow::WORKFLOWS;
use crate::fields::WorkflowName;
use crate::glue::{Operation, glue};
use crate::group;

impl Operation for StartWorkflowRunInput {
    type Sdk = start_workflow_run::StartWorkflowRun;
}

impl Operation for GetWorkflowRunsInput {
    type Sdk = get_workflow_runs::GetWorkflowRuns;
}

/// The most runs in a page of `GetWorkflowRuns` (`PageSize`).
const PAGE_SIZE: i32 = 1000;

/// The latest runs of a workflow.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Runs {
    #[serde(default)]
    runs: Vec<Run>,
    next_token: Option<String>,
}

/// What tells the run of a request from others.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Run {
    workflow_run_id: Option<String>,
    workflow_run_properties: Option<HashMap<String, String>>,
    started_on: Option<Timestamp>,
    /// Present when events began the run.
    starting_event_batch_condition: Option<IgnoredAny>,
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
        permissions: &[
            Permission::on("glue:StartWorkflowRun", WORKFLOWS),
            Permission::on("glue:GetWorkflowRuns", WORKFLOWS),
        ],
        lost_answer: Some(LostAnswer {
            applied: "One run with these properties began after the request was sent, by no event.",
            not_applied: "No such run began.",
            unknown: "Several such runs began, or one too close to the request to tell.",
        }),
        example: include_str!("start_workflow_run.json"),
        ..Meta::start("startWorkflowRun", "Start Workflow Run", "Starts a run of a workflow.")
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        let sent = Timestamp::now();
        let Input { name, run_properties } = input;
        let request = StartWorkflowRunInput::builder().name(&name.0).set_run_properties(run_properties.clone()).build();
        let outcome = cx.change(glue(request)).await;
        let properties = run_properties.unwrap_or_default();
        cx.reconcile(outcome, || probe(cx, &name.0, &properties, sent)).await
    }
}

/// Probes the workflow's runs for one that began after the request was sent and has its properties; those of the
/// workflow itself may stand beside them.
async fn probe(
    cx: &Context,
    name: &str,
    properties: &HashMap<String, String>,
    sent: Timestamp,
) -> Result<Verdict<Output>> {
    let Runs { runs, next_token } =
        cx.read(glue(GetWorkflowRunsInput::builder().name(name).max_results(PAGE_SIZE).build())).await?;
    let began = |run: &Run| run.started_on.map_or(Attribution::Ambiguous, |started| cx.attribute(started, sent));
    let is_alike = |run: &&Run| {
        let of_run = run.workflow_run_properties.as_ref();
        run.starting_event_batch_condition.is_none()
            && properties.iter().all(|(name, value)| of_run.and_then(|all| all.get(name)) == Some(value))
    };
    let candidates: Vec<&Run> = runs.iter().filter(is_alike).filter(|run| began(run) != Attribution::Others).collect();
    // Only a page that ends with an older run is known to begin with the newest.
    let is_whole = next_token.is_none_or(|token| token.is_empty())
        || runs.last().is_some_and(|run| began(run) == Attribution::Others);
    Ok(match candidates.as_slice() {
        [] if is_whole => Verdict::NotApplied,
        [run] if is_whole && began(run) == Attribution::Ours => {
            Verdict::Applied(Output { run_id: run.workflow_run_id.clone(), rest: Map::new() })
        }
        _ => Verdict::Uncertain,
    })
}
