//! `waitForJobRun`: waits until a job run has ended, and says how.

use std::time::Duration;

use glue_runtime::aws::Timestamp;
use glue_runtime::polling::{Phase, PollResult, Pollable, Wait};
use glue_runtime::shared_poller::SharedPollers;
use glue_runtime::{Action, Context, Kind, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::job::JOBS;
use super::job_run::JobRun;
use super::runs::{self, RunChecks};
use crate::fields::{JobName, RunId, WaitMarker};
use crate::group;
use crate::status::ResourceKind;

/// A status that another wait has seen within nearly one pause is as good as this wait's own: pauses vary by a quarter.
const SHARED_WITHIN: f64 = 0.95;

/// The action `waitForJobRun`.
#[derive(Debug)]
pub struct WaitForJobRun;

/// The form of `waitForJobRun`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    name: JobName,
    run_id: RunId,
    #[serde(flatten)]
    wait: Wait,
    marker: Option<WaitMarker>,
}

/// The result of a wait for a run.
#[serde_with::skip_serializing_none]
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Done
    /// True when the run has ended.
    done: bool,
    /// # State
    /// The state of the run: the final one, or the latest that was seen.
    state: Option<String>,
    /// # Job Run ID
    /// The ID of the run.
    job_run_id: String,
    /// # Marker
    /// Present when the run has not ended: give it to this action again to wait on.
    marker: Option<String>,
    /// # Reused
    /// True when the run carries the idempotency key and was not started by this request.
    pub(super) reused: Option<bool>,
    /// # Joined
    /// True when the run was there already, and When Running is join.
    pub(super) joined: Option<bool>,
    /// # Stopped
    /// True when the run had not ended in time and is being stopped; false when it was to be stopped and goes on.
    pub(super) stopped: Option<bool>,
    /// # Duration Seconds
    /// From the start of the run to its end, or until it was seen last.
    duration_seconds: Option<f64>,
    /// # DPU Seconds
    /// The use of the run, where Glue says so.
    #[serde(rename = "DPUSeconds")]
    dpu_seconds: Option<f64>,
    /// # Job Run
    /// The run.
    job_run: Option<JobRun>,
}

impl Action for WaitForJobRun {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        group: group::JOBS,
        operation: Some("GetJobRun"),
        polls: &["GetJobRuns"],
        permissions: &[Permission::on("glue:GetJobRun", JOBS), Permission::on("glue:GetJobRuns", JOBS)],
        example: include_str!("wait_for_job_run.json"),
        ..Meta::read("waitForJobRun", "Wait For Job Run", "Waits until a job run has ended, and says how.")
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        let job = &input.name.0;
        match input.marker {
            Some(WaitMarker(run)) => poll(cx, job, &run, &input.wait, runs::VISIBLE_AFTER).await,
            None => poll(cx, job, &input.run_id.0, &input.wait, runs::until_visible(cx, job, &input.run_id.0)).await,
        }
    }
}

/// Waits for the end of a run. All waits of one session on one job share their status checks. That there is no
/// such run is believed only after `visible_after`: AWS shows a new one late.
///
/// # Errors
/// `jobFailed` for an unsuccessful end, unless that is to be data; `cancelled`; a permanent failure before
/// any check has succeeded.
pub(super) async fn poll(cx: &Context, job: &str, run: &str, wait: &Wait, visible_after: Duration) -> Result<Output> {
    let poller = cx.store().get::<SharedPollers<JobRun>>().get(runs::scope(cx, job));
    let item = &poller.wait(run);
    let visible = Instant::now() + visible_after;
    let check = |pause: Duration| async move {
        item.status(|| RunChecks::new(cx, job), cx.deadline(), pause.mul_f64(SHARED_WITHIN)).await.map_err(|error| {
            let is_early = error.kind == Kind::NotFound && Instant::now() < visible;
            if is_early { error.retryable(None) } else { error }
        })
    };
    Ok(Output::new(run, wait.poll(cx, &format!("The job run {run}"), check).await?))
}

impl Pollable for JobRun {
    const NAME: &'static str = "JobRun";

    fn phase(&self) -> Phase {
        ResourceKind::JobRun.phase(self.state())
    }

    fn state(&self) -> Option<&str> {
        self.job_run_state.as_deref()
    }

    fn started(&self) -> Option<Timestamp> {
        self.started_on
    }

    fn ended(&self) -> Option<Timestamp> {
        self.completed_on
    }

    fn reason(&self) -> Option<&str> {
        self.error_message.as_deref()
    }
}

impl Output {
    pub(super) const fn is_done(&self) -> bool {
        self.done
    }

    fn new(run: &str, result: PollResult<JobRun>) -> Self {
        Self {
            done: result.done,
            state: result.state(),
            job_run_id: run.to_owned(),
            marker: (!result.done).then(|| run.to_owned()),
            reused: None,
            joined: None,
            stopped: None,
            duration_seconds: result.duration_seconds(),
            dpu_seconds: result.latest.as_ref().and_then(|run| run.dpu_seconds),
            job_run: result.latest,
        }
    }
}
