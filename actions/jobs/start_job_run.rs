//! `startJobRun`

use std::collections::HashMap;

use aws_sdk_glue::types::NotificationProperty;
use glue_connections::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::JOBS;
use crate::limits::{NAME, WORKER_TYPES};
use crate::{Access, Action, Context, Meta, Permission};

/// Starts a run of a job.
#[derive(Debug)]
pub struct StartJobRun;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// # Name
    /// Provide a string value for the name (NOT the ARN).
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME), extend("x-data-source" = { "key": "jobs", "inputs": ["awsRegion"] }))]
    name: String,
    /// # Allocated Capacity
    /// The number of AWS Glue data processing units (DPUs) that can be allocated when this job runs. If this is omitted, Glue will use the default number of DPUs configured for your job. Not together with Worker Type and Number Of Workers.
    #[schemars(range(min = 0), extend("x-aliases" = ["capacity"]))]
    allocated_capacity: Option<f64>,
    /// # Security Configuration
    /// The name of the SecurityConfiguration structure to be used with this job. This can be left blank if you do not have a security configuration.
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME), extend("x-aliases" = ["security"], "x-data-source" = { "key": "securityConfigurations", "inputs": ["awsRegion"] }))]
    security_configuration: Option<String>,
    /// # args
    /// Optional key value parameters to pass into a job. AWS may log them: pass the name of a secret, never the secret.
    args: Option<HashMap<String, String>>,
    /// # Worker Type
    /// The kind of worker, for example G.1X. Together with Number Of Workers.
    #[schemars(extend("examples" = WORKER_TYPES))]
    worker_type: Option<String>,
    /// # Number Of Workers
    /// How many workers of the Worker Type the run gets.
    #[schemars(range(min = 1))]
    number_of_workers: Option<i32>,
    /// # Timeout
    /// How long the run may take before AWS ends it, in minutes. If this is omitted, the job's own value applies.
    #[schemars(range(min = 1))]
    timeout: Option<i32>,
    /// # Notify Delay After
    /// How many minutes after its start a run counts as late and AWS sends a notification.
    #[schemars(range(min = 1))]
    notify_delay_after: Option<i32>,
    /// # Execution Class
    /// FLEX runs on spare capacity: cheaper, with start and end times that vary.
    #[schemars(extend("enum" = ["STANDARD", "FLEX"]))]
    execution_class: Option<String>,
    /// # Job Run Queuing Enabled
    /// Let the run wait in AWS's queue while the job or the account is at its limit.
    job_run_queuing_enabled: Option<bool>,
    /// # Job Run Id
    /// The ID of a previous run to retry.
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME), extend("x-data-source" = { "key": "jobRuns", "inputs": ["awsRegion", "name"] }))]
    job_run_id: Option<String>,
    /// # Execution Role Session Policy
    /// A session policy, as JSON text, that narrows the permissions of the job's role for this run.
    #[schemars(length(min = 2, max = 2048))]
    execution_role_session_policy: Option<String>,
}

#[serde_with::skip_serializing_none]
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Job Run ID
    /// The ID of the run.
    job_run_id: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Action for StartJobRun {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        key: "startJobRun",
        label: "Start Job Run",
        description: "Starts a job run using a AWS Glue job definition.",
        operation: "StartJobRun",
        access: Access::ChangesEachTime,
        permissions: &[Permission { action: "glue:StartJobRun", resources: JOBS }],
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        let notification = input.notify_delay_after.map(|minutes| NotificationProperty::builder().notify_delay_after(minutes).build());
        cx.change("StartJobRun", |glue| {
            glue.start_job_run()
                .job_name(&input.name)
                .set_max_capacity(input.allocated_capacity)
                .set_security_configuration(input.security_configuration.clone())
                .set_arguments(input.args.clone())
                .set_worker_type(input.worker_type.as_deref().map(Into::into))
                .set_number_of_workers(input.number_of_workers)
                .set_timeout(input.timeout)
                .set_notification_property(notification.clone())
                .set_execution_class(input.execution_class.as_deref().map(Into::into))
                .set_job_run_queuing_enabled(input.job_run_queuing_enabled)
                .set_job_run_id(input.job_run_id.clone())
                .set_execution_role_session_policy(input.execution_role_session_policy.clone())
                .send()
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::run;

    #[test]
    fn blank_fields_send_nothing() {
        let given = json!({ "name": "a", "allocatedCapacity": "", "workerType": null, "args": {}, "notifyDelayAfter": "" });
        assert_eq!(run(&StartJobRun, given, &[json!({ "JobRunId": "jr_1" })]).body(), &json!({ "JobName": "a", "Arguments": {} }));
    }

    #[test]
    fn a_fraction_of_a_dpu_is_sent_as_max_capacity() {
        let given = json!({ "name": "a", "allocatedCapacity": "0.0625" });
        assert_eq!(run(&StartJobRun, given, &[json!({})]).body(), &json!({ "JobName": "a", "MaxCapacity": 0.0625 }));
    }

    #[test]
    fn worker_types_of_tomorrow_are_passed_on() {
        assert_eq!(run(&StartJobRun, json!({ "name": "a", "workerType": "Q.1X" }), &[json!({})]).body()["WorkerType"], "Q.1X");
    }
}
