//! `runJob`: starts a job run, waits until it has ended, and says how.

use std::time::Duration;

use glue_runtime::polling::Wait;
use glue_runtime::{Action, Context, Deadline, Effect, Kind, Meta, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::runs;
use super::start_job_run::{self, StartJobRun};
use super::stop_job_run::stop_and_check;
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
    /// Stop the run when it has not ended in time, if this request started it.
    #[serde(default)]
    stop_on_timeout: bool,
    /// # Stop On Cancel
    /// Stop the run when the request is cancelled, if this request started it.
    #[serde(default)]
    stop_on_cancel: bool,
    /// # Stop Joined
    /// With Stop On Timeout and Stop On Cancel, also stop a run that this request did not start: one that it joined, found by its idempotency key, or waits on by a marker.
    #[serde(default)]
    stop_joined: bool,
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
        let Input { start, wait, stop_on_timeout, stop_on_cancel, stop_joined, marker } = input;
        // Before the start: a run that nobody may stop would go on.
        for (wanted, field) in [(stop_on_timeout, "/stopOnTimeout"), (stop_on_cancel, "/stopOnCancel")] {
            if wanted {
                cx.check_operation("BatchStopJobRun", true).map_err(|error| error.with_field(field))?;
            }
        }
        let job = start.name.0.clone();
        let resumed = marker.is_some();
        let (run, reused, joined) = match marker {
            Some(run) => (run.0, None, None),
            None => Action::run(&StartJobRun, cx, start).await?.into_parts()?,
        };
        // Others may count on a run that they started.
        let may_stop = stop_joined || !(resumed || reused.is_some() || joined.is_some());
        match poll(cx, &job, &run, &wait, runs::VISIBLE_AFTER).await {
            Ok(mut output) => {
                (output.reused, output.joined) = (reused, joined);
                if !output.is_done() && stop_on_timeout {
                    output.stopped = Some(may_stop && stop(cx, &job, &run).await);
                }
                Ok(output)
            }
            Err(mut error) => {
                let mut details = json!({ "JobRunId": run });
                let mut stopped = false;
                if error.kind == Kind::Cancelled {
                    stopped = stop_on_cancel && may_stop && stop(cx, &job, &run).await;
                    let what = if stopped { "is being stopped" } else { "goes on" };
                    error.message = format!("The host cancelled the request. The job run {run} {what}.");
                    details["Stopped"] = json!(stopped);
                }
                error.add_details(details);
                // A wait that was taken up has started nothing.
                Err(if resumed && !stopped { error } else { error.with_effect(Effect::Applied) })
            }
        }
    }
}

/// Stops the run, even where the request itself has ended. True when it is being stopped.
async fn stop(cx: &Context, job: &str, run: &str) -> bool {
    let cx = cx.with_deadline(Deadline::uncancellable(STOP_TIMEOUT));
    stop_and_check(&cx, job, &[run.to_owned()]).await.is_ok_and(|answer| answer.is_complete())
}
