//! The policy of a process: the actions, regions, connections and secrets that its operator allows.

mod connections;
mod server;

use clap::Args;
use glue_runtime::aws::session::ConnectionConfig;
use glue_runtime::context::Grants;
use glue_runtime::{Access, Error, Kind, Meta, Result};

use self::connections::ConnectionRules;
use crate::protocol::{GivenConnection, unknown_key};
use crate::registry::{ACTIONS, action};

/// The policy of a process. A request outside of it is refused before any credential is used.
#[derive(Clone, Debug, Default, Args)]
pub struct Policy {
    /// Refuse actions that change something.
    #[arg(long)]
    read_only: bool,
    /// Allow only these actions.
    #[arg(long, value_name = "KEY", num_args = 1.., value_delimiter = ',')]
    allow_action: Vec<String>,
    /// Refuse these actions.
    #[arg(long, value_name = "KEY", num_args = 1.., value_delimiter = ',')]
    deny_action: Vec<String>,
    /// Allow only these regions.
    #[arg(long, value_name = "REGION", num_args = 1.., value_delimiter = ',')]
    allow_region: Vec<String>,
    /// Let requests see passwords of Glue connections, where they ask for them.
    #[arg(long)]
    allow_reveal: bool,
    #[command(flatten)]
    connections: ConnectionRules,
}

impl Policy {
    /// Checks the policy itself.
    ///
    /// # Errors
    /// `invalidRequest`, with the action that there is not.
    pub fn validate(&self) -> Result<()> {
        match self.allow_action.iter().chain(&self.deny_action).find(|key| action(key).is_none()) {
            Some(unknown) => Err(unknown_key("action", unknown, ACTIONS.iter().map(|entry| entry.meta().key))),
            None => Ok(()),
        }
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
    pub const fn grants(&self) -> Grants {
        Grants { reveal_secrets: self.allow_reveal, changes: !self.read_only }
    }

    /// Checks that an action may be run.
    ///
    /// # Errors
    /// `accessDenied`.
    pub fn check_action(&self, meta: &Meta) -> Result<()> {
        let listed = |keys: &[String]| keys.iter().any(|key| key == meta.key);
        let reason = if self.read_only && matches!(meta.access, Access::Changes | Access::ChangesEachTime) {
            "is read-only. It has to start the connector without --read-only, `mcp` with --allow-write"
        } else if listed(&self.deny_action) {
            "denies it. It has to start the connector without this --deny-action"
        } else if !(self.allow_action.is_empty() || listed(&self.allow_action)) {
            "does not allow it. It has to start the connector with --allow-action for it, too"
        } else {
            return Ok(());
        };
        let message = format!("The action `{}` cannot be run here: this host {reason}.", meta.key);
        Err(refuse(message, "/action"))
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
