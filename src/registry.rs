//! The lists of actions, data sources and connection types, in the order in which a listing shows them.
//!
//! An action that is not listed here does not exist.

use std::sync::LazyLock;

use ::glue_connections::{ApiKeySecret, AssumeRole, DefaultChain};
use glue_actions::{crawlers, data_sources, glue_connections, jobs, raw, triggers, workflows};
use glue_runtime::{ConnectionType, DynAction};

use crate::entry::Entry;

/// Every action.
pub static ACTIONS: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    entries(&[
        &jobs::GetJobRun,
        &crawlers::ListCrawlers,
        &jobs::ListJobs,
        &triggers::ListTriggers,
        &crawlers::StartCrawler,
        &jobs::StartJobRun,
        &triggers::StartTrigger,
        &crawlers::StopCrawler,
        &jobs::StopJobRun,
        &triggers::StopTrigger,
        &glue_connections::GetConnection,
        &glue_connections::ListConnections,
        &glue_connections::CreateConnection,
        &jobs::RunJob,
        &jobs::WaitForJobRun,
        &crawlers::RunCrawler,
        &crawlers::WaitForCrawler,
        &jobs::GetJob,
        &jobs::ListJobRuns,
        &jobs::ResetJobBookmark,
        &crawlers::GetCrawler,
        &crawlers::ListCrawls,
        &triggers::GetTrigger,
        &workflows::StartWorkflowRun,
        &workflows::GetWorkflowRun,
        &workflows::StopWorkflowRun,
        &workflows::ListWorkflows,
        &raw::RawRequest,
    ])
});

/// Every data source.
pub static DATA_SOURCES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    entries(&[
        &data_sources::Regions,
        &data_sources::Jobs,
        &data_sources::Crawlers,
        &data_sources::Triggers,
        &data_sources::JobRuns,
        &data_sources::Connections,
        &data_sources::SecurityConfigurations,
    ])
});

/// Every connection type.
pub static CONNECTIONS: LazyLock<Vec<ConnectionType>> = LazyLock::new(|| {
    vec![ConnectionType::of::<ApiKeySecret>(), ConnectionType::of::<AssumeRole>(), ConnectionType::of::<DefaultChain>()]
});

/// The connection type of a request that names none.
pub const DEFAULT_CONNECTION: &str = "awsDefault";

fn entries(actions: &[&'static dyn DynAction]) -> Vec<Entry> {
    actions.iter().copied().map(Entry::new).collect()
}

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
