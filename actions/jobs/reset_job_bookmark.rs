//! `resetJobBookmark`: makes the next run of a job process its data from the beginning.

use aws_sdk_glue::operation::reset_job_bookmark::{self, ResetJobBookmarkInput};
use glue_runtime::{Action, Context, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::job::JOBS;
use crate::fields::{JobName, RunId};
use crate::glue::{Operation, glue};
use crate::group;
use crate::resource::Resource;

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
        permissions: &[Permission::on("glue:ResetJobBookmark", JOBS)],
        renamed: &[("JobName", "name")],
        example: include_str!("reset_job_bookmark.json"),
        ..Meta::stop(
            "resetJobBookmark",
            "Reset Job Bookmark",
            "Makes the next run of a job process its data from the beginning.",
        )
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        cx.change(glue(
            ResetJobBookmarkInput::builder().job_name(input.name.0).set_run_id(input.run_id.map(|run| run.0)).build(),
        ))
        .await
    }
}
