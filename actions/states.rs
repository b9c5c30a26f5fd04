//! One table of the states of what goes on at AWS: whether a state is an end, and whether it is a good one.

/// What a state means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It goes on.
    GoesOn,
    /// It has ended, and did what it was to do.
    Succeeded,
    /// It has ended otherwise.
    Failed,
}

/// What has states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    /// <https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html>
    JobRun,
    /// One crawl of a crawler (`CrawlerHistory`).
    Crawl,
    /// A crawler: ready, or busy with a crawl.
    Crawler,
    /// A trigger: settled, or on its way to be.
    Trigger,
}

use Phase::{Failed, GoesOn, Succeeded};
use Thing::{Crawl, Crawler, JobRun, Trigger};

const TABLE: &[(Thing, &str, Phase)] = &[
    (JobRun, "STARTING", GoesOn),
    (JobRun, "RUNNING", GoesOn),
    (JobRun, "WAITING", GoesOn),
    (JobRun, "STOPPING", GoesOn),
    (JobRun, "STOPPED", Failed),
    (JobRun, "SUCCEEDED", Succeeded),
    (JobRun, "FAILED", Failed),
    (JobRun, "TIMEOUT", Failed),
    (JobRun, "ERROR", Failed),
    (JobRun, "EXPIRED", Failed),
    (Crawl, "RUNNING", GoesOn),
    (Crawl, "COMPLETED", Succeeded),
    (Crawl, "FAILED", Failed),
    (Crawl, "STOPPED", Failed),
    (Crawler, "RUNNING", GoesOn),
    (Crawler, "STOPPING", GoesOn),
    (Crawler, "READY", Succeeded),
    (Trigger, "CREATING", GoesOn),
    (Trigger, "CREATED", Succeeded),
    (Trigger, "ACTIVATING", GoesOn),
    (Trigger, "ACTIVATED", Succeeded),
    (Trigger, "DEACTIVATING", GoesOn),
    (Trigger, "DEACTIVATED", Succeeded),
    (Trigger, "DELETING", GoesOn),
    (Trigger, "UPDATING", GoesOn),
];

/// The states of job runs that AWS knows today.
pub(crate) const JOB_RUN_STATES: &[&str] =
    &["STARTING", "RUNNING", "STOPPING", "STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT", "ERROR", "WAITING", "EXPIRED"];

impl Thing {
    /// What a state of this means. One that is not known counts as going on, and is reported: in the data as it is, and
    /// in the log.
    pub(crate) fn phase(self, state: Option<&str>) -> Phase {
        let state = state.unwrap_or_default();
        let row = TABLE.iter().find(|(thing, name, _)| *thing == self && *name == state);
        row.map_or_else(
            || {
                tracing::warn!(thing = ?self, state, "a state that is not known: it counts as going on");
                GoesOn
            },
            |(_, _, phase)| *phase,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The enumerations of the service model, and what AWS's documentation says of each state.
    #[test]
    fn every_state_of_the_service_model_has_its_phase() {
        let ends = |thing: Thing, phase: Phase| -> Vec<&str> {
            TABLE.iter().filter(|row| row.0 == thing && row.2 == phase).map(|row| row.1).collect()
        };
        assert_eq!(ends(JobRun, Succeeded), ["SUCCEEDED"]);
        assert_eq!(ends(JobRun, Failed), ["STOPPED", "FAILED", "TIMEOUT", "ERROR", "EXPIRED"]);
        assert_eq!(ends(JobRun, GoesOn), ["STARTING", "RUNNING", "WAITING", "STOPPING"]);
        assert_eq!(ends(Crawl, Succeeded), ["COMPLETED"]);
        assert_eq!(ends(Crawl, Failed), ["FAILED", "STOPPED"]);
        assert_eq!(ends(Crawler, GoesOn), ["RUNNING", "STOPPING"]);
        assert_eq!(ends(Trigger, Succeeded), ["CREATED", "ACTIVATED", "DEACTIVATED"]);
        assert!(JOB_RUN_STATES.iter().all(|state| TABLE.iter().any(|row| row.0 == JobRun && row.1 == *state)));
        let model = aws_sdk_glue::types::JobRunState::values().iter().all(|state| JOB_RUN_STATES.contains(state));
        let crawls = aws_sdk_glue::types::CrawlerHistoryState::values()
            .iter()
            .all(|state| TABLE.iter().any(|row| row.0 == Crawl && row.1 == *state));
        let crawlers = aws_sdk_glue::types::CrawlerState::values()
            .iter()
            .all(|state| TABLE.iter().any(|row| row.0 == Crawler && row.1 == *state));
        let triggers = aws_sdk_glue::types::TriggerState::values()
            .iter()
            .all(|state| TABLE.iter().any(|row| row.0 == Trigger && row.1 == *state));
        assert!(model && crawls && crawlers && triggers, "the service model knows a state that the table does not");
        assert_eq!(JobRun.phase(Some("A_STATE_OF_TOMORROW")), GoesOn);
        assert_eq!(JobRun.phase(None), GoesOn);
    }
}
