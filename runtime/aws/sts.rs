//! The SDK's own clients: STS, and the sources of the machine's credentials.

use aws_credential_types::Credentials;
use aws_types::SdkConfig;
use aws_types::region::Region;

use super::send_error::Call;

/// The service in errors about STS.
#[must_use]
pub const fn sts_call(operation: &'static str) -> Call<'static> {
    Call { service: "STS", iam_prefix: "sts", operation, changes: false }
}

/// The region, HTTP client and endpoints that the SDK's own clients are built from.
#[derive(Debug)]
pub struct SdkContext {
    pub(super) config: SdkConfig,
    pub(super) sts_endpoint: Option<String>,
}

impl SdkContext {
    /// The SDK's configuration: region, HTTP client, FIPS and dual-stack.
    #[must_use]
    pub const fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// An STS client that signs with these credentials. `region` overrides the request's; without either, the partition's
    /// home region answers for all.
    #[must_use]
    pub fn sts(&self, region: Option<&str>, credentials: Credentials) -> aws_sdk_sts::Client {
        let region = region.map(|name| Region::new(name.to_owned())).or_else(|| self.config.region().cloned());
        let region = region.unwrap_or_else(|| Region::from_static("us-east-1"));
        let mut builder =
            aws_sdk_sts::config::Builder::from(&self.config).region(region).credentials_provider(credentials);
        builder.set_endpoint_url(self.sts_endpoint.clone());
        aws_sdk_sts::Client::from_conf(builder.build())
    }
}
