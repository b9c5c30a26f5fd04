//! `jobRuns`: the runs of a job, with state and start.

use glue_runtime::aws::Timestamp;
use glue_runtime::{Action, Context, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::choices::{Choice, Choices, RawPage, Search};
use crate::fields::JobName;
use crate::group;
use crate::jobs::job::JOBS;
use crate::jobs::runs;

/// The data source `jobRuns`.
#[derive(Debug)]
pub struct JobRuns;

/// The form of `jobRuns`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// # Name
    /// The name of the job.
    name: JobName,
    #[serde(flatten)]
    search: Search,
}

impl Action for JobRuns {
    type Input = Input;
    type Output = Choices;
    const META: Meta = Meta {
        group: group::JOBS,
        operation: Some("GetJobRuns"),
        permissions: &[Permission::on("glue:GetJobRuns", JOBS)],
        example: include_str!("job_runs.json"),
        ..Meta::read("jobRuns", "Job Runs", "The runs of a job, with state and start.")
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Choices> {
        let page = |token| async {
            let page: RawPage = runs::page(cx, &input.name.0, Some(runs::PAGE_SIZE), token).await?;
            Ok(page.choices("JobRuns", choice))
        };
        input.search.collect(page).await
    }
}

/// A run as a choice: start, state and ID.
fn choice(run: &Value) -> Option<Choice> {
    let id = run["Id"].as_str()?;
    let started = Timestamp::deserialize(&run["StartedOn"]).and_then(serde_json::to_value).ok();
    let started = started.as_ref().and_then(Value::as_str).unwrap_or_default();
    let state = run["JobRunState"].as_str().unwrap_or_default();
    Some(Choice::new(format!("{started} {state} {id}"), id))
}
