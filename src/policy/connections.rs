//! The rules for connections that come with requests: whose identity they use, and where they may send it.
//!
//! Whoever runs the process is its operator. The environment and the connection of a file are the operator's, and free to
//! name all; a connection in a request may be written by somebody who is to have none of the machine's rights.

use clap::Args;
use glue_runtime::aws::session::ConnectionConfig;
use glue_runtime::{Error, Kind, Result};

use super::server::{Endpoint, Proxy, Server};
use crate::protocol::{CONNECTION, CONNECTION_FIELDS, ConnectionOrigin, GivenConnection};

/// The flags about connections that come with requests.
#[derive(Clone, Debug, Default, Args)]
#[group(id = "connections")]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(super) struct ConnectionRules {
    /// Endpoints that connections may name, besides AWS's own and, with keys of their own, those on loopback.
    #[arg(long, value_name = "URL", num_args = 1.., value_delimiter = ',')]
    allow_endpoint: Vec<Endpoint>,
    /// Let connections name these proxies and no others. Without it, a connection with keys of its own may name any.
    #[arg(long, value_name = "HOST:PORT", num_args = 1.., value_delimiter = ',')]
    allow_proxy: Vec<Proxy>,
    /// Refuse connections that use this machine's own AWS credentials: none, awsDefault, a profile, a role without keys.
    #[arg(long)]
    deny_machine_identity: bool,
    /// Refuse connections that name a proxy, but for those of --allow-proxy.
    #[arg(long)]
    deny_proxy: bool,
    /// Refuse connections that name a loopback, private or VPC endpoint, but for those of --allow-endpoint.
    #[arg(long)]
    deny_private_endpoints: bool,
    /// Serve people who do not trust each other: --deny-machine-identity, --deny-proxy, --deny-private-endpoints, and a
    /// fair share of the waiting room for each connection.
    #[arg(long)]
    multi_tenant: bool,
}

impl ConnectionRules {
    /// True when connections are written by people who do not run the process.
    pub(super) const fn is_multi_tenant(&self) -> bool {
        self.multi_tenant
    }

    /// True when connections of requests may use the machine's own credentials and shared files.
    pub(super) const fn lends_machine_identity(&self) -> bool {
        !(self.deny_machine_identity || self.multi_tenant)
    }

    /// Checks a connection before anything is opened for it.
    ///
    /// # Errors
    /// `accessDenied`, with the field at fault and the flag that would allow it.
    pub(super) fn check(&self, given: &GivenConnection<'_>, config: &ConnectionConfig) -> Result<()> {
        if given.origin == ConnectionOrigin::Operator {
            return Ok(());
        }
        let identity = config.source.uses_machine_identity();
        if identity && !self.lends_machine_identity() {
            return Err(self.refuse_identity(given, config));
        }
        check_ca_bundle(config, identity)?;
        self.check_proxy(config, identity)?;
        self.check_endpoints(config, identity)
    }

    fn refuse_identity(&self, given: &GivenConnection<'_>, config: &ConnectionConfig) -> Box<Error> {
        let field = match (given.text, config.source.profile()) {
            (None, _) => CONNECTION.to_owned(),
            (Some(_), Some(_)) => format!("{CONNECTION_FIELDS}/profile"),
            (Some(_), None) => format!("{CONNECTION}/key"),
        };
        let flag = self.flag("--deny-machine-identity");
        let message = format!(
            "This host lends nobody its own AWS credentials: give the request a `connection` with an access key. It was \
             started with {flag}."
        );
        Error::new(Kind::AccessDenied, message).with_field(field)
    }

    fn check_proxy(&self, config: &ConnectionConfig, identity: bool) -> Result<()> {
        let Some(url) = &config.settings.proxy_url else { return Ok(()) };
        let any = self.allow_proxy.is_empty() && !self.deny_proxy && !self.multi_tenant && !identity;
        let listed = |proxy: Server| self.allow_proxy.iter().any(|Proxy(allowed)| proxy.is_at(allowed));
        if any || Server::of_url(url.expose()).is_some_and(listed) {
            return Ok(());
        }
        let whose = if identity {
            "The host's own AWS credentials travel only through proxies of its operator"
        } else {
            "This host does not let requests name this proxy"
        };
        let message = format!("{whose}: it has to start the connector with --allow-proxy HOST:PORT for it.");
        Err(refuse("proxyUrl", message))
    }

    fn check_endpoints(&self, config: &ConnectionConfig, identity: bool) -> Result<()> {
        let settings = &config.settings;
        let private = !(self.deny_private_endpoints || self.multi_tenant);
        let allowed = |server: Server| {
            (private && !identity && server.is_loopback())
                || server.is_public_aws()
                || (private && server.is_vpc_endpoint())
                || self.allow_endpoint.iter().any(|Endpoint(allowed)| *allowed == server)
        };
        for (field, url) in [("endpointUrl", &settings.endpoint_url), ("stsEndpointUrl", &settings.sts_endpoint_url)] {
            let Some(url) = url else { continue };
            if !Server::of_url(url).is_some_and(allowed) {
                let ours = if identity {
                    "For its own AWS credentials this host allows only endpoints of AWS's"
                } else if private {
                    "This host allows only endpoints of AWS's and on loopback"
                } else {
                    "This host allows only public endpoints of AWS's"
                };
                let message = format!("{ours}: it has to start the connector with --allow-endpoint URL for any other.");
                return Err(refuse(field, message));
            }
        }
        Ok(())
    }

    /// The flag that a rule is in force by.
    const fn flag(&self, own: &'static str) -> &'static str {
        if self.multi_tenant { "--multi-tenant" } else { own }
    }
}

/// A request never makes the process open a file, and never says whom the machine's own credentials may trust.
fn check_ca_bundle(config: &ConnectionConfig, identity: bool) -> Result<()> {
    const OPERATORS: &str = "AWS_CA_BUNDLE and the file of `--connection FILE`";
    if config.settings.names_ca_file() {
        return Err(refuse("caBundle", format!("Give PEM text: a path is for the operator, by {OPERATORS}.")));
    }
    if identity && config.settings.ca_bundle.is_some() {
        let message = format!(
            "This connection uses the host's own AWS credentials: whom they trust is for the operator to say, by {OPERATORS}."
        );
        return Err(refuse("caBundle", message));
    }
    Ok(())
}

fn refuse(field: &str, message: String) -> Box<Error> {
    Error::new(Kind::AccessDenied, message).with_field(format!("{CONNECTION_FIELDS}/{field}"))
}
