//! `getJob`: retrieves the definition of a job.

use aws_sdk_glue::operation::get_job::{self, GetJobInput};
use glue_runtime::{Action, Context, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::job::JOBS;
use crate::fields::{JobName, RevealSecrets};
use crate::glue::{Operation, glue};
use crate::group;
use crate::resource::Resource;

impl Operation for GetJobInput {
    type Sdk = get_job::GetJob;
}

/// The action `getJob`.
#[derive(Debug)]
pub struct GetJob;

/// The form of `getJob`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    name: JobName,
    #[serde(default)]
    reveal_secrets: RevealSecrets,
}

/// The data of `getJob`.
#[serde_with::skip_serializing_none]
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Job
    /// The job definition.
    job: Option<Resource>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Action for GetJob {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        group: group::JOBS,
        operation: Some("GetJob"),
        permissions: &[Permission::on("glue:GetJob", JOBS)],
        renamed: &[("JobName", "name")],
        example: include_str!("get_job.json"),
        ..Meta::read("getJob", "Get Job", "Retrieves the definition of a job.")
    };

    fn reveals_secrets(input: &Input) -> bool {
        input.reveal_secrets.0
    }

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        cx.read(glue(GetJobInput::builder().job_name(input.name.0).build())).await
    }
}
