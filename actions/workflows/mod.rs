//! Workflows and their runs.

mod get_workflow_run;
mod list_workflows;
mod start_workflow_run;
mod stop_workflow_run;
mod workflow;

pub use get_workflow_run::GetWorkflowRun;
pub use list_workflows::ListWorkflows;
pub use start_workflow_run::StartWorkflowRun;
pub use stop_workflow_run::StopWorkflowRun;
