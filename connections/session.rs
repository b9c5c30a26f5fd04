//! A connection, open: credentials that stay fresh, a region, and what it takes to build an AWS client.

use std::sync::Arc;

use aws_config::meta::region::ProvideRegion;
use aws_config::profile::ProfileFileRegionProvider;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use http::Uri;
use serde::Serialize;
use tokio::time::Instant;

use crate::aws_error::Call;
use crate::aws_json::{AwsJson, Service};
use crate::connection::Plan;
use crate::credentials::{CredentialCell, Network, Source};
use crate::deadline::Deadline;
use crate::error::{Error, Kind, Result};
use crate::http::client;
use crate::pace::Pace;
use crate::settings::variable;
use crate::shared::Shared;
use crate::transport::{self, Transport};

/// An open connection to one region. Cheap to share, refreshed for as long as it lives.
#[derive(Debug)]
pub struct Session {
    network: Network,
    transport: Arc<dyn Transport>,
    credentials: Arc<CredentialCell>,
    glue_endpoint: Option<String>,
    pace: Arc<Pace>,
}

/// What a connection check finds: who the credentials belong to. The members are those of STS `GetCallerIdentity`.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Identity {
    /// # Account
    /// The account that the credentials belong to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// # ARN
    /// The user or the role's session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// # User ID
    /// The unique ID of the user or the role's session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// # Region
    /// The region that actions of this connection use where they name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// # Latency
    /// How long STS took to answer, in milliseconds.
    pub latency_ms: u64,
}

impl Session {
    /// Opens a connection. `region` is that of the request, before the connection's and the environment's.
    /// Nothing is sent yet; [`Session::refresh`] loads the credentials.
    ///
    /// # Errors
    /// `connection` when the proxy or the CA bundle cannot be used.
    pub async fn open(plan: Plan, region: Option<&str>, shared: &Shared) -> Result<Self> {
        let Plan { source, settings } = plan;
        let region = match region.map(str::to_owned).or_else(|| settings.region.clone()) {
            Some(name) => Some(Region::new(name)),
            None => region_of_environment(&source).await,
        };
        let pace = shared.pace(source.account(), region.as_ref().map_or("", AsRef::as_ref));
        let credentials = CredentialCell::new(source);
        let transport = client(&settings, shared)?;
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(region)
            .http_client(transport::for_sdk(Arc::clone(&transport)))
            .credentials_provider(SharedCredentialsProvider::from(credentials.clone() as Arc<dyn ProvideCredentials>))
            .identity_cache(aws_config::identity::IdentityCache::no_cache())
            // Sending again and giving up are decided in one place, per action: `Call::run`.
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if settings.fips() {
            config = config.use_fips(true);
        }
        if settings.dual_stack() {
            config = config.use_dual_stack(true);
        }
        let network = Network { config: config.build(), sts_endpoint: settings.sts_endpoint() };
        Ok(Self { network, transport, credentials, glue_endpoint: settings.glue_endpoint(), pace })
    }

    /// What AWS clients of this connection are built from.
    #[must_use]
    pub fn sdk_config(&self) -> &SdkConfig {
        &self.network.config
    }

    /// The Glue endpoint that overrides AWS's own, if any.
    #[must_use]
    pub fn glue_endpoint(&self) -> Option<&str> {
        self.glue_endpoint.as_deref()
    }

    /// A service at this URL, reached with the credentials of this connection.
    #[must_use]
    pub fn service(&self, service: Service, url: Uri) -> AwsJson {
        let region = self.region().unwrap_or_default().to_owned();
        AwsJson::new(service, url, region, Arc::clone(&self.credentials), Arc::clone(&self.transport))
    }

    /// What stands for the account, without asking AWS.
    #[must_use]
    pub fn account(&self) -> &str {
        self.credentials.account()
    }

    /// The region of this session, if one is known.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.network.config.region().map(AsRef::as_ref)
    }

    /// How fast AWS lets requests of this account and region be sent.
    #[must_use]
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// Whether the next request has to wait for credentials from elsewhere.
    #[must_use]
    pub fn awaits_credentials(&self) -> bool {
        self.credentials.awaits_others()
    }

    /// Loads the credentials, or replaces them when they expire soon.
    ///
    /// # Errors
    /// `connection` when there are none or a role is refused; `unreachable`, `throttled`, `timeout` or `cancelled`.
    pub async fn refresh(&self, deadline: &Deadline) -> Result<()> {
        self.credentials.refresh(&self.network, deadline).await
    }

    /// Replaces credentials that AWS calls expired. False when there are no others to be had.
    ///
    /// # Errors
    /// As [`Session::refresh`].
    pub async fn renew(&self, deadline: &Deadline) -> Result<bool> {
        if !self.credentials.expire() {
            return Ok(false);
        }
        self.refresh(deadline).await.map(|()| true)
    }

    /// Fails when no region is known.
    ///
    /// # Errors
    /// `connection`, with what to do.
    pub fn require_region(&self) -> Result<()> {
        if self.region().is_some() {
            return Ok(());
        }
        Err(Error::new(
            Kind::Connection,
            "No AWS region is given. Set `awsRegion` in the input, `region` in the connection, or AWS_REGION in the environment.",
        )
        .with_field("/input/awsRegion"))
    }

    /// Tests the connection by asking STS who the caller is; that needs no permission. Also says how many attempts it took.
    ///
    /// # Errors
    /// As [`Session::refresh`], and `connection` when STS refuses the keys.
    pub async fn check(&self, deadline: &Deadline) -> Result<(Identity, u32)> {
        const CALL: Call<'_> = Call { service: "STS", operation: "GetCallerIdentity", changes: false, pace: None };
        self.refresh(deadline).await?;
        let sts = self.network.sts(None, None);
        let started = Instant::now();
        let (answer, attempts) = CALL
            .run(deadline, &|| Box::pin(async { Ok(sts.get_caller_identity().send().await?) }))
            .await
            .map_err(|fault| fault.error)?;
        let identity = Identity {
            account: answer.account,
            arn: answer.arn,
            user_id: answer.user_id,
            region: self.region().map(str::to_owned),
            latency_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        Ok((identity, attempts))
    }
}

/// Files are read only when nothing nearer names a region.
async fn region_of_environment(source: &Source) -> Option<Region> {
    if let Some(name) = variable(&["AWS_REGION", "AWS_DEFAULT_REGION"]) {
        return Some(Region::new(name));
    }
    let mut profile = ProfileFileRegionProvider::builder();
    if let Source::Chain { profile: Some(name) } = source {
        profile = profile.profile_name(name);
    }
    profile.build().region().await
}
