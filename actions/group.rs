//! The groups of actions.

use glue_runtime::Group;

/// Jobs and their runs.
pub const JOBS: Group = Group { key: "jobs", label: "Jobs" };
/// Crawlers and their crawls.
pub const CRAWLERS: Group = Group { key: "crawlers", label: "Crawlers" };
/// Triggers.
pub const TRIGGERS: Group = Group { key: "triggers", label: "Triggers" };
/// Workflows and their runs.
pub const WORKFLOWS: Group = Group { key: "workflows", label: "Workflows" };
/// Glue connections: the Data Catalog's descriptions of stores.
pub const CONNECTIONS: Group = Group { key: "connections", label: "Glue connections" };

/// Every group, in the order of a listing.
pub const ALL: [Group; 6] = [JOBS, CRAWLERS, TRIGGERS, WORKFLOWS, CONNECTIONS, Group::OTHER];
