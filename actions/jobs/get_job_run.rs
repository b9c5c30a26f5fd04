//! `getJobRun`: retrieves the metadata for a given job run.

use aws_sdk_glue::operation::get_job_run::{self, GetJobRunInput};
use glue_runtime::{Action, Context, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::job::JOBS;
use super::job_run::JobRun;
use crate::fields::{JobName, RevealSecrets, RunId};
use crate::glue::{Operation, glue};
use crate::group;

impl Operation for GetJobRunInput {
    type Sdk = get_job_run::GetJobRun;
}

/// The action `getJobRun`.
#[derive(Debug)]
pub struct GetJobRun;

/// The form of `getJobRun`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    name: JobName,
    run_id: RunId,
    /// # Predecessors Included
    /// Also return the runs that came before this one.
    predecessors_included: Option<bool>,
    #[serde(default)]
    reveal_secrets: RevealSecrets,
}

/// The data of `getJobRun`.
#[serde_with::skip_serializing_none]
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Job Run
    /// The job run.
    job_run: Option<JobRun>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Action for GetJobRun {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        group: group::JOBS,
        operation: Some("GetJobRun"),
        permissions: &[Permission::on("glue:GetJobRun", JOBS)],
        renamed: &[("JobName", "name")],
        example: include_str!("get_job_run.json"),
        ..Meta::read("getJobRun", "Get Job Run", "Retrieves the metadata for a given job run.")
    };

    fn reveals_secrets(input: &Input) -> bool {
        input.reveal_secrets.0
    }

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        cx.read(glue(
            GetJobRunInput::builder()
                .job_name(input.name.0)
                .run_id(input.run_id.0)
                .set_predecessors_included(input.predecessors_included)
                .build(),
        ))
        .await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::run;

    #[test]
    fn predecessors_are_asked_for_only_when_wanted() {
        let given = json!({ "name": "a", "runId": "jr_1", "predecessorsIncluded": "" });
        assert_eq!(run(&GetJobRun, given, &[json!({})]).body(), &json!({ "JobName": "a", "RunId": "jr_1" }));
        let given = json!({ "name": "a", "runId": "jr_1", "predecessorsIncluded": "false" });
        assert_eq!(run(&GetJobRun, given, &[json!({})]).body()["PredecessorsIncluded"], false);
    }

    #[test]
    fn a_state_of_tomorrow_is_data_like_any_other() {
        let answer = json!({ "JobRun": { "Id": "jr_1", "JobRunState": "HIBERNATING" } });
        assert_eq!(
            run(&GetJobRun, json!({ "name": "a", "runId": "jr_1" }), std::slice::from_ref(&answer)).data(),
            &answer
        );
    }

    #[test]
    fn an_answer_that_cannot_be_read_says_where() {
        let answer = json!({ "JobRun": { "PredecessorRuns": [{ "RunId": "jr_0" }], "NumberOfWorkers": 1.5 } });
        let run = run(&GetJobRun, json!({ "name": "a", "runId": "jr_1" }), &[answer]);
        assert_eq!(run.error().kind, glue_runtime::Kind::BadResponse);
    }
}
