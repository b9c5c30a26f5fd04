//! The states of job runs: <https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html>.

/// The states that AWS knows today.
pub(crate) const RUN_STATES: &[&str] =
    &["STARTING", "RUNNING", "STOPPING", "STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT", "ERROR", "WAITING", "EXPIRED"];

/// Whether a run in this state still goes on. A state that is not known counts as going on.
pub(crate) fn goes_on(state: &str) -> bool {
    !matches!(state, "STOPPED" | "SUCCEEDED" | "FAILED" | "TIMEOUT" | "ERROR" | "EXPIRED")
}
