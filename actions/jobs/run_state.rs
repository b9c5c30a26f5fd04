//! The states of job runs.

/// Whether a run in this state still goes on. A state that is not known counts as going on.
///
/// <https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html>
pub(crate) fn goes_on(state: &str) -> bool {
    !matches!(state, "STOPPED" | "SUCCEEDED" | "FAILED" | "TIMEOUT" | "ERROR" | "EXPIRED")
}
