//! Where Glue is, by the SDK's own rules, and who says so to it.

use aws_runtime::user_agent::{ApiMetadata, AwsUserAgent};
use aws_sdk_glue::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_types::os_shim_internal::Env;
use glue_connections::aws_error::unusable;
use glue_connections::aws_json::{AwsJson, Service};
use glue_connections::{Result, Session};
use http::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};

/// Glue at the endpoint of a session's region, or at the one that the session names.
///
/// # Errors
/// `connection` when there is no such endpoint.
pub(crate) async fn glue(session: &Session) -> Result<AwsJson> {
    let config = session.sdk_config();
    let params = Params::builder()
        .set_region(session.region().map(str::to_owned))
        .set_use_fips(config.use_fips())
        .set_use_dual_stack(config.use_dual_stack())
        .set_endpoint(session.glue_endpoint().map(str::to_owned))
        .build()
        .map_err(unusable)?;
    let endpoint = DefaultResolver::new().resolve_endpoint(&params).await.map_err(unusable)?;
    // The SDK puts the path of an operation behind that of the endpoint; Glue's operations have none.
    let url = format!("{}/", endpoint.url().trim_end_matches('/')).parse().map_err(unusable)?;
    let service = Service { signing_name: "glue", target_prefix: "AWSGlue", user_agent: user_agent() };
    Ok(session.service(service, url))
}

/// What the SDK says of itself in both headers.
fn user_agent() -> HeaderMap {
    let agent =
        AwsUserAgent::new_from_environment(Env::real(), ApiMetadata::new("glue", aws_sdk_glue::meta::PKG_VERSION));
    let headers =
        [(USER_AGENT, agent.ua_header()), (HeaderName::from_static("x-amz-user-agent"), agent.aws_ua_header())];
    headers.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?))).collect()
}
