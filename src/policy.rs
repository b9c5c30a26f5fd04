//! The policy of a process: the actions, regions, endpoints and secrets that its operator allows.

use std::net::IpAddr;

use clap::Args;
use glue_actions::glue::GLUE;
use glue_runtime::aws::Settings;
use glue_runtime::context::Grants;
use glue_runtime::{Access, Error, Kind, Meta, Result};
use regex_lite::Regex;

use crate::protocol::unknown_key;
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
    /// Endpoints that connections may name, besides AWS's own and those on loopback.
    #[arg(long, value_name = "URL", num_args = 1.., value_delimiter = ',')]
    allow_endpoint: Vec<String>,
    /// Let requests see passwords of Glue connections, where they ask for them.
    #[arg(long)]
    allow_reveal: bool,
}

impl Policy {
    /// Checks the policy itself: a misspelt key would leave an action open that was to be closed.
    ///
    /// # Errors
    /// `invalidRequest`, with the key that nobody has.
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
            "is read-only"
        } else if listed(&self.deny_action) || !(self.allow_action.is_empty() || listed(&self.allow_action)) {
            "does not allow it"
        } else {
            return Ok(());
        };
        Err(refuse(format!("The action `{}` cannot be run here: this host {reason}.", meta.key), "/action"))
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

    /// Checks that the endpoints that a connection names may be used. Those of the environment are the operator's own.
    ///
    /// # Errors
    /// `accessDenied`.
    pub fn check_endpoints(&self, settings: &Settings) -> Result<()> {
        for (field, url) in [("endpointUrl", &settings.endpoint_url), ("stsEndpointUrl", &settings.sts_endpoint_url)] {
            let Some(url) = url else { continue };
            let origin = origin(url);
            if !is_loopback(origin)
                && !is_aws(origin)
                && !self.allow_endpoint.iter().any(|allowed| self::origin(allowed) == origin)
            {
                let message = "This host allows only endpoints of AWS's and on loopback: it has to start the connector with --allow-endpoint for any other.";
                return Err(refuse(message.to_owned(), &format!("/connection/fields/{field}")));
            }
        }
        Ok(())
    }
}

fn refuse(message: String, field: &str) -> Box<Error> {
    Error::new(Kind::AccessDenied, message).with_field(field)
}

/// Scheme, host and port of a URL that the connection's form has passed.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find('/').map_or(url, |path| &url[..host + path])
}

fn is_loopback(origin: &str) -> bool {
    let (_, authority) = origin.split_once("://").unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next(),
        None => authority.split(':').next(),
    };
    host.is_some_and(|host| host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback()))
}

/// The services that requests go to, as their endpoints name them.
const SERVICES: [&str; 2] = [GLUE.signing_name, "sts"];

/// True for public endpoints and VPC endpoints of these services, in every partition. Not just any name of AWS's: some
/// are handed out to customers.
fn is_aws(origin: &str) -> bool {
    const REGION: &str = r"[a-z]{2,}(-[a-z]+)+-[0-9]+";
    const PARTITIONS: &str = r"(amazonaws\.com(\.cn)?|amazonaws\.eu|api\.aws|api\.amazonwebservices\.(com\.cn|eu)|c2s\.ic\.gov|sc2s\.sgov\.gov|csp\.hci\.ic\.gov|cloud\.adc-e\.uk)";
    let names = SERVICES.join("|");
    let services = format!(r"(({names})(-fips)?(\.{REGION})?|vpce-[a-z0-9-]+\.({names})(-fips)?\.{REGION}\.vpce)");
    Regex::new(&format!(r"^https://{services}\.{PARTITIONS}(:443)?$")).is_ok_and(|pattern| pattern.is_match(origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_of_aws_are_told_from_those_of_its_customers() {
        for ours in [
            "https://glue.eu-west-1.amazonaws.com",
            "https://glue-fips.us-gov-west-1.amazonaws.com",
            "https://glue.us-east-1.api.aws",
            "https://sts.amazonaws.com",
            "https://sts.cn-north-1.amazonaws.com.cn",
            "https://vpce-0a1b-2c.glue.eu-west-1.vpce.amazonaws.com:443",
        ] {
            assert!(is_aws(ours), "{ours}");
        }
        for theirs in [
            "http://glue.eu-west-1.amazonaws.com",
            "https://glue.s3.amazonaws.com",
            "https://glue.evil.com",
            "https://amazonaws.com",
            "https://x.execute-api.eu-west-1.amazonaws.com",
            "https://glue.eu-west-1.amazonaws.com.evil.com",
            "https://glue-1.eu-west-1.elb.amazonaws.com",
        ] {
            assert!(!is_aws(theirs), "{theirs}");
        }
    }

    #[test]
    fn loopback_is_what_the_machine_calls_itself() {
        for (url, loopback) in [
            ("http://127.0.0.1:4566/x", true),
            ("http://localhost", true),
            ("https://[::1]:1", true),
            ("http://127.9.9.9", true),
            ("http://localhost.evil.com", false),
            ("http://10.0.0.1", false),
            ("http://0.0.0.0", false),
        ] {
            assert_eq!(is_loopback(origin(url)), loopback, "{url}");
        }
    }
}
