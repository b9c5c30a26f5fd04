//! `runJob`

use std::time::Duration;

use aws_sdk_glue::operation::batch_stop_job_run::BatchStopJobRunInput;
use glue_connections::{Deadline, Effect, Kind, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::start_job_run::{self, StartJobRun};
use super::wait_for_job_run::{Output, follow};
use crate::limits::NAME;
use crate::wait::Wait;
use crate::{Access, Action, Context, Meta};

/// How long stopping a run may take once the request itself has ended.
const TO_STOP: Duration = Duration::from_secs(5);

/// Starts a run and waits for its end.
#[derive(Debug)]
pub struct RunJob;

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
    /// The marker of a wait that ended at its time: the wait goes on, in whichever process, and nothing is started.
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME))]
    marker: Option<String>,
}

impl Action for RunJob {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        key: "runJob",
        label: "Run Job",
        description: "Starts a job run, waits until it has ended, and says how.",
        operation: "StartJobRun",
        access: Access::ChangesEachTime,
        permissions: StartJobRun::META.permissions,
    };

    fn check(input: &Input) -> Result<()> {
        StartJobRun::check(&input.start)
    }

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        let Input { start, wait, stop_on_timeout, stop_on_cancel, marker } = input;
        let job = start.name.clone();
        let (run, reused, joined) = match marker {
            Some(run) => (run, None, None),
            None => Action::run(&StartJobRun, cx, start).await?.into_parts()?,
        };
        match follow(cx, &job, &run, &wait).await {
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

/// Stops the run even where the request itself has ended.
async fn stop(cx: &Context, job: &str, run: &str) -> Result<Value> {
    let cx = cx.with_deadline(Deadline::of_its_own(TO_STOP));
    cx.change(BatchStopJobRunInput::builder().job_name(job).job_run_ids(run).build()).await
}
