//! Workflows and their runs.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::limits::NAME;

mod get_workflow_run;
mod list_workflows;
mod start_workflow_run;
mod stop_workflow_run;

pub use get_workflow_run::GetWorkflowRun;
pub use list_workflows::ListWorkflows;
pub use start_workflow_run::StartWorkflowRun;
pub use stop_workflow_run::StopWorkflowRun;

/// The end of the ARN of every workflow.
const WORKFLOWS: &[&str] = &["workflow/*"];

/// One run of a workflow.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowRun {
    /// # Name
    /// Provide a string value for the name of the workflow (NOT the ARN).
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME))]
    name: String,
    /// # Run Id
    /// The ID of the run of the workflow.
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME))]
    run_id: String,
}
