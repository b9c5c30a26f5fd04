//! `stopJobRun`: stops one or more job runs for a specified job definition.

use std::collections::HashSet;

use aws_sdk_glue::operation::batch_stop_job_run::{self, BatchStopJobRunInput};
use glue_runtime::action::LostAnswer;
use glue_runtime::reconcile::Verdict;
use glue_runtime::{Action, Context, Effect, Error, Kind, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::job::JOBS;
use super::runs;
use crate::fields::JobName;
use crate::glue::{Operation, glue};
use crate::group;
use crate::limits::NAME;

impl Operation for BatchStopJobRunInput {
    type Sdk = batch_stop_job_run::BatchStopJobRun;
}

/// The most runs that one `BatchStopJobRun` takes (`BatchStopJobRunJobRunIdList`).
pub(super) const BATCH: usize = 25;

/// The action `stopJobRun`.
#[derive(Debug)]
pub struct StopJobRun;

/// The form of `stopJobRun`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    name: JobName,
    /// # Job Run Ids
    /// Provide a list of job run Ids
    #[schemars(
        length(min = 1),
        inner(length(min = 1, max = 255), regex(pattern = NAME)),
        extend("x-data-source" = { "key": "jobRuns", "inputs": ["name"] })
    )]
    job_run_ids: Vec<String>,
    /// # Allow Partial Failure
    /// Succeed even when some of the runs could not be stopped; the data says which.
    #[serde(default)]
    allow_partial_failure: bool,
}

/// The data of `stopJobRun`.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Output {
    /// # Successful Submissions
    /// The runs that are being stopped.
    successful_submissions: Vec<Submission>,
    /// # Errors
    /// The runs that could not be stopped, with the reason.
    errors: Vec<StopError>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// A run that is being stopped.
#[serde_with::skip_serializing_none]
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Submission {
    /// # Job Name
    /// The job of the run.
    job_name: Option<String>,
    /// # Job Run ID
    /// The run that is being stopped.
    job_run_id: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// A run that could not be stopped.
#[serde_with::skip_serializing_none]
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct StopError {
    /// # Job Name
    /// The job of the run.
    job_name: Option<String>,
    /// # Job Run ID
    /// The run that could not be stopped.
    job_run_id: Option<String>,
    /// # Error Detail
    /// The reason.
    error_detail: Option<ErrorDetail>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The reason that a run could not be stopped.
#[serde_with::skip_serializing_none]
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ErrorDetail {
    /// # Error Code
    /// AWS's code.
    error_code: Option<String>,
    /// # Error Message
    /// AWS's words.
    error_message: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Action for StopJobRun {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        group: group::JOBS,
        operation: Some("BatchStopJobRun"),
        permissions: &[Permission::on("glue:BatchStopJobRun", JOBS), Permission::on("glue:GetJobRun", JOBS)],
        lost_answer: Some(LostAnswer {
            applied: "All runs of the batch are stopping or stopped.",
            not_applied: "All runs of the batch go on.",
            unknown: "A run ended otherwise.",
        }),
        renamed: &[("JobName", "name")],
        example: include_str!("stop_job_run.json"),
        ..Meta::stop("stopJobRun", "Stop Job Run", "Stops one or more job runs for a specified job definition")
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        let mut total = Output::default();
        // A run named twice would be an error in one batch and a second stop in another.
        let mut ids = input.job_run_ids;
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        for (index, batch) in ids.chunks(BATCH).enumerate() {
            match stop_and_check(cx, &input.name.0, batch).await {
                Ok(stopped) => total.add(stopped),
                Err(error) if total.successful_submissions.is_empty() && total.errors.is_empty() => return Err(error),
                Err(error) => return Err(total.broken_off(&error, &ids[index * BATCH..])),
            }
        }
        if total.is_complete() || input.allow_partial_failure { Ok(total) } else { Err(total.refused()) }
    }
}

/// Asks AWS to stop a batch of runs, at most 25.
pub(super) async fn stop_runs(cx: &Context, job: &str, batch: &[String]) -> Result<Output> {
    let ids = Some(batch.to_vec());
    cx.change(glue(BatchStopJobRunInput::builder().job_name(job).set_job_run_ids(ids).build())).await
}

/// As [`stop_runs`]; a lost answer is reconciled.
pub(super) async fn stop_and_check(cx: &Context, job: &str, batch: &[String]) -> Result<Output> {
    let outcome = stop_runs(cx, job, batch).await;
    cx.reconcile(outcome, || probe(cx, job, batch)).await
}

/// Probes the runs of a batch. A run that ended otherwise tells nothing.
async fn probe(cx: &Context, job: &str, batch: &[String]) -> Result<Verdict<Output>> {
    let mut stopped = Output::default();
    let mut in_progress = 0;
    for id in batch {
        match runs::get(cx, job, id).await?.job_run_state.as_deref() {
            Some("STOPPING" | "STOPPED") => {
                let (job_name, job_run_id) = (Some(job.to_owned()), Some(id.clone()));
                stopped.successful_submissions.push(Submission { job_name, job_run_id, rest: Map::new() });
            }
            // Only states that are known to be no end: one of tomorrow may come of the stop.
            Some("STARTING" | "RUNNING" | "WAITING") => in_progress += 1,
            _ => return Ok(Verdict::Uncertain),
        }
    }
    Ok(match in_progress {
        0 => Verdict::Applied(stopped),
        count if count == batch.len() => Verdict::NotApplied,
        _ => Verdict::Uncertain,
    })
}

impl Output {
    /// True when every run is being stopped.
    pub(super) const fn is_complete(&self) -> bool {
        self.errors.is_empty()
    }

    fn add(&mut self, batch: Self) {
        self.successful_submissions.extend(batch.successful_submissions);
        self.errors.extend(batch.errors);
        self.rest.extend(batch.rest);
    }

    /// Some runs, or all of them, could not be stopped.
    fn refused(&self) -> Box<Error> {
        let count = self.errors.len() + self.successful_submissions.len();
        let reason = self
            .errors
            .first()
            .and_then(|error| error.error_detail.as_ref())
            .and_then(|detail| detail.error_message.as_deref());
        let message = format!(
            "{} of {count} job runs could not be stopped: {}. `details` says which; with Allow Partial Failure this is no error.",
            self.errors.len(),
            reason.unwrap_or("AWS gave no reason").trim_end_matches('.'),
        );
        let effect = if self.successful_submissions.is_empty() { Effect::None } else { Effect::Applied };
        let details = json!({ "SuccessfulSubmissions": self.successful_submissions, "Errors": self.errors });
        Error::new(Kind::PartialFailure, message).with_effect(effect).with_details(details)
    }

    /// A later batch failed as a whole: what came before it is done.
    fn broken_off(&self, error: &Error, not_confirmed: &[String]) -> Box<Error> {
        let stopped = self.successful_submissions.len();
        let message =
            format!("{stopped} job runs are being stopped, then: {} `details` says which are not.", error.message);
        let effect = if error.effect == Effect::Unknown { Effect::Unknown } else { Effect::Applied };
        let mut failure = Error::new(Kind::PartialFailure, message).with_effect(effect).with_details(json!({
            "SuccessfulSubmissions": self.successful_submissions,
            "Errors": self.errors,
            "NotConfirmed": not_confirmed,
            "Cause": error,
        }));
        failure.code.clone_from(&error.code);
        failure.status = error.status;
        failure.request_id.clone_from(&error.request_id);
        failure.hint = error.hint;
        failure
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::run;

    #[test]
    fn runs_that_could_not_be_stopped_are_a_partial_failure() {
        let answer = json!({
            "SuccessfulSubmissions": [{ "JobRunId": "jr_1" }],
            "Errors": [{ "JobRunId": "jr_2", "ErrorDetail": { "ErrorMessage": "Already over." } }],
        });
        let given = json!({ "name": "a", "jobRunIds": ["jr_1", "jr_2"] });
        let run = run(&StopJobRun, given, &[answer]);
        let error = run.error();
        assert_eq!((error.kind, error.effect), (Kind::PartialFailure, Effect::Applied));
        assert!(error.message.starts_with("1 of 2 job runs could not be stopped: Already over."), "{}", error.message);
    }
}
