//! Where credentials come from, and the cell that keeps them fresh in a long-lived process.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_sts::operation::assume_role::AssumeRoleOutput;
use aws_types::SdkConfig;
use aws_types::region::Region;

use crate::aws_error::{Call, Fault};
use crate::deadline::Deadline;
use crate::error::{Error, Kind, Result};
use crate::failure::Sending;
use crate::secret::Secret;

/// Credentials this close to their end are replaced before they are used: longer than any deadline's first call.
const REFRESH_BEFORE_EXPIRY: Duration = Duration::from_mins(5);

/// Where credentials come from.
#[derive(Debug)]
pub enum Source {
    /// A key pair.
    Keys(Keys),
    /// A role that STS hands out temporary keys for.
    Role(Box<Role>),
    /// The SDK's default chain.
    Chain {
        /// The profile of the shared files, if one is named.
        profile: Option<String>,
    },
}

/// A key pair, with the token that temporary ones have.
#[derive(Debug)]
pub struct Keys {
    /// The public half.
    pub access_key_id: String,
    /// The secret half.
    pub secret_access_key: Secret,
    /// The token of temporary keys.
    pub session_token: Option<Secret>,
}

/// A role to assume; the members are those of STS `AssumeRole`.
#[derive(Debug)]
pub struct Role {
    /// The role's ARN.
    pub arn: String,
    /// Who asks; the default chain when left out.
    pub base: Option<Keys>,
    /// The ID that the trust policy demands.
    pub external_id: Option<String>,
    /// The session's name in AWS's logs.
    pub session_name: String,
    /// How long the keys last, in seconds.
    pub duration_seconds: Option<i32>,
    /// The region whose STS is asked.
    pub sts_region: Option<String>,
}

impl Keys {
    fn credentials(&self) -> Credentials {
        let token = self.session_token.as_ref().map(|token| token.expose().to_owned());
        Credentials::new(&self.access_key_id, self.secret_access_key.expose(), token, None, "connection")
    }
}

/// What asking for credentials needs besides their source: how AWS is reached.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) config: SdkConfig,
    pub(crate) sts_endpoint: Option<String>,
}

impl Network {
    /// An STS client. `region` overrides the request's; without either, the partition's home region answers for all.
    pub(crate) fn sts(&self, region: Option<&str>, credentials: Option<Credentials>) -> aws_sdk_sts::Client {
        let region = region.map(|name| Region::new(name.to_owned())).or_else(|| self.config.region().cloned());
        let mut builder = aws_sdk_sts::config::Builder::from(&self.config)
            .region(region.unwrap_or_else(|| Region::from_static("us-east-1")));
        builder.set_endpoint_url(self.sts_endpoint.clone());
        if let Some(credentials) = credentials {
            builder = builder.credentials_provider(credentials);
        }
        aws_sdk_sts::Client::from_conf(builder.build())
    }
}

impl Source {
    /// What stands for the account, without asking AWS: two sources may share one, but never the other way round.
    pub(crate) fn account(&self) -> &str {
        match self {
            Self::Keys(keys) => &keys.access_key_id,
            Self::Role(role) => &role.arn,
            Self::Chain { profile } => profile.as_deref().unwrap_or_default(),
        }
    }

    async fn load(&self, network: &Network, deadline: &Deadline) -> Result<Credentials> {
        match self {
            Self::Keys(keys) => Ok(keys.credentials()),
            Self::Chain { profile } => from_chain(profile.as_deref(), network, deadline).await,
            Self::Role(role) => role.assume(network, deadline).await,
        }
    }
}

impl Role {
    async fn assume(&self, network: &Network, deadline: &Deadline) -> Result<Credentials> {
        const CALL: Call<'_> = Call { service: "STS", operation: "AssumeRole", changes: false, pace: None };
        let base = match &self.base {
            Some(keys) => keys.credentials(),
            None => from_chain(None, network, deadline).await?,
        };
        let sts = network.sts(self.sts_region.as_deref(), Some(base));
        let request = || -> Sending<'_, AssumeRoleOutput> {
            let request = sts
                .assume_role()
                .role_arn(&self.arn)
                .role_session_name(&self.session_name)
                .set_external_id(self.external_id.clone())
                .set_duration_seconds(self.duration_seconds);
            Box::pin(async { Ok(request.send().await?) })
        };
        let (answer, _) = CALL.run(deadline, &request).await.map_err(refused)?;
        let keys = answer
            .credentials
            .ok_or_else(|| Error::new(Kind::BadResponse, "STS answered AssumeRole without credentials."))?;
        let expiry = SystemTime::try_from(keys.expiration).ok();
        Ok(Credentials::new(keys.access_key_id, keys.secret_access_key, Some(keys.session_token), expiry, "AssumeRole"))
    }
}

/// A refusal by STS is a connection that does not work, whatever STS calls it.
fn refused(fault: Fault) -> Box<Error> {
    let mut error = fault.error;
    if matches!(error.kind, Kind::AccessDenied | Kind::InvalidInput | Kind::NotFound) {
        error.kind = Kind::Connection;
        error.message = format!(
            "The role could not be assumed: {} Check the Role ARN, the External ID, and that the role's trust policy names the base credentials.",
            error.message
        );
    }
    error
}

async fn from_chain(profile: Option<&str>, network: &Network, deadline: &Deadline) -> Result<Credentials> {
    let mut config = ProviderConfig::without_region().with_region(network.config.region().cloned());
    if let Some(http) = network.config.http_client() {
        config = config.with_http_client(http);
    }
    let mut chain = DefaultCredentialsChain::builder().configure(config);
    if let Some(profile) = profile {
        chain = chain.profile_name(profile);
    }
    let load = async { chain.build().await.provide_credentials().await };
    let loaded = deadline
        .bound(load)
        .await
        .map_err(|stop| stop.into_error("while the machine's credentials were looked for"))?;
    loaded.map_err(|problem| match problem {
        CredentialsError::CredentialsNotLoaded(_) => Error::new(
            Kind::Connection,
            "No AWS credentials were found on this machine: the environment, the shared files, web identity, container and instance have none. Give the request a `connection` with an access key or a role.",
        ),
        CredentialsError::ProviderTimedOut(_) => {
            Error::new(Kind::Connection, "The machine's credentials did not arrive in time.").retryable(None)
        }
        other => {
            // The chain's own words name files, profiles and endpoints, never a key.
            let reason = std::error::Error::source(&other).map_or_else(|| other.to_string(), innermost);
            let reason = reason.trim_end_matches('.');
            Error::new(Kind::Connection, format!("No AWS credentials of this machine can be used; the source that was asked last says: {reason}. Give the request a `connection` with an access key or a role, or put the machine's credentials right."))
        }
    })
}

/// The last cause of an error, which says what happened rather than who was told.
pub(crate) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// Credentials that are loaded before they are needed and replaced before they expire.
///
/// The SDK reads them from here, so a refusal is met while loading, where it can be told from a failed request.
#[derive(Debug)]
pub(crate) struct CredentialCell {
    source: Source,
    current: RwLock<Option<Credentials>>,
    refreshing: tokio::sync::Mutex<()>,
}

impl CredentialCell {
    pub(crate) fn new(source: Source) -> Arc<Self> {
        Arc::new(Self { source, current: RwLock::new(None), refreshing: tokio::sync::Mutex::new(()) })
    }

    /// Makes sure that the credentials last a while yet. One caller loads, the others wait for it.
    pub(crate) async fn refresh(&self, network: &Network, deadline: &Deadline) -> Result<()> {
        if self.lasts() {
            return Ok(());
        }
        let waited = deadline.bound(self.refreshing.lock()).await;
        let _turn = waited.map_err(|stop| stop.into_error("while another request loaded the credentials"))?;
        let remaining = self.remaining();
        if remaining.is_some_and(|left| left > REFRESH_BEFORE_EXPIRY) {
            return Ok(());
        }
        // Rarely needed and large: kept out of the futures of every call.
        match Box::pin(self.source.load(network, deadline)).await {
            Ok(loaded) => *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(loaded),
            Err(error) if remaining.is_some_and(|left| !left.is_zero()) => {
                tracing::warn!(kind = ?error.kind, "credentials could not be refreshed; the current ones still hold");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// What stands for the account, without asking AWS.
    pub(crate) fn account(&self) -> &str {
        self.source.account()
    }

    /// Forgets credentials that AWS calls expired. True when there is a source that can give others.
    pub(crate) fn expire(&self) -> bool {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = None;
        !matches!(self.source, Source::Keys(_))
    }

    /// Whether there are none that last, and others have to be asked for some.
    pub(crate) fn awaits_others(&self) -> bool {
        !matches!(self.source, Source::Keys(_)) && !self.lasts()
    }

    pub(crate) fn current(&self) -> Option<Credentials> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn lasts(&self) -> bool {
        self.remaining().is_some_and(|left| left > REFRESH_BEFORE_EXPIRY)
    }

    fn remaining(&self) -> Option<Duration> {
        Some(match self.current()?.expiry() {
            Some(expiry) => expiry.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO),
            None => Duration::MAX,
        })
    }
}

impl ProvideCredentials for CredentialCell {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(self.current().ok_or_else(|| CredentialsError::not_loaded("not loaded yet")))
    }
}
