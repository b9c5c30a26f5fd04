//! What the connector has: its actions and connections, in the order in which a listing shows them.
//!
//! What is not listed here does not exist.

use glue_actions::Entry;
use glue_actions::crawlers::{ListCrawlers, StartCrawler, StopCrawler};
use glue_actions::glue_connections::{CreateConnection, GetConnection, ListConnections};
use glue_actions::jobs::{GetJobRun, ListJobs, StartJobRun, StopJobRun};
use glue_actions::triggers::{ListTriggers, StartTrigger, StopTrigger};
use glue_connections::ConnectionType;
use glue_connections::api_key_secret::ApiKeySecret;
use glue_connections::assume_role::AssumeRole;
use glue_connections::default_chain::DefaultChain;

/// Every action, with the case that documents and tests it.
pub static ACTIONS: [Entry; 13] = [
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
];

/// Every connection type.
pub static CONNECTIONS: [ConnectionType; 3] =
    [ConnectionType::of::<ApiKeySecret>(), ConnectionType::of::<AssumeRole>(), ConnectionType::of::<DefaultChain>()];

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
