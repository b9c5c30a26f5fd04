//! `getWorkflowRun`

use aws_sdk_glue::operation::get_workflow_run::{self, GetWorkflowRunInput};
use glue_connections::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{WORKFLOWS, WorkflowRun};
use crate::described::Described;
use crate::wire::Operation;
use crate::{Access, Action, Context, Meta, Permission};

impl Operation for GetWorkflowRunInput {
    type Plugin = get_workflow_run::GetWorkflowRun;
}

/// Looks at a run of a workflow.
#[derive(Debug)]
pub struct GetWorkflowRun;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    #[serde(flatten)]
    which: WorkflowRun,
    /// # Include Graph
    /// Also return the graph of jobs, crawlers and triggers with what became of each.
    include_graph: Option<bool>,
}

#[serde_with::skip_serializing_none]
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Run
    /// The run.
    run: Option<Described>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Action for GetWorkflowRun {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        key: "getWorkflowRun",
        label: "Get Workflow Run",
        description: "Retrieves a run of a workflow.",
        operation: "GetWorkflowRun",
        access: Access::Reads,
        permissions: &[Permission { action: "glue:GetWorkflowRun", resources: WORKFLOWS }],
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        cx.read(
            GetWorkflowRunInput::builder()
                .name(&input.which.name)
                .run_id(&input.which.run_id)
                .set_include_graph(input.include_graph)
                .build(),
        )
        .await
    }
}
