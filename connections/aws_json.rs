//! Requests to a service that speaks AWS JSON: a body is signed and sent, an answer comes back.
//!
//! The SDK does the same for its own clients, and works out anew for every request which interceptors, endpoint and
//! identity it has. That nearly doubles what a call costs; here, it is worked out once a connection.

use std::sync::Arc;
use std::time::SystemTime;

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, Uri};
use serde::de::IgnoredAny;

use crate::credentials::CredentialCell;
use crate::failure::{Failure, Sending};
use crate::transport::{Cause, Transport};

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const CONTENT: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");

/// A service that speaks AWS JSON.
#[derive(Clone, Debug)]
pub struct Service {
    /// What requests are signed for.
    pub signing_name: &'static str,
    /// What the names of operations begin with on the wire.
    pub target_prefix: &'static str,
    /// What requests say of who sends them.
    pub user_agent: HeaderMap,
}

/// A service at an endpoint, reached with a connection's credentials.
#[derive(Debug)]
pub struct AwsJson {
    service: Service,
    url: Uri,
    region: String,
    credentials: Arc<CredentialCell>,
    transport: Arc<dyn Transport>,
}

impl AwsJson {
    pub(crate) const fn new(
        service: Service,
        url: Uri,
        region: String,
        credentials: Arc<CredentialCell>,
        transport: Arc<dyn Transport>,
    ) -> Self {
        Self { service, url, region, credentials, transport }
    }

    /// Sends `body` to an operation. An answer that says "success" is JSON, or empty.
    pub fn send(&self, operation: &str, body: Bytes) -> Sending<'static, Response<Bytes>> {
        let exchange = self.request(operation, body).map(|request| self.transport.exchange(request));
        Box::pin(async {
            let answer = exchange.map_err(Failure::NotMade)?.await.map_err(Failure::NoAnswer)?;
            if !answer.status().is_success() {
                return Err(Failure::Refused(answer));
            }
            // A gateway that says "200" to anything has not told what became of the request.
            if !answer.body().is_empty() {
                serde_json::from_slice::<IgnoredAny>(answer.body())
                    .map_err(|problem| Failure::NoAnswer(problem.into()))?;
            }
            Ok(answer)
        })
    }

    /// Connects while credentials are still under way, until the guard is dropped.
    pub fn connect_ahead(&self) -> Option<Box<dyn Send>> {
        self.transport.connect_ahead(&self.url)
    }

    fn request(&self, operation: &str, body: Bytes) -> Result<Request<Bytes>, Cause> {
        let length = body.len();
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        *request.headers_mut() = self.service.user_agent.clone();
        request.headers_mut().insert(CONTENT_TYPE, CONTENT);
        request.headers_mut().insert(CONTENT_LENGTH, length.into());
        request
            .headers_mut()
            .insert(TARGET, HeaderValue::try_from(format!("{}.{operation}", self.service.target_prefix))?);
        self.sign(&mut request)?;
        Ok(request)
    }

    fn sign(&self, request: &mut Request<Bytes>) -> Result<(), Cause> {
        let identity = self.credentials.current().ok_or("the credentials are not loaded")?.into();
        let settings = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.service.signing_name)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()));
        let url = request.uri().to_string();
        let signable =
            SignableRequest::new(request.method().as_str(), &url, headers, SignableBody::Bytes(request.body()))?;
        let (instructions, _) = sign(signable, &settings)?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }
}
