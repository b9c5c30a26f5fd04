//! `startJobRun`: starts a job run using a AWS Glue job definition.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_glue::operation::start_job_run::{self, StartJobRunInput};
use aws_sdk_glue::types::NotificationProperty;
use glue_runtime::action::LostAnswer;
use glue_runtime::backoff::Backoff;
use glue_runtime::{Action, Context, Effect, Error, Kind, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::idempotency::KEY_ARGUMENT;
use super::job::JOBS;
use super::job_run::JobRun;
use super::runs;
use crate::fields::{JobName, RunId};
use crate::glue::{Operation, glue};
use crate::group;
use crate::limits::{NAME, WORKER_TYPES};

impl Operation for StartJobRunInput {
    type Sdk = start_job_run::StartJobRun;
}

/// The action `startJobRun`.
#[derive(Debug)]
pub struct StartJobRun;

/// The form of `startJobRun`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    pub(super) name: JobName,
    /// # Allocated Capacity
    /// The number of AWS Glue data processing units (DPUs) that can be allocated when this job runs. If this is omitted, Glue will use the default number of DPUs configured for your job. Not together with Worker Type and Number Of Workers.
    #[schemars(range(min = 0), extend("x-aliases" = ["capacity"]))]
    allocated_capacity: Option<f64>,
    /// # Security Configuration
    /// The name of the SecurityConfiguration structure to be used with this job. This can be left blank if you do not have a security configuration.
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME), extend("x-aliases" = ["security"], "x-data-source" = { "key": "securityConfigurations", "inputs": [] }))]
    security_configuration: Option<String>,
    /// # args
    /// Optional key value parameters to pass into a job. AWS may log them: pass the name of a secret, never the secret.
    args: Option<HashMap<String, String>>,
    /// # Worker Type
    /// The kind of worker, for example G.1X. Together with Number Of Workers.
    #[schemars(extend("examples" = WORKER_TYPES))]
    worker_type: Option<String>,
    /// # Number Of Workers
    /// The number of workers of the Worker Type.
    #[schemars(range(min = 1))]
    number_of_workers: Option<i32>,
    /// # Timeout
    /// The time after which AWS ends the run, in minutes. If this is omitted, the job's own value applies.
    #[schemars(range(min = 1))]
    timeout: Option<i32>,
    /// # Notify Delay After
    /// The time after its start when a run counts as late and AWS sends a notification, in minutes.
    #[schemars(range(min = 1))]
    notify_delay_after: Option<i32>,
    /// # Execution Class
    /// FLEX runs on spare capacity: cheaper, with start and end times that vary.
    #[schemars(extend("enum" = ["STANDARD", "FLEX"]))]
    execution_class: Option<String>,
    /// # Job Run Queuing Enabled
    /// Let the run wait in AWS's queue while the job or the account is at its limit.
    job_run_queuing_enabled: Option<bool>,
    /// # Job Run Id
    /// The ID of a previous run to retry.
    job_run_id: Option<RunId>,
    /// # Execution Role Session Policy
    /// A session policy, as JSON text, that narrows the permissions of the job's role for this run.
    #[schemars(length(min = 2, max = 2048))]
    execution_role_session_policy: Option<String>,
    /// # Idempotency Key
    /// Starts at most one run of the job for this key within 24 hours, however often the request is sent: a run that carries it is returned instead. The run gets it as an argument.
    #[schemars(length(min = 1, max = 255), regex(pattern = r"^[\x21-\x7E]+$"))]
    idempotency_key: Option<String>,
    /// # Idempotency Argument
    /// The argument of the run that carries the Idempotency Key. Name one that the job's script knows if it refuses others. Keep it: runs that carry their key in another argument are not found.
    #[serde(default = "key_argument")]
    #[schemars(length(min = 3, max = 255), regex(pattern = r"^--[A-Za-z0-9_-]+$"))]
    pub(super) idempotency_argument: String,
    /// # When Running
    /// The reaction when the job is running and another run is refused: fail; let AWS queue the run; wait for a free slot, until the deadline; or join, which returns the run that is there instead of starting another.
    #[serde(default)]
    pub(super) when_running: WhenRunning,
}

fn key_argument() -> String {
    KEY_ARGUMENT.to_owned()
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum WhenRunning {
    #[default]
    Fail,
    Queue,
    Wait,
    Join,
}

/// The first and the longest pause between attempts to start while a job is at its limit.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// The data of `startJobRun`.
#[serde_with::skip_serializing_none]
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Job Run ID
    /// The ID of the run.
    pub(super) job_run_id: Option<String>,
    /// # Reused
    /// True when the run carries the idempotency key and was not started by this request, or by an attempt of it whose answer was lost.
    reused: Option<bool>,
    /// # Joined
    /// True when the run was there already, and When Running is join.
    joined: Option<bool>,
    /// # Stopped Job Run ID
    /// A younger run with the same idempotency key that was stopped: another machine, or a process that ended in the middle, had started it as well.
    stopped_job_run_id: Option<String>,
    /// # Stopped Job Run IDs
    /// All such runs.
    stopped_job_run_ids: Option<Vec<String>>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Action for StartJobRun {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        group: group::JOBS,
        operation: Some("StartJobRun"),
        permissions: &[
            Permission::on("glue:StartJobRun", JOBS),
            Permission::on("glue:GetJobRuns", JOBS),
            Permission::on("glue:GetJobRun", JOBS),
            Permission::on("glue:BatchStopJobRun", JOBS),
        ],
        lost_answer: Some(LostAnswer {
            applied: "With an idempotency key: a run carries it; or none does after five seconds, and another was started.",
            not_applied: "",
            unknown: "Without an idempotency key; or with one that no run carries yet, and no time is left to start another. The request may then be sent again with the same key.",
        }),
        renamed: &[("JobName", "name"), ("MaxCapacity", "allocatedCapacity"), ("Arguments", "args")],
        omitted: &["AllocatedCapacity"],
        example: include_str!("start_job_run.json"),
        ..Meta::start("startJobRun", "Start Job Run", "Starts a job run using a AWS Glue job definition.")
    };

    fn validate(input: &Input) -> Result<()> {
        let argument = &input.idempotency_argument;
        let given = input.args.as_ref().and_then(|args| args.get(argument));
        if given.is_some() && input.idempotency_key.is_some() && given != input.idempotency_key.as_ref() {
            let message = format!("{argument} is set by Idempotency Key: give one of them.");
            return Err(Error::invalid_input(format!("/args/{argument}"), message));
        }
        if input.when_running == WhenRunning::Queue && input.job_run_queuing_enabled == Some(false) {
            let message =
                "When Running is `queue`, which needs Job Run Queuing Enabled: leave it blank or set it to true.";
            return Err(Error::invalid_input("/jobRunQueuingEnabled", message));
        }
        Ok(())
    }

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        let output = match &input.idempotency_key {
            Some(key) => input.start_once(cx, key).await,
            None => input.start(cx).await,
        }?;
        if let Some(run) = &output.job_run_id {
            runs::note_start(cx, &input.name.0, run);
        }
        Ok(output)
    }
}

impl Input {
    /// Starts a run, or does what is wanted when the job is running already.
    async fn start(&self, cx: &Context) -> Result<Output> {
        if self.when_running == WhenRunning::Join
            && let Some(run) = runs::in_progress(cx, &self.name.0).await?
        {
            return Ok(Output::joined(run));
        }
        let mut pauses = Self::pauses_at_limit();
        loop {
            match self.send(cx).await {
                Err(refused) if is_at_limit(&refused) => {
                    if let Some(joined) = self.at_limit(cx, refused, &mut pauses).await? {
                        return Ok(joined);
                    }
                }
                outcome => return outcome,
            }
        }
    }

    /// The pauses between attempts to start while a job is at its limit.
    pub(super) fn pauses_at_limit() -> Backoff {
        Backoff::new(FIRST_PAUSE, LONGEST_PAUSE, 2.0, (0.5, 1.0))
    }

    /// Does what is wanted when a job is at its limit: gives the refusal back, gives back a run to join, or pauses before
    /// another attempt.
    pub(super) async fn at_limit(
        &self,
        cx: &Context,
        refused: Box<Error>,
        pauses: &mut Backoff,
    ) -> Result<Option<Output>> {
        match self.when_running {
            WhenRunning::Fail | WhenRunning::Queue => Err(refused),
            WhenRunning::Join => {
                runs::in_progress(cx, &self.name.0).await?.map(|run| Some(Output::joined(run))).ok_or(refused)
            }
            WhenRunning::Wait => {
                let pause = pauses.next_pause();
                if pause >= cx.deadline().remaining() {
                    return Err(refused);
                }
                cx.sleep("while the job's other runs went on", pause).await?;
                Ok(None)
            }
        }
    }

    pub(super) async fn send(&self, cx: &Context) -> Result<Output> {
        let mut arguments = self.args.clone();
        if let Some(key) = &self.idempotency_key {
            arguments.get_or_insert_default().insert(self.idempotency_argument.clone(), key.clone());
        }
        let queue = (self.when_running == WhenRunning::Queue).then_some(true).or(self.job_run_queuing_enabled);
        let notification =
            self.notify_delay_after.map(|minutes| NotificationProperty::builder().notify_delay_after(minutes).build());
        cx.change(glue(
            StartJobRunInput::builder()
                .job_name(&self.name.0)
                .set_max_capacity(self.allocated_capacity)
                .set_security_configuration(self.security_configuration.clone())
                .set_arguments(arguments)
                .set_worker_type(self.worker_type.as_deref().map(Into::into))
                .set_number_of_workers(self.number_of_workers)
                .set_timeout(self.timeout)
                .set_notification_property(notification)
                .set_execution_class(self.execution_class.as_deref().map(Into::into))
                .set_job_run_queuing_enabled(queue)
                .set_job_run_id(self.job_run_id.as_ref().map(|run| run.0.clone()))
                .set_execution_role_session_policy(self.execution_role_session_policy.clone())
                .build(),
        ))
        .await
    }
}

/// True for the refusal of a start because the job has all the runs that it may have.
pub(super) fn is_at_limit(error: &Error) -> bool {
    error.code.as_deref() == Some("ConcurrentRunsExceededException")
}

impl Output {
    /// The run, and whether it was reused or joined.
    pub(super) fn into_parts(self) -> Result<(String, Option<bool>, Option<bool>)> {
        let run = self.job_run_id.ok_or_else(|| {
            Error::new(Kind::BadResponse, "Glue's answer to StartJobRun names no run.").with_effect(Effect::Applied)
        })?;
        Ok((run, self.reused, self.joined))
    }

    fn of(run: Option<String>) -> Self {
        let (reused, joined, stopped_job_run_id, stopped_job_run_ids) = (None, None, None, None);
        Self { job_run_id: run, reused, joined, stopped_job_run_id, stopped_job_run_ids, rest: Map::new() }
    }

    pub(super) fn reused(run: String) -> Self {
        Self { reused: Some(true), ..Self::of(Some(run)) }
    }

    pub(super) fn joined(run: JobRun) -> Self {
        Self { joined: Some(true), ..Self::of(run.id) }
    }

    /// Names the runs that were stopped, if any.
    pub(super) fn with_stopped(mut self, runs: Vec<String>) -> Self {
        self.stopped_job_run_id = runs.first().cloned();
        self.stopped_job_run_ids = Some(runs).filter(|runs| !runs.is_empty());
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::run;

    #[test]
    fn blank_fields_send_nothing() {
        let given =
            json!({ "name": "a", "allocatedCapacity": "", "workerType": null, "args": {}, "notifyDelayAfter": "" });
        assert_eq!(
            run(&StartJobRun, given, &[json!({ "JobRunId": "jr_1" })]).body(),
            &json!({ "JobName": "a", "Arguments": {} })
        );
    }

    #[test]
    fn a_fraction_of_a_dpu_is_sent_as_max_capacity() {
        let given = json!({ "name": "a", "allocatedCapacity": "0.0625" });
        assert_eq!(run(&StartJobRun, given, &[json!({})]).body(), &json!({ "JobName": "a", "MaxCapacity": 0.0625 }));
    }

    #[test]
    fn worker_types_of_tomorrow_are_passed_on() {
        assert_eq!(
            run(&StartJobRun, json!({ "name": "a", "workerType": "Q.1X" }), &[json!({})]).body()["WorkerType"],
            "Q.1X"
        );
    }
}
