//! AWS services that speak AWS JSON, and the client that signs and sends requests to one.
//!
//! The SDK's own clients work out anew for every request which interceptors, endpoint and identity it has. That nearly
//! doubles the cost of a call; here, it is worked out once a connection.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::endpoint::EndpointFuture;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, Uri};
use serde::de::IgnoredAny;
use time::SignedDuration;

use super::clock::ClockSetter;
use super::rate_limit::RateLimiter;
use super::send_error::{SendError, SendFuture};
use super::settings::Settings;
use crate::http::Transport;
use crate::http::transport::{BoxError, Sent};

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const CONTENT: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");

/// A service that speaks AWS JSON 1.1. A constant of this type is all that another service takes.
#[derive(Debug)]
pub struct Service {
    /// The name that people use: "Glue".
    pub name: &'static str,
    /// The name in signatures and in the user agent: "glue".
    pub signing_name: &'static str,
    /// The prefix of operations in `X-Amz-Target`: "`AWSGlue`".
    pub target_prefix: &'static str,
    /// The prefix of its actions in IAM policies: "glue".
    pub iam_prefix: &'static str,
    /// The version of the SDK's crate that writes its requests, for the user agent.
    pub sdk_version: &'static str,
    /// The name by which AWS's tools know its settings, with spaces: "Glue" is `AWS_ENDPOINT_URL_GLUE`, and `glue` in the
    /// services section of a profile.
    pub sdk_id: &'static str,
    /// The field of a connection that overrides its endpoint, before the machine's settings do.
    pub endpoint_setting: fn(&Settings) -> Option<&str>,
    /// AWS's rules for its endpoint.
    pub resolve_endpoint: fn(EndpointParams) -> EndpointFuture<'static>,
}

/// The parameters of AWS's endpoint rules.
#[derive(Clone, Debug, Default)]
pub struct EndpointParams {
    /// The region.
    pub region: Option<String>,
    /// FIPS 140 validated endpoints are wanted.
    pub use_fips: Option<bool>,
    /// Endpoints with IPv4 and IPv6 are wanted.
    pub use_dual_stack: Option<bool>,
    /// An endpoint in place of AWS's own.
    pub endpoint: Option<String>,
}

/// A client of one service at one endpoint, with the credentials of one connection.
#[derive(Debug)]
pub struct ServiceClient {
    pub(super) service: &'static Service,
    pub(super) url: Uri,
    pub(super) region: String,
    pub(super) headers: HeaderMap,
    pub(super) rate_limiter: RateLimiter,
    pub(super) transport: ClockSetter,
}

impl ServiceClient {
    /// The rate limiter of this service in the connection's account and region.
    #[must_use]
    pub fn rate_limiter(&self) -> &RateLimiter {
        &self.rate_limiter
    }

    /// The time by which the service's clock is ahead of this machine's, as its latest answer told.
    #[must_use]
    pub fn clock_offset(&self) -> SignedDuration {
        self.transport.clock.offset()
    }

    /// Signs `body` with these credentials and sends it to an operation, once. A successful answer is JSON, or empty.
    pub fn send(
        &self,
        operation: &str,
        body: Bytes,
        credentials: Credentials,
        sent: &Sent,
    ) -> SendFuture<'static, Response<Bytes>> {
        let exchange = self.request(operation, body, credentials).map(|mut request| {
            request.extensions_mut().insert(sent.clone());
            self.transport.exchange(request)
        });
        Box::pin(async {
            let answer = exchange.map_err(SendError::NotSent)?.await.map_err(SendError::NoAnswer)?;
            if !answer.status().is_success() {
                return Err(SendError::Refused(answer));
            }
            // A gateway that answers 200 to anything has not told what became of the request.
            if !answer.body().is_empty() {
                let json = serde_json::from_slice::<IgnoredAny>(answer.body());
                json.map_err(|problem| SendError::NoAnswer(problem.into()))?;
            }
            Ok(answer)
        })
    }

    /// Connects while credentials are still under way, until the guard is dropped.
    pub fn preconnect(&self) -> Option<Box<dyn Send>> {
        self.transport.preconnect(&self.url)
    }

    fn request(&self, operation: &str, body: Bytes, credentials: Credentials) -> Result<Request<Bytes>, BoxError> {
        let length = body.len();
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        *request.headers_mut() = self.headers.clone();
        request.headers_mut().insert(CONTENT_TYPE, CONTENT);
        request.headers_mut().insert(CONTENT_LENGTH, length.into());
        let target = format!("{}.{operation}", self.service.target_prefix);
        request.headers_mut().insert(TARGET, HeaderValue::try_from(target)?);
        self.sign(&mut request, credentials)?;
        Ok(request)
    }

    fn sign(&self, request: &mut Request<Bytes>, credentials: Credentials) -> Result<(), BoxError> {
        let identity = credentials.into();
        let settings = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.service.signing_name)
            .time(self.transport.clock.signing_time())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()));
        let url = request.uri().to_string();
        let body = SignableBody::Bytes(request.body());
        let signable = SignableRequest::new(request.method().as_str(), &url, headers, body)?;
        let (instructions, _) = sign(signable, &settings)?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }
}
