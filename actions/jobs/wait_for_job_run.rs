//! `waitForJobRun`

use std::time::Duration;

use glue_connections::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{JOBS, JobRun};
use crate::limits::NAME;
use crate::states::Thing;
use crate::timestamp::Timestamp;
use crate::wait::{Followed, Wait, Waited};
use crate::{Access, Action, Context, Meta, Permission};

/// Waits for the end of a run.
#[derive(Debug)]
pub struct WaitForJobRun;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// # Name
    /// Provide a string value for the name (NOT the ARN).
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME), extend("x-data-source" = { "key": "jobs", "inputs": ["awsRegion"] }))]
    name: String,
    /// # Run Id
    /// Provide a string value for the run Id.
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME), extend("x-data-source" = { "key": "jobRuns", "inputs": ["awsRegion", "name"] }))]
    run_id: String,
    #[serde(flatten)]
    wait: Wait,
    /// # Marker
    /// The marker of a wait that ended at its time: the wait goes on, in whichever process.
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME))]
    marker: Option<String>,
}

/// What became of a run that was waited for.
#[serde_with::skip_serializing_none]
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Done
    /// Whether the run has ended.
    done: bool,
    /// # State
    /// The state of the run: the final one, or the one that was seen last.
    state: Option<String>,
    /// # Job Run ID
    /// The ID of the run.
    job_run_id: String,
    /// # Marker
    /// Where the run has not ended: give it to this action again to wait on.
    marker: Option<String>,
    /// # Reused
    /// True when the run carries the idempotency key and was not started by this request.
    pub(super) reused: Option<bool>,
    /// # Joined
    /// True when the run was there already, and When Running is join.
    pub(super) joined: Option<bool>,
    /// # Stopped
    /// True when the run had not ended in time and is being stopped.
    pub(super) stopped: Option<bool>,
    /// # Duration Seconds
    /// From the start of the run to its end, or until it was seen last.
    duration_seconds: Option<f64>,
    /// # DPU Seconds
    /// What the run used, where Glue says so.
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
        key: "waitForJobRun",
        label: "Wait For Job Run",
        description: "Waits until a job run has ended, and says how.",
        operation: "GetJobRun",
        access: Access::Reads,
        permissions: &[
            Permission { action: "glue:GetJobRun", resources: JOBS },
            Permission { action: "glue:GetJobRuns", resources: JOBS },
        ],
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        follow(cx, &input.name, input.marker.as_deref().unwrap_or(&input.run_id), &input.wait).await
    }
}

/// Waits for the end of a run. All waits on one job in one account and region look at it together.
///
/// # Errors
/// `jobFailed` for an unsuccessful end, unless that is to be data; `cancelled`; what the first look says for good.
pub(super) async fn follow(cx: &Context, job: &str, run: &str, wait: &Wait) -> Result<Output> {
    let watch = cx.process.watches.on(cx.scope(job));
    let watched = &watch.run(run);
    let look = |pause: Duration| async move {
        // Pauses vary by a quarter: what another has seen within nearly one of them is this round's look.
        watched.look(cx, job, pause.mul_f64(0.95)).await
    };
    Ok(Output::new(run, wait.follow(cx, &format!("The job run {run}"), look).await?))
}

impl Followed for JobRun {
    const THING: Thing = Thing::JobRun;

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

    fn new(run: &str, waited: Waited<JobRun>) -> Self {
        Self {
            done: waited.done,
            state: waited.state(),
            job_run_id: run.to_owned(),
            marker: (!waited.done).then(|| run.to_owned()),
            reused: None,
            joined: None,
            stopped: None,
            duration_seconds: waited.duration_seconds(),
            dpu_seconds: waited.seen.as_ref().and_then(|seen| seen.dpu_seconds),
            job_run: waited.seen,
        }
    }
}
