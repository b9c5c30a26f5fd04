//! `startJobRun`: starts a job run using a AWS Glue job definition.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_glue::operation::start_job_run::{self, StartJobRunInput};
use aws_sdk_glue::types::NotificationProperty;
use glue_runtime::action::LostAnswer;
use glue_runtime::backoff::Backoff;
use glue_runtime::reconcile::Verdict;
use glue_runtime::{Action, Context, Effect, Error, Kind, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::idempotency::{self, KEY_ARGUMENT};
use super::job::JOBS;
use super::job_run::JobRun;
use super::runs;
use super::stop_job_run::stop_runs;
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
    /// Starts at most one run of the job for this key, however often the request is sent: a run that carries it is returned instead. The run gets it as the argument --idempotency_key.
    #[schemars(length(min = 1, max = 255), regex(pattern = r"^[\x21-\x7E]+$"))]
    idempotency_key: Option<String>,
    /// # When Running
    /// The reaction when the job is running and another run is refused: fail; let AWS queue the run; wait for a free slot, until the deadline; or join, which returns the run that is there instead of starting another.
    #[serde(default)]
    when_running: WhenRunning,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum WhenRunning {
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
    job_run_id: Option<String>,
    /// # Reused
    /// True when the run carries the idempotency key and was not started by this request, or by an attempt of it whose answer was lost.
    reused: Option<bool>,
    /// # Joined
    /// True when the run was there already, and When Running is join.
    joined: Option<bool>,
    /// # Stopped Job Run ID
    /// The run that this request started and stopped again, because another machine had started an older one with the same idempotency key.
    stopped_job_run_id: Option<String>,
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
            applied: "With an idempotency key: a run carries it.",
            not_applied: "",
            unknown: "Without an idempotency key; or with one that no run carries yet. The request may then be sent again with the same key.",
        }),
        renamed: &[("JobName", "name"), ("MaxCapacity", "allocatedCapacity"), ("Arguments", "args")],
        omitted: &["AllocatedCapacity"],
        example: include_str!("start_job_run.json"),
        ..Meta::start("startJobRun", "Start Job Run", "Starts a job run using a AWS Glue job definition.")
    };

    fn validate(input: &Input) -> Result<()> {
        let given = input.args.as_ref().and_then(|args| args.get(KEY_ARGUMENT));
        if given.is_some() && input.idempotency_key.is_some() && given != input.idempotency_key.as_ref() {
            let message = format!("{KEY_ARGUMENT} is set by Idempotency Key: give one of them.");
            return Err(Error::invalid_input(format!("/args/{KEY_ARGUMENT}"), message));
        }
        if input.when_running == WhenRunning::Queue && input.job_run_queuing_enabled == Some(false) {
            let message =
                "When Running is `queue`, which needs Job Run Queuing Enabled: leave it blank or set it to true.";
            return Err(Error::invalid_input("/jobRunQueuingEnabled", message));
        }
        Ok(())
    }

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        match input.idempotency_key.clone() {
            Some(key) => input.start_once(cx, key).await,
            None => input.start(cx).await,
        }
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
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE, 2.0, (0.5, 1.0));
        loop {
            let refused = match self.send(cx).await {
                Err(error) if error.code.as_deref() == Some("ConcurrentRunsExceededException") => error,
                outcome => return outcome,
            };
            match self.when_running {
                WhenRunning::Fail | WhenRunning::Queue => return Err(refused),
                WhenRunning::Join => {
                    return runs::in_progress(cx, &self.name.0).await?.map(Output::joined).ok_or(refused);
                }
                WhenRunning::Wait => {
                    let pause = backoff.next_pause();
                    if pause >= cx.deadline().remaining() {
                        return Err(refused);
                    }
                    cx.sleep("while the job's other runs went on", pause).await?;
                }
            }
        }
    }

    async fn send(&self, cx: &Context) -> Result<Output> {
        let mut arguments = self.args.clone();
        if let Some(key) = &self.idempotency_key {
            arguments.get_or_insert_default().insert(KEY_ARGUMENT.to_owned(), key.clone());
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

    /// Starts a run unless one with this key was started before: by this process, by another, or by a request whose
    /// answer was lost.
    async fn start_once(self, cx: &Context, key: String) -> Result<Output> {
        let slot = idempotency::slot(cx, &self.name.0, &key);
        let during = "while another request with the same idempotency key was answered";
        let mut known = cx.wait_for(during, slot.lock()).await?;
        if let Some(run) = known.clone() {
            return Ok(Output::reused(run));
        }
        if let Some(run) = self.find(cx, &key).await? {
            *known = Some(run.clone());
            return Ok(Output::reused(run));
        }
        let outcome = match self.start(cx).await {
            Err(error) if error.effect == Effect::Unknown => self.reconcile_start(cx, &key, error).await,
            Ok(started) if started.joined.is_none() => self.stop_if_younger(cx, &key, started).await,
            outcome => outcome,
        };
        if let Ok(Output { job_run_id: Some(run), joined: None, .. }) = &outcome {
            *known = Some(run.clone());
        }
        outcome
    }

    async fn find(&self, cx: &Context, key: &str) -> Result<Option<String>> {
        Ok(runs::with_argument(cx, &self.name.0, KEY_ARGUMENT, key).await?.into_iter().find_map(|run| run.id))
    }

    /// Reconciles a start whose answer was lost: a run that carries the key tells that it was made. That none is to be
    /// seen yet tells nothing, but asking again with the same key is safe.
    async fn reconcile_start(&self, cx: &Context, key: &str, lost: Box<Error>) -> Result<Output> {
        let probe = || async {
            Ok(match self.find(cx, key).await? {
                Some(run) => Verdict::Applied(Output::reused(run)),
                None => Verdict::NotApplied,
            })
        };
        cx.reconcile(Err(lost), probe).await.map_err(|error| {
            let mut open = Error::new(
                error.kind,
                "The answer to StartJobRun was lost, and no run with this idempotency key is to be seen yet. Send the request again with the same key: that starts no second run.",
            )
            .retryable(Some(LONGEST_PAUSE));
            open.effect = Effect::Unknown;
            open.code.clone_from(&error.code);
            open.status = error.status;
            open.request_id.clone_from(&error.request_id);
            open
        })
    }

    /// Stops the run that was just started if another machine started an older one with the same key at the same
    /// instant.
    async fn stop_if_younger(&self, cx: &Context, key: &str, started: Output) -> Result<Output> {
        // What cannot be seen cannot be narrowed; the run itself is started.
        let Ok(found) = runs::with_argument(cx, &self.name.0, KEY_ARGUMENT, key).await else { return Ok(started) };
        let ours = |run: &JobRun| run.id == started.job_run_id;
        let (Some(older), Some(younger)) = (found.first(), started.job_run_id.clone()) else { return Ok(started) };
        // Without our own run in the list, both sides could take theirs for the younger.
        if ours(older) || !found.iter().any(ours) {
            return Ok(started);
        }
        let older = older.id.clone().unwrap_or_default();
        match stop_runs(cx, &self.name.0, std::slice::from_ref(&younger)).await {
            Ok(stopped) if stopped.is_complete() => {
                Ok(Output { stopped_job_run_id: Some(younger), ..Output::reused(older) })
            }
            _ => Err(Error::new(Kind::PartialFailure, "Two runs were started with this idempotency key at the same instant, and the younger could not be stopped. `details` names both.")
                .with_effect(Effect::Applied)
                .with_details(json!({ "JobRunId": older, "NotStopped": younger }))),
        }
    }
}

impl Output {
    /// The run, and whether it was reused or joined.
    pub(super) fn into_parts(self) -> Result<(String, Option<bool>, Option<bool>)> {
        let run = self.job_run_id.ok_or_else(|| {
            Error::new(Kind::BadResponse, "Glue's answer to StartJobRun names no run.").with_effect(Effect::Applied)
        })?;
        Ok((run, self.reused, self.joined))
    }

    fn reused(run: String) -> Self {
        Self { job_run_id: Some(run), reused: Some(true), joined: None, stopped_job_run_id: None, rest: Map::new() }
    }

    fn joined(run: JobRun) -> Self {
        Self { job_run_id: run.id, reused: None, joined: Some(true), stopped_job_run_id: None, rest: Map::new() }
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
