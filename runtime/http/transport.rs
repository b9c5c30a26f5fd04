//! The transport: a request goes out, an answer comes back. All that the rest knows of the network.

use std::error::Error as StdError;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{Request, Response, Uri};

pub use super::sent::Sent;

/// A request under way. The error is whatever kept the answer from coming; its causes say more.
pub type ExchangeFuture = Pin<Box<dyn Future<Output = Result<Response<Bytes>, BoxError>> + Send>>;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// A network that sends requests and reads their answers.
pub trait Transport: Debug + Send + Sync {
    /// Sends a request, and reads the whole of its answer. Its [`Sent`], if it has one among its extensions, says when it
    /// may have gone out.
    fn exchange(&self, request: Request<Bytes>) -> ExchangeFuture;

    /// Connects to a server before a request to it is ready. Dropping the guard ends a connection that nobody used;
    /// without a guard, nothing is connected.
    fn preconnect(&self, _: &Uri) -> Option<Box<dyn Send>> {
        None
    }
}

/// The HTTP client for the SDK's own requests: those to STS, and those for the machine's credentials.
pub(crate) fn for_sdk(transport: Arc<dyn Transport>) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(Adapter(transport));
    http_client_fn(move |_, _| connector.clone())
}

/// The bytes of a body of the SDK's; it streams none of those that come here.
pub(crate) fn in_memory(body: &SdkBody) -> Bytes {
    body.bytes().map(Bytes::copy_from_slice).unwrap_or_default()
}

/// A transport as the SDK's HTTP connector.
#[derive(Debug)]
struct Adapter(Arc<dyn Transport>);

impl HttpConnector for Adapter {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request.map(|body| in_memory(&body)),
            Err(problem) => return HttpConnectorFuture::ready(Err(ConnectorError::user(problem.into()))),
        };
        let exchange = self.0.exchange(request);
        HttpConnectorFuture::new(async {
            let answer = exchange.await.map_err(ConnectorError::io)?;
            HttpResponse::try_from(answer.map(SdkBody::from))
                .map_err(|problem| ConnectorError::other(problem.into(), None))
        })
    }
}
