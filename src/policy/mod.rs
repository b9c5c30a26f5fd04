//! The policy of a process: the actions, regions, connections and secrets that its operator allows.

mod connections;
mod operations;
mod server;

use std::sync::{Arc, OnceLock};

use clap::Args;
use glue_runtime::aws::session::ConnectionConfig;
use glue_runtime::grants::{Grants, OperationRules};
use glue_runtime::{Access, Error, Kind, Result};

use self::connections::ConnectionRules;
use crate::entry::Entry;
use crate::protocol::GivenConnection;

/// The policy of a process. A request outside of it is refused before any credential is used.
#[derive(Clone, Debug, Default, Args)]
pub struct Policy {
    /// Refuse actions that change something.
    #[arg(long)]
    read_only: bool,
    /// Allow only these actions, and the operations that they need.
    #[arg(long, value_name = "KEY", num_args = 1.., value_delimiter = ',')]
    allow_action: Vec<String>,
    /// Refuse these actions, and whatever else would send their operations.
    #[arg(long, value_name = "KEY", num_args = 1.., value_delimiter = ',')]
    deny_action: Vec<String>,
    /// Allow only these regions.
    #[arg(long, value_name = "REGION", num_args = 1.., value_delimiter = ',')]
    allow_region: Vec<String>,
    /// Let requests see the secrets in answers, where they ask for them.
    #[arg(long)]
    allow_reveal: bool,
    #[command(flatten)]
    connections: ConnectionRules,
    /// What the lists of actions come to.
    #[arg(skip)]
    operations: OnceLock<Arc<OperationRules>>,
}

impl Policy {
    /// Checks the policy itself.
    ///
    /// # Errors
    /// `invalidRequest`, with the action that there is not.
    pub fn validate(&self) -> Result<()> {
        operations::validate(self.allow_action.iter().chain(&self.deny_action))
    }

    /// Forbids changes.
    pub const fn make_read_only(&mut self) {
        self.read_only = true;
    }

    /// True when nothing may be changed.
    #[must_use]
    pub const fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// True when connections are written by people who do not run the process.
    #[must_use]
    pub const fn is_multi_tenant(&self) -> bool {
        self.connections.is_multi_tenant()
    }

    /// True when connections of requests may use the machine's own credentials and shared files.
    #[must_use]
    pub const fn lends_machine_identity(&self) -> bool {
        self.connections.lends_machine_identity()
    }

    /// The grants of every request.
    #[must_use]
    pub fn grants(&self) -> Grants {
        let operations = Arc::clone(self.operations());
        Grants { reveal_secrets: self.allow_reveal, changes: !self.read_only, operations }
    }

    fn operations(&self) -> &Arc<OperationRules> {
        self.operations.get_or_init(|| Arc::new(operations::rules(&self.allow_action, &self.deny_action)))
    }

    /// Checks that an action may be run, as far as can be told without its input.
    ///
    /// # Errors
    /// `accessDenied`.
    pub fn check_action(&self, entry: &Entry) -> Result<()> {
        let meta = entry.meta();
        let listed = |keys: &[String]| keys.iter().any(|key| key == meta.key);
        let reason = if self.read_only && matches!(meta.access, Access::Changes | Access::ChangesEachTime) {
            "is read-only. It has to start the connector without --read-only, `mcp` with --allow-write"
        } else if listed(&self.deny_action) {
            "denies it. It has to start the connector without this --deny-action"
        } else if !(self.allow_action.is_empty() || listed(&self.allow_action)) {
            "does not allow it. It has to start the connector with --allow-action for it, too"
        } else {
            return operations::check(entry, self.operations()).map_err(|error| error.with_field("/action"));
        };
        let message = format!("The action `{}` cannot be run here: this host {reason}.", meta.key);
        Err(refuse(message, "/action"))
    }

    /// Checks that a data source may be asked, by the operation behind it.
    ///
    /// # Errors
    /// `accessDenied`.
    pub fn check_data_source(&self, entry: &Entry) -> Result<()> {
        operations::check(entry, self.operations()).map_err(|error| error.with_field("/dataSource"))
    }

    /// Checks that requests may go to a region.
    ///
    /// # Errors
    /// `accessDenied`.
    pub fn check_region(&self, region: Option<&str>) -> Result<()> {
        let allowed = |region: &str| self.allow_region.iter().any(|other| other == region);
        if self.allow_region.is_empty() || region.is_none_or(allowed) {
            return Ok(());
        }
        Err(refuse(format!("This host allows only the regions {}.", self.allow_region.join(", ")), "/input/awsRegion"))
    }

    /// Checks that a connection may be opened. That of the operator may.
    ///
    /// # Errors
    /// `accessDenied`, with the field at fault and the flag that would allow it.
    pub fn check_connection(&self, given: &GivenConnection<'_>, config: &ConnectionConfig) -> Result<()> {
        self.connections.check(given, config)
    }
}

fn refuse(message: String, field: &str) -> Box<Error> {
    Error::new(Kind::AccessDenied, message).with_field(field)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::registry::{ACTIONS, DATA_SOURCES, action};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        policy: Policy,
    }

    fn policy(flags: &[&str]) -> Policy {
        let line = std::iter::once("connector").chain(flags.iter().copied());
        Line::try_parse_from(line).unwrap_or_else(|problem| panic!("{problem}")).policy
    }

    fn refused(flags: &[&str]) -> Vec<&'static str> {
        let policy = policy(flags);
        let actions = ACTIONS.iter().filter(|entry| policy.check_action(entry).is_err());
        let sources = DATA_SOURCES.iter().filter(|entry| policy.check_data_source(entry).is_err());
        actions.chain(sources).map(|entry| entry.meta().key).collect()
    }

    #[test]
    fn a_denied_action_takes_with_it_what_needs_its_operation() {
        for (denied, others) in [
            ("startJobRun", &["startJobRun", "runJob"][..]),
            ("getJobRun", &["getJobRun", "runJob", "waitForJobRun"]),
            ("listJobRuns", &["runJob", "waitForJobRun", "listJobRuns", "jobRuns"]),
            ("listCrawls", &["runCrawler", "waitForCrawler", "listCrawls"]),
            ("listJobs", &["listJobs", "jobs"]),
            ("stopJobRun", &["stopJobRun"]),
            // More than an operation: only themselves.
            ("runJob", &["runJob"]),
            ("waitForCrawler", &["waitForCrawler"]),
            ("rawRequest", &["rawRequest"]),
        ] {
            assert_eq!(refused(&["--deny-action", denied]), others, "{denied}");
        }
    }

    #[test]
    fn an_allowed_action_brings_the_operations_that_it_needs_and_no_others() {
        let policy = policy(&["--allow-action", "runJob", "--deny-action", "stopJobRun"]);
        assert!(policy.check_action(action("runJob").expect("an action")).is_ok());
        let operations = policy.grants().operations;
        for (operation, allowed) in
            [("StartJobRun", true), ("GetJobRun", true), ("BatchStopJobRun", false), ("ListJobs", false)]
        {
            assert_eq!(operations.allow(operation), allowed, "{operation}");
        }
        let refused = refused(&["--allow-action", "runJob"]);
        assert!(["startJobRun", "waitForJobRun", "rawRequest", "jobs"].iter().all(|key| refused.contains(key)));
        assert!(["runJob", "jobRuns", "regions"].iter().all(|key| !refused.contains(key)), "{refused:?}");
    }

    #[test]
    fn a_list_with_raw_requests_allows_any_operation_that_is_not_denied() {
        let operations =
            self::policy(&["--allow-action", "rawRequest", "--deny-action", "startJobRun"]).grants().operations;
        assert!(operations.allow("DeleteJob") && !operations.allow("StartJobRun"));
    }
}
