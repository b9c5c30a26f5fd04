//! `getJob`

use aws_sdk_glue::operation::get_job::{self, GetJobInput};
use glue_connections::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::JOBS;
use crate::described::Described;
use crate::limits::NAME;
use crate::wire::Operation;
use crate::{Access, Action, Context, Meta, Permission};

impl Operation for GetJobInput {
    type Plugin = get_job::GetJob;
}

/// Looks at a job.
#[derive(Debug)]
pub struct GetJob;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// # Name
    /// Provide a string value for the name (NOT the ARN).
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME), extend("x-data-source" = { "key": "jobs", "inputs": ["awsRegion"] }))]
    name: String,
}

#[serde_with::skip_serializing_none]
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Job
    /// The job definition.
    job: Option<Described>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Action for GetJob {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        key: "getJob",
        label: "Get Job",
        description: "Retrieves the definition of a job.",
        operation: "GetJob",
        access: Access::Reads,
        permissions: &[Permission { action: "glue:GetJob", resources: JOBS }],
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        cx.read(GetJobInput::builder().job_name(&input.name).build()).await
    }
}
