//! The data sources that ask Glue, page by page.

use aws_sdk_glue::operation::get_connections::GetConnectionsInput;
use aws_sdk_glue::operation::get_job_runs::GetJobRunsInput;
use aws_sdk_glue::operation::get_security_configurations::{self, GetSecurityConfigurationsInput};
use aws_sdk_glue::operation::list_crawlers::ListCrawlersInput;
use aws_sdk_glue::operation::list_jobs::ListJobsInput;
use aws_sdk_glue::operation::list_triggers::ListTriggersInput;
use glue_connections::Result;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Choice, Choices, Search};
use crate::limits::NAME;
use crate::timestamp::Timestamp;
use crate::wire::Operation;
use crate::{Access, Action, Context, Meta, Permission};

impl Operation for GetSecurityConfigurationsInput {
    type Plugin = get_security_configurations::GetSecurityConfigurations;
}

/// The jobs of the account.
#[derive(Debug)]
pub struct Jobs;

impl Action for Jobs {
    type Input = Search;
    type Output = Choices;
    const META: Meta = Meta {
        key: "jobs",
        label: "Jobs",
        description: "The jobs of the account.",
        operation: "ListJobs",
        access: Access::Reads,
        permissions: &[Permission { action: "glue:ListJobs", resources: &[] }],
    };

    async fn run(&self, cx: &Context, input: Search) -> Result<Choices> {
        input
            .collect(|token| async move {
                let page: Value =
                    cx.read(ListJobsInput::builder().max_results(1000).set_next_token(token).build()).await?;
                Ok(names(&page, "JobNames"))
            })
            .await
    }
}

/// The crawlers of the account.
#[derive(Debug)]
pub struct Crawlers;

impl Action for Crawlers {
    type Input = Search;
    type Output = Choices;
    const META: Meta = Meta {
        key: "crawlers",
        label: "Crawlers",
        description: "The crawlers of the account.",
        operation: "ListCrawlers",
        access: Access::Reads,
        permissions: &[Permission { action: "glue:ListCrawlers", resources: &[] }],
    };

    async fn run(&self, cx: &Context, input: Search) -> Result<Choices> {
        input
            .collect(|token| async move {
                let page: Value =
                    cx.read(ListCrawlersInput::builder().max_results(1000).set_next_token(token).build()).await?;
                Ok(names(&page, "CrawlerNames"))
            })
            .await
    }
}

/// The triggers of the account.
#[derive(Debug)]
pub struct Triggers;

impl Action for Triggers {
    type Input = Search;
    type Output = Choices;
    const META: Meta = Meta {
        key: "triggers",
        label: "Triggers",
        description: "The triggers of the account.",
        operation: "ListTriggers",
        access: Access::Reads,
        permissions: &[Permission { action: "glue:ListTriggers", resources: &[] }],
    };

    async fn run(&self, cx: &Context, input: Search) -> Result<Choices> {
        input
            .collect(|token| async move {
                let page: Value =
                    cx.read(ListTriggersInput::builder().max_results(200).set_next_token(token).build()).await?;
                Ok(names(&page, "TriggerNames"))
            })
            .await
    }
}

/// The Glue connections of the account.
#[derive(Debug)]
pub struct Connections;

impl Action for Connections {
    type Input = Search;
    type Output = Choices;
    const META: Meta = Meta {
        key: "connections",
        label: "Connections",
        description: "The Glue connections of the account.",
        operation: "GetConnections",
        access: Access::Reads,
        permissions: &[Permission { action: "glue:GetConnections", resources: &["catalog", "connection/*"] }],
    };

    async fn run(&self, cx: &Context, input: Search) -> Result<Choices> {
        input
            .collect(|token| async move {
                let page: Value = cx
                    .read(
                        GetConnectionsInput::builder()
                            .hide_password(true)
                            .max_results(1000)
                            .set_next_token(token)
                            .build(),
                    )
                    .await?;
                Ok(choices(&page, "ConnectionList", named))
            })
            .await
    }
}

/// The security configurations of the account.
#[derive(Debug)]
pub struct SecurityConfigurations;

impl Action for SecurityConfigurations {
    type Input = Search;
    type Output = Choices;
    const META: Meta = Meta {
        key: "securityConfigurations",
        label: "Security Configurations",
        description: "The security configurations of the account.",
        operation: "GetSecurityConfigurations",
        access: Access::Reads,
        permissions: &[Permission { action: "glue:GetSecurityConfigurations", resources: &[] }],
    };

    async fn run(&self, cx: &Context, input: Search) -> Result<Choices> {
        input
            .collect(|token| async move {
                let page: Value = cx
                    .read(GetSecurityConfigurationsInput::builder().max_results(1000).set_next_token(token).build())
                    .await?;
                Ok(choices(&page, "SecurityConfigurations", named))
            })
            .await
    }
}

/// What the data source of runs takes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfJob {
    /// # Name
    /// The name of the job.
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME), extend("x-data-source" = { "key": "jobs", "inputs": ["awsRegion"] }))]
    name: String,
    #[serde(flatten)]
    search: Search,
}

/// The runs of a job, with state and start.
#[derive(Debug)]
pub struct JobRuns;

impl Action for JobRuns {
    type Input = OfJob;
    type Output = Choices;
    const META: Meta = Meta {
        key: "jobRuns",
        label: "Job Runs",
        description: "The runs of a job, with state and start.",
        operation: "GetJobRuns",
        access: Access::Reads,
        permissions: &[Permission { action: "glue:GetJobRuns", resources: &["job/*"] }],
    };

    async fn run(&self, cx: &Context, input: OfJob) -> Result<Choices> {
        let name = input.name.as_str();
        input
            .search
            .collect(|token| async move {
                let page: Value = cx
                    .read(GetJobRunsInput::builder().job_name(name).max_results(200).set_next_token(token).build())
                    .await?;
                Ok(choices(&page, "JobRuns", run))
            })
            .await
    }
}

fn names(page: &Value, member: &str) -> (Vec<Choice>, Option<String>) {
    choices(page, member, |name| name.as_str().map(|name| Choice::named(name.to_owned())))
}

fn choices(page: &Value, member: &str, choice: impl Fn(&Value) -> Option<Choice>) -> (Vec<Choice>, Option<String>) {
    let items = page[member].as_array().into_iter().flatten().filter_map(choice).collect();
    let token = page["NextToken"].as_str().filter(|token| !token.is_empty()).map(str::to_owned);
    (items, token)
}

fn named(item: &Value) -> Option<Choice> {
    item["Name"].as_str().map(|name| Choice::named(name.to_owned()))
}

/// What tells one run from another: its state and when it was started.
fn run(item: &Value) -> Option<Choice> {
    let id = item["Id"].as_str()?;
    let started = Timestamp::deserialize(&item["StartedOn"]).and_then(serde_json::to_value).ok();
    let started = started.as_ref().and_then(Value::as_str).unwrap_or_default();
    Some(Choice::new(format!("{started} {} {id}", item["JobRunState"].as_str().unwrap_or_default()), id))
}
