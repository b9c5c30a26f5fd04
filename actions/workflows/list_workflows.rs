//! `listWorkflows`: lists the names of all workflows in the account.

use aws_sdk_glue::operation::list_workflows::{self, ListWorkflowsInput};
use glue_runtime::pages::{Page, PageEnd, Paging};
use glue_runtime::{Action, Context, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::glue::{Operation, glue};
use crate::group;

impl Operation for ListWorkflowsInput {
    type Sdk = list_workflows::ListWorkflows;
}

/// The action `listWorkflows`.
#[derive(Debug)]
pub struct ListWorkflows;

/// The data of `listWorkflows`.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Workflows
    /// The names of the workflows.
    #[serde(default)]
    workflows: Vec<String>,
    #[serde(flatten)]
    end: PageEnd,
}

impl Page for Output {
    type Item = String;

    fn items(&mut self) -> &mut Vec<String> {
        &mut self.workflows
    }

    fn end(&mut self) -> &mut PageEnd {
        &mut self.end
    }

    fn name(item: &String) -> &str {
        item
    }
}

impl Action for ListWorkflows {
    type Input = Paging<25>;
    type Output = Output;
    const META: Meta = Meta {
        group: group::WORKFLOWS,
        operation: Some("ListWorkflows"),
        permissions: &[Permission::unlimited("glue:ListWorkflows")],
        example: include_str!("list_workflows.json"),
        ..Meta::read("listWorkflows", "List Workflows", "Lists the names of all workflows in the account.")
    };

    async fn run(&self, cx: &Context, input: Paging<25>) -> Result<Output> {
        let page = |size: Option<i32>, token: Option<String>| {
            cx.read(glue(ListWorkflowsInput::builder().set_max_results(size).set_next_token(token).build()))
        };
        input.fetch(page).await
    }
}
