//! A workflow: its ARN, and the form of actions on one of its runs.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::fields::WorkflowName;
use crate::limits::NAME;

/// The end of the ARN of every workflow.
pub(super) const WORKFLOWS: &[&str] = &["workflow/*"];

/// The form of an action on one run of a workflow.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OneWorkflowRun {
    pub(super) name: WorkflowName,
    /// # Run Id
    /// The ID of the run of the workflow.
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME))]
    pub(super) run_id: String,
}
