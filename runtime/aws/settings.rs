//! The fields that every connection type takes.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::http::trust::is_pem;
use crate::redact::Secret;

/// Region, endpoints, proxy and trust store of a connection. A field that is not given falls back to the machine's
/// setting: the usual environment variable, then the profile.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// # Default AWS Region
    /// The region of actions that name none. Without it, AWS_REGION and the profile's region apply.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[A-Za-z0-9-]+$"), extend("x-advanced" = true, "x-data-source" = { "key": "regions" }))]
    pub region: Option<String>,
    /// # Glue Endpoint URL
    /// Send Glue requests here instead of to AWS's public endpoint: a VPC endpoint or an emulator. Without it, AWS_ENDPOINT_URL_GLUE, AWS_ENDPOINT_URL and the profile's endpoint_url apply.
    #[schemars(length(max = 2048), regex(pattern = r"^https?://[^\s/?#@]+(/[^\s?#]*)?$"), extend("x-advanced" = true))]
    pub endpoint_url: Option<String>,
    /// # STS Endpoint URL
    /// Send requests for temporary credentials and the connection check here. Without it, AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL and the profile's endpoint_url apply.
    #[schemars(length(max = 2048), regex(pattern = r"^https?://[^\s/?#@]+(/[^\s?#]*)?$"), extend("x-advanced" = true))]
    pub sts_endpoint_url: Option<String>,
    /// # Use FIPS Endpoints
    /// Use AWS's FIPS 140 validated endpoints. Without it, AWS_USE_FIPS_ENDPOINT and the profile's use_fips_endpoint apply.
    #[schemars(extend("x-advanced" = true))]
    pub use_fips: Option<bool>,
    /// # Use Dual-Stack Endpoints
    /// Use AWS's endpoints that answer over IPv4 and IPv6. Without it, AWS_USE_DUALSTACK_ENDPOINT and the profile's use_dualstack_endpoint apply.
    #[schemars(extend("x-advanced" = true))]
    pub use_dual_stack: Option<bool>,
    /// # Proxy URL
    /// Reach AWS through this HTTP proxy, for example `http://user:password@proxy.example.com:8080`. Without it, HTTPS_PROXY, HTTP_PROXY and NO_PROXY apply.
    #[schemars(length(max = 2048), regex(pattern = r"^https?://\S+$"), extend("x-advanced" = true))]
    pub proxy_url: Option<Secret>,
    /// # CA Bundle
    /// Trust these certificate authorities instead of the system's: PEM text. Only the operator's own connection file may give the path of a PEM file. Without it, AWS_CA_BUNDLE applies.
    #[schemars(extend("x-advanced" = true))]
    pub ca_bundle: Option<String>,
}

impl Settings {
    /// True when the CA bundle is the path of a file, and not PEM text.
    #[must_use]
    pub fn names_ca_file(&self) -> bool {
        self.ca_bundle.as_ref().is_some_and(|bundle| !is_pem(bundle))
    }
}
