//! The table of states: the phase that each state of a job run, crawl, crawler or trigger means.

use glue_runtime::polling::Phase;

/// A kind of resource that has states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResourceKind {
    /// <https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html>
    JobRun,
    /// One crawl of a crawler (`CrawlerHistory`).
    Crawl,
    /// A crawler: ready, or busy with a crawl.
    Crawler,
    /// A trigger: in a lasting state, or on its way to one.
    Trigger,
}

use Phase::{Failed, InProgress, Succeeded};
use ResourceKind::{Crawl, Crawler, JobRun, Trigger};

const TABLE: &[(ResourceKind, &str, Phase)] = &[
    (JobRun, "STARTING", InProgress),
    (JobRun, "RUNNING", InProgress),
    (JobRun, "WAITING", InProgress),
    (JobRun, "STOPPING", InProgress),
    (JobRun, "STOPPED", Failed),
    (JobRun, "SUCCEEDED", Succeeded),
    (JobRun, "FAILED", Failed),
    (JobRun, "TIMEOUT", Failed),
    (JobRun, "ERROR", Failed),
    (JobRun, "EXPIRED", Failed),
    (Crawl, "RUNNING", InProgress),
    (Crawl, "COMPLETED", Succeeded),
    (Crawl, "FAILED", Failed),
    (Crawl, "STOPPED", Failed),
    (Crawler, "RUNNING", InProgress),
    (Crawler, "STOPPING", InProgress),
    (Crawler, "READY", Succeeded),
    (Trigger, "CREATING", InProgress),
    (Trigger, "CREATED", Succeeded),
    (Trigger, "ACTIVATING", InProgress),
    (Trigger, "ACTIVATED", Succeeded),
    (Trigger, "DEACTIVATING", InProgress),
    (Trigger, "DEACTIVATED", Succeeded),
    (Trigger, "DELETING", InProgress),
    (Trigger, "UPDATING", InProgress),
];

/// The states of job runs that AWS knows today.
pub(crate) const JOB_RUN_STATES: &[&str] =
    &["STARTING", "RUNNING", "STOPPING", "STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT", "ERROR", "WAITING", "EXPIRED"];

impl ResourceKind {
    /// The phase that a state means. One that is not known counts as in progress, and is reported: in the data as it is,
    /// and in the log.
    pub(crate) fn phase(self, state: Option<&str>) -> Phase {
        let state = state.unwrap_or_default();
        let row = TABLE.iter().find(|(kind, name, _)| *kind == self && *name == state);
        row.map_or_else(
            || {
                tracing::warn!(kind = ?self, state, "a state that is not known counts as in progress");
                InProgress
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
        let ends = |kind: ResourceKind, phase: Phase| -> Vec<&str> {
            TABLE.iter().filter(|row| row.0 == kind && row.2 == phase).map(|row| row.1).collect()
        };
        assert_eq!(ends(JobRun, Succeeded), ["SUCCEEDED"]);
        assert_eq!(ends(JobRun, Failed), ["STOPPED", "FAILED", "TIMEOUT", "ERROR", "EXPIRED"]);
        assert_eq!(ends(JobRun, InProgress), ["STARTING", "RUNNING", "WAITING", "STOPPING"]);
        assert_eq!(ends(Crawl, Succeeded), ["COMPLETED"]);
        assert_eq!(ends(Crawl, Failed), ["FAILED", "STOPPED"]);
        assert_eq!(ends(Crawler, InProgress), ["RUNNING", "STOPPING"]);
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
        assert_eq!(JobRun.phase(Some("A_STATE_OF_TOMORROW")), InProgress);
        assert_eq!(JobRun.phase(None), InProgress);
    }
}
