//! Resolves a service's endpoint and builds the user agent.

use aws_runtime::user_agent::{ApiMetadata, AwsUserAgent};
// The SDK reads its own environment through this; it offers no other way to the user agent that its clients send.
use aws_types::os_shim_internal::Env;
use http::Uri;
use http::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};

use super::send_error::unusable_settings;
use super::service::{EndpointParams, Service};
use crate::error::Result;

/// The URL of a service's endpoint.
///
/// # Errors
/// `connection` when there is no such endpoint.
pub(super) async fn resolve(service: &Service, params: EndpointParams) -> Result<Uri> {
    let endpoint = (service.resolve_endpoint)(params).await.map_err(unusable_settings)?;
    // The SDK puts the path of an operation behind that of the endpoint; operations of AWS JSON have none.
    format!("{}/", endpoint.url().trim_end_matches('/')).parse().map_err(unusable_settings)
}

/// The headers in which the SDK's client of a service names itself.
pub(super) fn user_agent(service: &Service) -> HeaderMap {
    let api = ApiMetadata::new(service.signing_name, service.sdk_version);
    let agent = AwsUserAgent::new_from_environment(Env::real(), api);
    let headers =
        [(USER_AGENT, agent.ua_header()), (HeaderName::from_static("x-amz-user-agent"), agent.aws_ua_header())];
    headers.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?))).collect()
}
