//! `listWorkflows`

use aws_sdk_glue::operation::list_workflows::{self, ListWorkflowsInput};
use glue_connections::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::paging::{End, Listing, Paging};
use crate::wire::Operation;
use crate::{Access, Action, Context, Meta, Permission};

impl Operation for ListWorkflowsInput {
    type Plugin = list_workflows::ListWorkflows;
}

/// Lists the names of workflows.
#[derive(Debug)]
pub struct ListWorkflows;

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Workflows
    /// The names of the workflows.
    #[serde(default)]
    workflows: Vec<String>,
    #[serde(flatten)]
    end: End,
}

impl Listing for Output {
    type Item = String;

    fn items(&mut self) -> &mut Vec<String> {
        &mut self.workflows
    }

    fn end(&mut self) -> &mut End {
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
        key: "listWorkflows",
        label: "List Workflows",
        description: "Lists the names of all workflows in the account.",
        operation: "ListWorkflows",
        access: Access::Reads,
        permissions: &[Permission { action: "glue:ListWorkflows", resources: &[] }],
    };

    async fn run(&self, cx: &Context, input: Paging<25>) -> Result<Output> {
        let page = |size: Option<i32>, token: Option<String>| {
            cx.read(ListWorkflowsInput::builder().set_max_results(size).set_next_token(token).build())
        };
        input.fetch(page).await
    }
}
