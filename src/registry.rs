//! The lists of actions, data sources and connection types, in the order in which a listing shows them.
//!
//! An action that is not listed here does not exist.

use std::sync::LazyLock;

use ::glue_connections::{api_key_secret, assume_role, default_chain};
use glue_actions::{crawlers, data_sources, glue_connections, jobs, raw, triggers, workflows};
use glue_runtime::{ConnectionType, DynAction};

use crate::entry::Entry;

/// Every action.
pub static ACTIONS: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    entries(&[
        &jobs::get_job_run::GetJobRun,
        &crawlers::list_crawlers::ListCrawlers,
        &jobs::list_jobs::ListJobs,
        &triggers::list_triggers::ListTriggers,
        &crawlers::start_crawler::StartCrawler,
        &jobs::start_job_run::StartJobRun,
        &triggers::start_trigger::StartTrigger,
        &crawlers::stop_crawler::StopCrawler,
        &jobs::stop_job_run::StopJobRun,
        &triggers::stop_trigger::StopTrigger,
        &glue_connections::get_connection::GetConnection,
        &glue_connections::list_connections::ListConnections,
        &glue_connections::create_connection::CreateConnection,
        &jobs::run_job::RunJob,
        &jobs::wait_for_job_run::WaitForJobRun,
        &crawlers::run_crawler::RunCrawler,
        &crawlers::wait_for_crawler::WaitForCrawler,
        &jobs::get_job::GetJob,
        &jobs::list_job_runs::ListJobRuns,
        &jobs::reset_job_bookmark::ResetJobBookmark,
        &crawlers::get_crawler::GetCrawler,
        &crawlers::list_crawls::ListCrawls,
        &triggers::get_trigger::GetTrigger,
        &workflows::start_workflow_run::StartWorkflowRun,
        &workflows::get_workflow_run::GetWorkflowRun,
        &workflows::stop_workflow_run::StopWorkflowRun,
        &workflows::list_workflows::ListWorkflows,
        &raw::raw_request::RawRequest,
    ])
});

/// Every data source.
pub static DATA_SOURCES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    entries(&[
        &data_sources::regions::Regions,
        &data_sources::jobs::Jobs,
        &data_sources::crawlers::Crawlers,
        &data_sources::triggers::Triggers,
        &data_sources::job_runs::JobRuns,
        &data_sources::connections::Connections,
        &data_sources::security_configurations::SecurityConfigurations,
    ])
});

/// Every connection type.
pub static CONNECTIONS: LazyLock<Vec<ConnectionType>> = LazyLock::new(|| {
    vec![
        ConnectionType::of::<api_key_secret::ApiKeySecret>(),
        ConnectionType::of::<assume_role::AssumeRole>(),
        ConnectionType::of::<default_chain::DefaultChain>(),
    ]
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
