//! `listJobRuns`

use aws_sdk_glue::operation::get_job_runs::{self, GetJobRunsInput};
use glue_connections::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{JOBS, JobRun};
use crate::limits::NAME;
use crate::paging::{End, Listing, Paging};
use crate::states::JOB_RUN_STATES;
use crate::timestamp::Timestamp;
use crate::wire::Operation;
use crate::{Access, Action, Context, Meta, Permission};

impl Operation for GetJobRunsInput {
    type Plugin = get_job_runs::GetJobRuns;
}

/// Lists the runs of a job.
#[derive(Debug)]
pub struct ListJobRuns;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// # Name
    /// Provide a string value for the name (NOT the ARN).
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME), extend("x-data-source" = { "key": "jobs", "inputs": ["awsRegion"] }))]
    name: String,
    /// # States
    /// Return only runs in these states.
    #[schemars(extend("items" = { "type": "string", "examples": JOB_RUN_STATES }))]
    states: Option<Vec<String>>,
    /// # Since
    /// Return only runs that were started at this time or later, for example 2026-11-20T22:00:00Z.
    since: Option<Timestamp>,
    #[serde(flatten)]
    paging: Paging<200>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Job Runs
    /// The runs.
    #[serde(default)]
    job_runs: Vec<JobRun>,
    #[serde(flatten)]
    end: End,
}

impl Listing for Output {
    type Item = JobRun;

    fn items(&mut self) -> &mut Vec<JobRun> {
        &mut self.job_runs
    }

    fn end(&mut self) -> &mut End {
        &mut self.end
    }

    fn name(item: &JobRun) -> &str {
        item.id.as_deref().unwrap_or_default()
    }
}

impl Action for ListJobRuns {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        key: "listJobRuns",
        label: "List Job Runs",
        description: "Lists the runs of a job, newest first.",
        operation: "GetJobRuns",
        access: Access::Reads,
        permissions: &[Permission { action: "glue:GetJobRuns", resources: JOBS }],
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        let name = &input.name;
        let page = |size: Option<i32>, token: Option<String>| {
            cx.read(GetJobRunsInput::builder().job_name(name).set_max_results(size).set_next_token(token).build())
        };
        let mut output: Output = input.paging.fetch(page).await?;
        output.job_runs.retain(|run| {
            let state = run.job_run_state.as_deref().unwrap_or_default();
            input.states.as_ref().is_none_or(|states| states.iter().any(|wanted| wanted == state))
                && input.since <= run.started_on
        });
        output.job_runs.sort_by_key(|run| std::cmp::Reverse(run.started_on));
        Ok(output)
    }
}
