//! Resolves a service's endpoint and builds the user agent.

use aws_runtime::user_agent::{ApiMetadata, AwsUserAgent};
// The SDK reads its own environment through this; it offers no other way to the user agent that its clients send.
use aws_types::app_name::AppName;
use aws_types::os_shim_internal::Env;
use http::Uri;
use http::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use percent_encoding::{CONTROLS, percent_encode};

use super::send_error::unusable_settings;
use super::service::{EndpointParams, Service};
use crate::environment::variable;
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

/// The headers of every request to a service: the names of its SDK client and of the application, and the trace of the
/// Lambda function that the process runs in.
pub(super) fn constant_headers(service: &Service, app: Option<&AppName>) -> HeaderMap {
    let api = ApiMetadata::new(service.signing_name, service.sdk_version);
    let mut agent = AwsUserAgent::new_from_environment(Env::real(), api);
    if let Some(app) = app {
        agent.set_app_name(app.clone());
    }
    let headers = [
        (USER_AGENT, Some(agent.ua_header())),
        (HeaderName::from_static("x-amz-user-agent"), Some(agent.aws_ua_header())),
        (HeaderName::from_static("x-amzn-trace-id"), lambda_trace()),
    ];
    headers.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::try_from(value?).ok()?))).collect()
}

/// The trace of a Lambda function, by which AWS notices functions that call themselves without end.
fn lambda_trace() -> Option<String> {
    variable(&["AWS_LAMBDA_FUNCTION_NAME"])?;
    let trace = variable(&["_X_AMZN_TRACE_ID"])?;
    Some(percent_encode(trace.as_bytes(), CONTROLS).to_string())
}
