//! An open connection: fresh credentials, a region, and a client for each service.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;

use super::clock::{Clock, ClockSetter};
use super::credential_cache::{CredentialCache, CredentialSource, Snapshot};
use super::endpoint;
use super::machine::{Machine, endpoint_key};
use super::rate_limit::RateLimiter;
use super::retry::MAX_ATTEMPTS;
use super::service::{EndpointParams, Service, ServiceClient};
use super::settings::Settings;
use super::shared::Shared;
use super::sts::SdkContext;
use crate::deadline::Deadline;
use crate::error::{Error, Hint, Kind, Result};
use crate::http::transport;

/// A connection that was read from its form and is not open yet.
#[derive(Debug)]
pub struct ConnectionConfig {
    /// The source of its credentials.
    pub source: Arc<dyn CredentialSource>,
    /// Region, endpoints, proxy and trust store.
    pub settings: Settings,
    /// A digest of its type and of all its fields.
    pub digest: Digest,
    /// The machine's shared AWS files may be read for what the settings leave open: region, endpoints.
    pub shared_files: bool,
}

/// A digest that stands for secrets where something is kept by them.
pub type Digest = [u8; 32];

/// An open connection to one region. Cheap to share, and fresh for as long as it lives.
#[derive(Debug)]
pub struct Session {
    settings: Settings,
    sdk: Arc<SdkContext>,
    credentials: Arc<CredentialCache>,
    fingerprint: Digest,
    accepted: AtomicBool,
    clients: Mutex<Vec<(&'static str, ClientSlot)>>,
}

/// A client that the first request makes and the others wait for.
type ClientSlot = Arc<OnceCell<Arc<ServiceClient>>>;

impl Session {
    /// Opens a connection. `region` is that of the request, which comes before the connection's and the environment's.
    /// Nothing is sent yet; [`Session::credentials`] loads the credentials.
    ///
    /// # Errors
    /// `connection` when the profile is not there, or the proxy or the CA bundle cannot be used, with a pointer into the
    /// connection's fields.
    pub async fn open(config: ConnectionConfig, region: Option<&str>, shared: &Arc<Shared>) -> Result<Self> {
        let ConnectionConfig { source, settings, digest, shared_files } = config;
        let machine = Machine::load(source.profile(), shared_files).await?;
        let region = region.map(str::to_owned).or_else(|| settings.region.clone());
        let region = region.map(Region::new).or_else(|| machine.region());
        let transport = shared.transport(&settings).await?;
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(region)
            .http_client(transport::for_sdk(Arc::clone(&transport)))
            .identity_cache(aws_config::identity::IdentityCache::no_cache())
            // Retries and time-outs are decided in one place: `retry::send`.
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        config.set_use_fips(settings.use_fips.or_else(|| machine.fips()));
        config.set_use_dual_stack(settings.use_dual_stack.or_else(|| machine.dual_stack()));
        config.set_app_name(machine.app_name());
        config.set_disable_clock_skew_correction(machine.keeps_clock());
        let sdk = Arc::new(SdkContext {
            sts_endpoint: settings.sts_endpoint_url.clone(),
            max_attempts: machine.max_attempts().unwrap_or(MAX_ATTEMPTS).min(MAX_ATTEMPTS),
            transport: Arc::clone(&transport),
            sts_clock: Clock::new(machine.keeps_clock().unwrap_or_default()),
            config: config.service_config(machine).build(),
        });
        let credentials = CredentialCache::new(source, Arc::clone(&sdk));
        let fingerprint = fingerprint(&digest, sdk.config.region());
        let accepted = AtomicBool::new(false);
        Ok(Self { settings, sdk, credentials, fingerprint, accepted, clients: Mutex::default() })
    }

    /// The settings that the SDK's own clients are built from.
    #[must_use]
    pub fn sdk(&self) -> &SdkContext {
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
        let clock = Clock::new(self.sdk.config.disable_clock_skew_correction().unwrap_or_default());
        Ok(Arc::new(ServiceClient {
            service,
            url,
            headers: endpoint::constant_headers(service, self.sdk.config.app_name()),
            rate_limiter: RateLimiter::default(),
            region,
            transport: ClockSetter { transport: Arc::clone(&self.sdk.transport), clock },
        }))
    }

    /// The endpoint of a service that the connection or the machine's settings name in place of AWS's own.
    #[must_use]
    pub fn endpoint_override(&self, service: &Service) -> Option<String> {
        let setting = (service.endpoint_setting)(&self.settings).map(str::to_owned);
        setting.or_else(|| self.sdk.config.service_config()?.load_config(endpoint_key(service.sdk_id)?))
    }

    /// A digest of the connection with all its secrets and settings, and of the region. Whatever requests share is kept by
    /// it: an access key ID or a role's ARN may be claimed by anybody.
    #[must_use]
    pub const fn fingerprint(&self) -> &Digest {
        &self.fingerprint
    }

    /// True once AWS has answered a request that these credentials signed.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Notes that AWS has answered a request that these credentials signed.
    pub(crate) fn accept(&self) {
        self.accepted.store(true, Ordering::Relaxed);
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

    /// Credentials that hold: those at hand, or the outcome of the load that is under way.
    ///
    /// # Errors
    /// `connection` when there are none or a role is refused; `unreachable`, `throttled`, `timeout` or `cancelled`.
    pub async fn credentials(&self, deadline: &Deadline) -> Result<Snapshot> {
        self.credentials.get(deadline).await
    }

    /// Forgets credentials that AWS calls expired, unless others have come since. False when there are no others to be had.
    #[must_use]
    pub fn expire(&self, expired: &Snapshot) -> bool {
        self.credentials.expire(expired)
    }
}

fn fingerprint(connection: &Digest, region: Option<&Region>) -> Digest {
    let mut digest = Sha256::new();
    digest.update(connection);
    digest.update(region.map(AsRef::as_ref).unwrap_or_default());
    digest.finalize().into()
}
