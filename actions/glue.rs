//! The Glue service, and requests to it that the SDK writes.

use std::fmt::Debug;

use aws_sdk_glue::config::endpoint::{DefaultResolver, EndpointFuture, Params, ResolveEndpoint};
use aws_sdk_glue::error::BuildError;
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use glue_runtime::Result;
use glue_runtime::aws::service::{EndpointParams, Service};
use glue_runtime::aws::{Request, Settings};

/// AWS Glue.
pub const GLUE: Service = Service {
    name: "Glue",
    signing_name: "glue",
    target_prefix: "AWSGlue",
    iam_prefix: "glue",
    sdk_version: aws_sdk_glue::meta::PKG_VERSION,
    sdk_id: "Glue",
    endpoint_setting,
    resolve_endpoint,
};

fn endpoint_setting(settings: &Settings) -> Option<&str> {
    settings.endpoint_url.as_deref()
}

fn resolve_endpoint(params: EndpointParams) -> EndpointFuture<'static> {
    EndpointFuture::new(async move {
        let params = Params::builder()
            .set_region(params.region)
            .set_use_fips(params.use_fips)
            .set_use_dual_stack(params.use_dual_stack)
            .set_endpoint(params.endpoint)
            .build()?;
        DefaultResolver::new().resolve_endpoint(&params).await
    })
}

/// The input of a Glue operation, paired with the SDK's operation that writes it.
pub trait Operation: Debug + Send + Sync + 'static {
    /// The operation, as the SDK knows it.
    type Sdk: RuntimePlugin + Default;
}

/// A request to Glue, from an input as its builder makes it.
///
/// # Errors
/// `internal` when the input lacks a required member.
pub fn glue<I: Operation>(input: std::result::Result<I, BuildError>) -> Result<Request> {
    Request::serialize::<I::Sdk, I>(&GLUE, input)
}
