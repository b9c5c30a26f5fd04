//! A limit on the size of answers: what is larger is not read, let alone held.

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use http_body_util::Limited;

/// A connector whose answers fail while they are read once they exceed a size.
#[derive(Debug)]
pub(crate) struct LimitedConnector {
    pub(crate) inner: SharedHttpConnector,
    pub(crate) max_bytes: usize,
}

impl HttpConnector for LimitedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.inner.call(request);
        let max_bytes = self.max_bytes;
        HttpConnectorFuture::new(async move {
            let answer = answer.await?;
            let announced = answer.headers().get("content-length").and_then(|length| length.parse::<usize>().ok());
            // What is announced to be too large fails at its first byte.
            let limit = if announced.is_some_and(|length| length > max_bytes) { 0 } else { max_bytes };
            Ok(answer.map(|body| SdkBody::from_body_1_x(Limited::new(body, limit))))
        })
    }
}
