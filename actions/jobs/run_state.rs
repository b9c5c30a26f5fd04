//! The states of job runs: <https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html>.

/// The states that AWS knows today.
pub(crate) const RUN_STATES: &[&str] =
    &["STARTING", "RUNNING", "STOPPING", "STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT", "ERROR", "WAITING", "EXPIRED"];

/// Whether a run that ended in this state did what it was to do.
pub(crate) fn succeeded(state: &str) -> bool {
    state == "SUCCEEDED"
}

/// Whether a run in this state still goes on. A state that is not known counts as going on.
pub(crate) fn goes_on(state: &str) -> bool {
    !matches!(state, "STOPPED" | "SUCCEEDED" | "FAILED" | "TIMEOUT" | "ERROR" | "EXPIRED")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_goes_on_or_has_ended_well_or_not() {
        let table = [
            ("STARTING", true, false),
            ("RUNNING", true, false),
            ("STOPPING", true, false),
            ("STOPPED", false, false),
            ("SUCCEEDED", false, true),
            ("FAILED", false, false),
            ("TIMEOUT", false, false),
            ("ERROR", false, false),
            ("WAITING", true, false),
            ("EXPIRED", false, false),
            ("A_STATE_OF_TOMORROW", true, false),
        ];
        for (state, on, well) in table {
            assert_eq!((goes_on(state), succeeded(state)), (on, well), "{state}");
        }
        assert!(RUN_STATES.iter().all(|state| table.iter().any(|row| row.0 == *state)));
    }
}
