//! An open connection: fresh credentials, a region, and a client for each service.

use std::sync::Arc;

use aws_config::meta::region::ProvideRegion;
use aws_config::profile::ProfileFileRegionProvider;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::credential_cache::{CredentialCache, CredentialSource};
use super::endpoint;
use super::service::{EndpointParams, Service, ServiceClient};
use super::settings::Settings;
use super::shared::Shared;
use super::sts::SdkContext;
use crate::deadline::Deadline;
use crate::environment::variable;
use crate::error::{Error, Hint, Kind, Result};
use crate::http::transport::{self, Transport};

/// A connection that was read from its form and is not open yet.
#[derive(Debug)]
pub struct ConnectionConfig {
    /// The source of its credentials.
    pub source: Arc<dyn CredentialSource>,
    /// Region, endpoints, proxy and trust store.
    pub settings: Settings,
    /// The machine's shared AWS files may be read for what the settings leave open: the region.
    pub shared_files: bool,
}

/// An open connection to one region. Cheap to share, and fresh for as long as it lives.
#[derive(Debug)]
pub struct Session {
    settings: Settings,
    sdk: SdkContext,
    transport: Arc<dyn Transport>,
    credentials: Arc<CredentialCache>,
    shared: Arc<Shared>,
    clients: Mutex<Vec<(&'static str, ClientSlot)>>,
}

/// A client that the first request makes and the others wait for.
type ClientSlot = Arc<OnceCell<Arc<ServiceClient>>>;

impl Session {
    /// Opens a connection. `region` is that of the request, which comes before the connection's and the environment's.
    /// Nothing is sent yet; [`Session::refresh`] loads the credentials.
    ///
    /// # Errors
    /// `connection` when the proxy or the CA bundle cannot be used, with a pointer into the connection's fields.
    pub async fn open(config: ConnectionConfig, region: Option<&str>, shared: &Arc<Shared>) -> Result<Self> {
        let ConnectionConfig { source, settings, shared_files } = config;
        let region = match region.map(str::to_owned).or_else(|| settings.region.clone()) {
            Some(name) => Some(Region::new(name)),
            None => region_of_environment(source.profile(), shared_files).await,
        };
        let credentials = CredentialCache::new(source);
        let transport = shared.transport(&settings)?;
        let provider: Arc<dyn ProvideCredentials> = credentials.clone();
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(region)
            .http_client(transport::for_sdk(Arc::clone(&transport)))
            .credentials_provider(SharedCredentialsProvider::from(provider))
            .identity_cache(aws_config::identity::IdentityCache::no_cache())
            // Retries and time-outs are decided in one place: `retry::send`.
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if settings.fips() {
            config = config.use_fips(true);
        }
        if settings.dual_stack() {
            config = config.use_dual_stack(true);
        }
        let sdk = SdkContext { config: config.build(), sts_endpoint: settings.sts_endpoint() };
        Ok(Self { settings, sdk, transport, credentials, shared: Arc::clone(shared), clients: Mutex::default() })
    }

    /// The settings that the SDK's own clients are built from.
    #[must_use]
    pub const fn sdk(&self) -> &SdkContext {
        &self.sdk
    }

    /// The client of a service with this connection's credentials, made on first use.
    ///
    /// # Errors
    /// `connection` when no region is known, or when the settings name no endpoint that there is.
    pub async fn client(&self, service: &'static Service) -> Result<Arc<ServiceClient>> {
        let slot = {
            let mut clients = self.clients.lock();
            let known =
                clients.iter().find(|(name, _)| *name == service.target_prefix).map(|(_, slot)| Arc::clone(slot));
            known.unwrap_or_else(|| {
                let slot = ClientSlot::default();
                clients.push((service.target_prefix, Arc::clone(&slot)));
                slot
            })
        };
        slot.get_or_try_init(|| self.new_client(service)).await.cloned()
    }

    async fn new_client(&self, service: &'static Service) -> Result<Arc<ServiceClient>> {
        let Some(region) = self.region().map(str::to_owned) else {
            return Err(Error::new(Kind::Connection, "No AWS region is given.").with_hint(Hint::Region));
        };
        let params = EndpointParams {
            region: Some(region.clone()),
            use_fips: self.sdk.config.use_fips(),
            use_dual_stack: self.sdk.config.use_dual_stack(),
            endpoint: self.endpoint_override(service),
        };
        let url = endpoint::resolve(service, params).await?;
        Ok(Arc::new(ServiceClient {
            service,
            url,
            user_agent: endpoint::user_agent(service),
            credentials: Arc::clone(&self.credentials),
            rate_limiter: self.shared.rate_limiter(service.target_prefix, self.account(), &region),
            region,
            transport: Arc::clone(&self.transport),
        }))
    }

    /// The endpoint of a service that the connection or the environment names in place of AWS's own.
    #[must_use]
    pub fn endpoint_override(&self, service: &Service) -> Option<String> {
        let setting = (service.endpoint_setting)(&self.settings).map(str::to_owned);
        setting.or_else(|| variable(service.endpoint_variables))
    }

    /// A local key for the account, known without asking AWS.
    #[must_use]
    pub fn account(&self) -> &str {
        self.credentials.source().account()
    }

    /// The region of this session, if one is known.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.sdk.config.region().map(AsRef::as_ref)
    }

    /// True when the next request has to wait until somebody was asked for credentials.
    #[must_use]
    pub fn must_load_credentials(&self) -> bool {
        self.credentials.must_load()
    }

    /// Loads the credentials, or replaces them when they expire soon.
    ///
    /// # Errors
    /// `connection` when there are none or a role is refused; `unreachable`, `throttled`, `timeout` or `cancelled`.
    pub async fn refresh(&self, deadline: &Deadline) -> Result<()> {
        self.credentials.refresh(&self.sdk, deadline).await
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
}

/// The region of the environment. Files are read only when nothing nearer names a region.
async fn region_of_environment(profile: Option<&str>, shared_files: bool) -> Option<Region> {
    if let Some(name) = variable(&["AWS_REGION", "AWS_DEFAULT_REGION"]) {
        return Some(Region::new(name));
    }
    if !shared_files {
        return None;
    }
    let mut files = ProfileFileRegionProvider::builder();
    if let Some(name) = profile {
        files = files.profile_name(name);
    }
    files.build().region().await
}
