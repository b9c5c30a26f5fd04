//! The SDK's own clients: STS, and the sources of the machine's credentials.

use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_types::SdkConfig;
use aws_types::region::Region;

use super::clock::{Clock, ClockSetter};
use super::send_error::Call;
use crate::http::Transport;
use crate::http::transport;

/// The region, HTTP client and endpoints that the SDK's own clients are built from.
#[derive(Debug)]
pub struct SdkContext {
    pub(super) config: SdkConfig,
    /// The STS endpoint that the connection names in place of the machine's or AWS's own.
    pub(super) sts_endpoint: Option<String>,
    /// The most attempts at a request.
    pub(super) max_attempts: u32,
    pub(super) transport: Arc<dyn Transport>,
    /// STS's clock. The SDK's own would be forgotten with each client.
    pub(super) sts_clock: Clock,
}

#[cfg(test)]
impl SdkContext {
    /// A context without a network.
    pub(super) fn offline() -> Self {
        #[derive(Debug)]
        struct Offline;
        impl Transport for Offline {
            fn exchange(&self, _: http::Request<bytes::Bytes>) -> transport::ExchangeFuture {
                Box::pin(std::future::pending())
            }
        }
        Self {
            config: SdkConfig::builder().build(),
            sts_endpoint: None,
            max_attempts: 1,
            transport: Arc::new(Offline),
            sts_clock: Clock::default(),
        }
    }
}

impl SdkContext {
    /// The most attempts at a request.
    #[must_use]
    pub const fn max_attempts(&self) -> u32 {
        self.max_attempts
    }

    /// The SDK's configuration: region, HTTP client, FIPS and dual-stack.
    #[must_use]
    pub const fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// An operation of STS, as errors name it and retries treat it.
    #[must_use]
    pub const fn sts_call(&self, operation: &'static str) -> Call<'static> {
        Call { service: "STS", iam_prefix: "sts", operation, changes: false, max_attempts: self.max_attempts }
    }

    /// An STS client that signs with these credentials. `region` overrides the request's; without either, the partition's
    /// home region answers for all.
    #[must_use]
    pub fn sts(&self, region: Option<&str>, credentials: Credentials) -> aws_sdk_sts::Client {
        let region = region.map(|name| Region::new(name.to_owned())).or_else(|| self.config.region().cloned());
        let region = region.unwrap_or_else(|| Region::from_static("us-east-1"));
        let mut builder =
            aws_sdk_sts::config::Builder::from(&self.config).region(region).credentials_provider(credentials);
        if self.sts_endpoint.is_some() {
            builder.set_endpoint_url(self.sts_endpoint.clone());
        }
        let (transport, clock) = (Arc::clone(&self.transport), self.sts_clock.clone());
        builder = builder
            .disable_clock_skew_correction(true)
            .time_source(clock.clone())
            .http_client(transport::for_sdk(Arc::new(ClockSetter { transport, clock })));
        aws_sdk_sts::Client::from_conf(builder.build())
    }
}
