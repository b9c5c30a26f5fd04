//! `runJob`: starts a job run, waits until it has ended, and says how.

use std::time::Duration;

use glue_runtime::polling::Wait;
use glue_runtime::{Action, Context, Deadline, Effect, Kind, Meta, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::start_job_run::{self, StartJobRun};
use super::stop_job_run::stop_runs;
use super::wait_for_job_run::{Output, poll};
use crate::fields::WaitMarker;
use crate::group;

/// The time to stop a run after the request itself has ended.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// The action `runJob`.
#[derive(Debug)]
pub struct RunJob;

/// The form of `runJob`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    #[serde(flatten)]
    start: start_job_run::Input,
    #[serde(flatten)]
    wait: Wait,
    /// # Stop On Timeout
    /// Stop the run when it has not ended in time.
    #[serde(default)]
    stop_on_timeout: bool,
    /// # Stop On Cancel
    /// Stop the run when the request is cancelled.
    #[serde(default)]
    stop_on_cancel: bool,
    /// # Marker
    /// The marker of a wait that ended at its timeout: the wait goes on, in whichever process, and nothing is started.
    marker: Option<WaitMarker>,
}

impl Action for RunJob {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        group: group::JOBS,
        operation: Some("StartJobRun"),
        polls: &["GetJobRun", "GetJobRuns"],
        permissions: StartJobRun::META.permissions,
        lost_answer: StartJobRun::META.lost_answer,
        example: include_str!("run_job.json"),
        ..Meta::start("runJob", "Run Job", "Starts a job run, waits until it has ended, and says how.")
    };

    fn validate(input: &Input) -> Result<()> {
        StartJobRun::validate(&input.start)
    }

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        let Input { start, wait, stop_on_timeout, stop_on_cancel, marker } = input;
        // Before the start: a run that nobody may stop would go on.
        for (wanted, field) in [(stop_on_timeout, "/stopOnTimeout"), (stop_on_cancel, "/stopOnCancel")] {
            if wanted {
                cx.check_operation("BatchStopJobRun", true).map_err(|error| error.with_field(field))?;
            }
        }
        let job = start.name.0.clone();
        let (run, reused, joined) = match marker {
            Some(run) => (run.0, None, None),
            None => Action::run(&StartJobRun, cx, start).await?.into_parts()?,
        };
        match poll(cx, &job, &run, &wait).await {
            Ok(mut output) => {
                (output.reused, output.joined) = (reused, joined);
                if !output.is_done() && stop_on_timeout {
                    output.stopped = Some(stop(cx, &job, &run).await.is_ok());
                }
                Ok(output)
            }
            Err(mut error) => {
                if error.kind == Kind::Cancelled {
                    let stopped = stop_on_cancel && stop(cx, &job, &run).await.is_ok();
                    let what = if stopped { "is being stopped" } else { "goes on" };
                    error.message = format!("The host cancelled the request. The job run {run} {what}.");
                    error.details = Some(json!({ "JobRunId": run, "Stopped": stopped }));
                }
                Err(error.with_effect(Effect::Applied))
            }
        }
    }
}

/// Stops the run, even where the request itself has ended.
async fn stop(cx: &Context, job: &str, run: &str) -> Result<()> {
    let cx = cx.with_deadline(Deadline::uncancellable(STOP_TIMEOUT));
    stop_runs(&cx, job, &[run.to_owned()]).await.map(drop)
}
