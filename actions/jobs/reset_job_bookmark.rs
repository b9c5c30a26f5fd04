//! `resetJobBookmark`: makes the next run of a job process its data from the beginning.

use aws_sdk_glue::operation::get_job_bookmark::{self, GetJobBookmarkInput};
use aws_sdk_glue::operation::reset_job_bookmark::{self, ResetJobBookmarkInput};
use glue_runtime::action::LostAnswer;
use glue_runtime::reconcile::Verdict;
use glue_runtime::{Action, Context, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::job::JOBS;
use crate::fields::{JobName, RunId};
use crate::glue::{Operation, glue};
use crate::group;
use crate::resource::Resource;

impl Operation for GetJobBookmarkInput {
    type Sdk = get_job_bookmark::GetJobBookmark;
}

impl Operation for ResetJobBookmarkInput {
    type Sdk = reset_job_bookmark::ResetJobBookmark;
}

/// The action `resetJobBookmark`.
#[derive(Debug)]
pub struct ResetJobBookmark;

/// The form of `resetJobBookmark`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    name: JobName,
    /// # Run Id
    /// Reset to the state before this run, instead of to the beginning.
    run_id: Option<RunId>,
}

/// The data of `resetJobBookmark`.
#[serde_with::skip_serializing_none]
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Job Bookmark Entry
    /// The bookmark as it is now.
    job_bookmark_entry: Option<Resource>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Action for ResetJobBookmark {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        group: group::JOBS,
        operation: Some("ResetJobBookmark"),
        permissions: &[Permission::on("glue:ResetJobBookmark", JOBS), Permission::on("glue:GetJobBookmark", JOBS)],
        lost_answer: Some(LostAnswer {
            applied: "The bookmark stands at an earlier run than before the request, or at the beginning.",
            not_applied: "The bookmark is as before.",
            unknown: "A run has moved the bookmark on, or it could not be read before the request.",
        }),
        renamed: &[("JobName", "name")],
        example: include_str!("reset_job_bookmark.json"),
        ..Meta::stop(
            "resetJobBookmark",
            "Reset Job Bookmark",
            "Makes the next run of a job process its data from the beginning.",
        )
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        let job = &input.name.0;
        // What it was like tells, after a lost answer, whether it was reset. It matters to nothing else.
        let before = bookmark(cx, job).await.ok();
        let request = ResetJobBookmarkInput::builder().job_name(job).set_run_id(input.run_id.map(|run| run.0)).build();
        let outcome = cx.change(glue(request)).await;
        cx.reconcile(outcome, || probe(cx, job, before.as_ref())).await
    }
}

/// The bookmark of a job.
async fn bookmark(cx: &Context, job: &str) -> Result<Resource> {
    let found: Output = cx.read(glue(GetJobBookmarkInput::builder().job_name(job).build())).await?;
    Ok(found.job_bookmark_entry.unwrap_or_default())
}

/// Probes the bookmark: a reset leads back to an earlier run, a run of the job leads on. Both make another version.
async fn probe(cx: &Context, job: &str, before: Option<&Resource>) -> Result<Verdict<Output>> {
    let Some(before) = before else { return Ok(Verdict::Uncertain) };
    let now = bookmark(cx, job).await?;
    let place = |bookmark: &Resource| (bookmark.number("Run"), bookmark.number("Attempt"));
    let is_as_before = now.number("Version") == before.number("Version") && place(&now) == place(before);
    Ok(if is_as_before {
        Verdict::NotApplied
    } else if place(&now) < place(before) || now.number("Run") == Some(0) {
        Verdict::Applied(Output { job_bookmark_entry: Some(now), rest: Map::new() })
    } else {
        Verdict::Uncertain
    })
}
