//! `resetJobBookmark`

use aws_sdk_glue::operation::reset_job_bookmark::{self, ResetJobBookmarkInput};
use glue_connections::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::JOBS;
use crate::described::Described;
use crate::limits::NAME;
use crate::wire::Operation;
use crate::{Access, Action, Context, Meta, Permission};

impl Operation for ResetJobBookmarkInput {
    type Plugin = reset_job_bookmark::ResetJobBookmark;
}

/// Resets a job bookmark.
#[derive(Debug)]
pub struct ResetJobBookmark;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// # Name
    /// Provide a string value for the name (NOT the ARN).
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME), extend("x-data-source" = { "key": "jobs", "inputs": ["awsRegion"] }))]
    name: String,
    /// # Run Id
    /// Reset to the state before this run, instead of to the beginning.
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME), extend("x-data-source" = { "key": "jobRuns", "inputs": ["awsRegion", "name"] }))]
    run_id: Option<String>,
}

#[serde_with::skip_serializing_none]
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Job Bookmark Entry
    /// The bookmark as it is now.
    job_bookmark_entry: Option<Described>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Action for ResetJobBookmark {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        key: "resetJobBookmark",
        label: "Reset Job Bookmark",
        description: "Makes the next run of a job process its data from the beginning.",
        operation: "ResetJobBookmark",
        access: Access::Changes,
        permissions: &[Permission { action: "glue:ResetJobBookmark", resources: JOBS }],
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        cx.change(ResetJobBookmarkInput::builder().job_name(&input.name).set_run_id(input.run_id.clone()).build()).await
    }
}
