//! `listJobRuns`: lists the runs of a job, newest first.

use glue_runtime::aws::Timestamp;
use glue_runtime::pages::{Page, PageEnd, Paging};
use glue_runtime::{Action, Context, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::job::JOBS;
use super::job_run::JobRun;
use super::runs;
use crate::fields::{JobName, RevealSecrets};
use crate::group;
use crate::status::JOB_RUN_STATES;

/// The action `listJobRuns`.
#[derive(Debug)]
pub struct ListJobRuns;

/// The form of `listJobRuns`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    name: JobName,
    /// # States
    /// Return only runs in these states.
    #[schemars(extend("items" = { "type": "string", "examples": JOB_RUN_STATES }))]
    states: Option<Vec<String>>,
    /// # Since
    /// Return only runs that were started at this time or later, for example 2026-11-20T22:00:00Z.
    since: Option<Timestamp>,
    #[serde(flatten)]
    paging: Paging<{ runs::PAGE_SIZE }>,
    #[serde(default)]
    reveal_secrets: RevealSecrets,
}

/// The data of `listJobRuns`.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Job Runs
    /// The runs.
    #[serde(default)]
    job_runs: Vec<JobRun>,
    #[serde(flatten)]
    end: PageEnd,
}

impl Page for Output {
    type Item = JobRun;

    fn items(&mut self) -> &mut Vec<JobRun> {
        &mut self.job_runs
    }

    fn end(&mut self) -> &mut PageEnd {
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
        group: group::JOBS,
        operation: Some("GetJobRuns"),
        permissions: &[Permission::on("glue:GetJobRuns", JOBS)],
        renamed: &[("JobName", "name")],
        example: include_str!("list_job_runs.json"),
        ..Meta::read("listJobRuns", "List Job Runs", "Lists the runs of a job, newest first.")
    };

    fn reveals_secrets(input: &Input) -> bool {
        input.reveal_secrets.0
    }

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        let page = |size: Option<i32>, token: Option<String>| runs::page(cx, &input.name.0, size, token);
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
