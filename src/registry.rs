//! What the connector has: its actions and connections, in the order in which a listing shows them.
//!
//! What is not listed here does not exist.

use std::sync::LazyLock;

use glue_actions::crawlers::{
    GetCrawler, ListCrawlers, ListCrawls, RunCrawler, StartCrawler, StopCrawler, WaitForCrawler,
};
use glue_actions::glue_connections::{CreateConnection, GetConnection, ListConnections};
use glue_actions::jobs::{
    GetJob, GetJobRun, ListJobRuns, ListJobs, ResetJobBookmark, RunJob, StartJobRun, StopJobRun, WaitForJobRun,
};
use glue_actions::raw::RawRequest;
use glue_actions::triggers::{GetTrigger, ListTriggers, StartTrigger, StopTrigger};
use glue_actions::workflows::{GetWorkflowRun, ListWorkflows, StartWorkflowRun, StopWorkflowRun};
use glue_actions::{Entry, data_sources};
use glue_connections::ConnectionType;
use glue_connections::api_key_secret::ApiKeySecret;
use glue_connections::assume_role::AssumeRole;
use glue_connections::default_chain::DefaultChain;

/// A list that is made when it is first looked at.
pub type Listed<T> = LazyLock<Vec<T>>;

/// Every action, with the case that documents and tests it.
pub static ACTIONS: Listed<Entry> = Listed::new(|| {
    vec![
        Entry::new(&GetJobRun, include_str!("../tests/cases/getJobRun.json")),
        Entry::new(&ListCrawlers, include_str!("../tests/cases/listCrawlers.json")),
        Entry::new(&ListJobs, include_str!("../tests/cases/listJobs.json")),
        Entry::new(&ListTriggers, include_str!("../tests/cases/listTriggers.json")),
        Entry::new(&StartCrawler, include_str!("../tests/cases/startCrawler.json")),
        Entry::new(&StartJobRun, include_str!("../tests/cases/startJobRun.json")),
        Entry::new(&StartTrigger, include_str!("../tests/cases/startTrigger.json")),
        Entry::new(&StopCrawler, include_str!("../tests/cases/stopCrawler.json")),
        Entry::new(&StopJobRun, include_str!("../tests/cases/stopJobRun.json")),
        Entry::new(&StopTrigger, include_str!("../tests/cases/stopTrigger.json")),
        Entry::new(&GetConnection, include_str!("../tests/cases/getConnection.json")),
        Entry::new(&ListConnections, include_str!("../tests/cases/listConnections.json")),
        Entry::new(&CreateConnection, include_str!("../tests/cases/createConnection.json")),
        Entry::waiting(&RunJob, include_str!("../tests/cases/runJob.json")),
        Entry::waiting(&WaitForJobRun, include_str!("../tests/cases/waitForJobRun.json")),
        Entry::waiting(&RunCrawler, include_str!("../tests/cases/runCrawler.json")),
        Entry::waiting(&WaitForCrawler, include_str!("../tests/cases/waitForCrawler.json")),
        Entry::new(&GetJob, include_str!("../tests/cases/getJob.json")),
        Entry::new(&ListJobRuns, include_str!("../tests/cases/listJobRuns.json")),
        Entry::new(&ResetJobBookmark, include_str!("../tests/cases/resetJobBookmark.json")),
        Entry::new(&GetCrawler, include_str!("../tests/cases/getCrawler.json")),
        Entry::new(&ListCrawls, include_str!("../tests/cases/listCrawls.json")),
        Entry::new(&GetTrigger, include_str!("../tests/cases/getTrigger.json")),
        Entry::new(&StartWorkflowRun, include_str!("../tests/cases/startWorkflowRun.json")),
        Entry::new(&GetWorkflowRun, include_str!("../tests/cases/getWorkflowRun.json")),
        Entry::new(&StopWorkflowRun, include_str!("../tests/cases/stopWorkflowRun.json")),
        Entry::new(&ListWorkflows, include_str!("../tests/cases/listWorkflows.json")),
        Entry::new(&RawRequest, include_str!("../tests/cases/rawRequest.json")),
    ]
});

/// Every data source, with its case.
pub static DATA_SOURCES: Listed<Entry> = Listed::new(|| {
    vec![
        Entry::new(&data_sources::Regions, include_str!("../tests/cases/data-sources/regions.json")),
        Entry::new(&data_sources::Jobs, include_str!("../tests/cases/data-sources/jobs.json")),
        Entry::new(&data_sources::Crawlers, include_str!("../tests/cases/data-sources/crawlers.json")),
        Entry::new(&data_sources::Triggers, include_str!("../tests/cases/data-sources/triggers.json")),
        Entry::new(&data_sources::JobRuns, include_str!("../tests/cases/data-sources/jobRuns.json")),
        Entry::new(&data_sources::Connections, include_str!("../tests/cases/data-sources/connections.json")),
        Entry::new(
            &data_sources::SecurityConfigurations,
            include_str!("../tests/cases/data-sources/securityConfigurations.json"),
        ),
    ]
});

/// Every connection type.
pub static CONNECTIONS: Listed<ConnectionType> = Listed::new(|| {
    vec![ConnectionType::of::<ApiKeySecret>(), ConnectionType::of::<AssumeRole>(), ConnectionType::of::<DefaultChain>()]
});

/// The connection type of a request that names none.
pub const DEFAULT_CONNECTION: &str = "awsDefault";

/// The action with this key.
#[must_use]
pub fn action(key: &str) -> Option<&'static Entry> {
    ACTIONS.iter().find(|entry| entry.meta().key == key)
}

/// The connection type with this key.
#[must_use]
pub fn connection(key: &str) -> Option<&'static ConnectionType> {
    CONNECTIONS.iter().find(|connection| connection.meta().key == key)
}
