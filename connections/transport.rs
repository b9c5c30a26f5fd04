//! A request to AWS goes out, an answer comes back: all that the rest knows of the network.

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

/// Why there is no answer; the causes say more.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// A request under way.
pub type Exchange = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Cause>> + Send>>;

/// Sends requests and reads their answers.
pub trait Transport: Debug + Send + Sync {
    /// Sends a request, and reads the whole of its answer.
    fn exchange(&self, request: Request<Bytes>) -> Exchange;

    /// Connects to a server that a request is about to be sent to, until the guard is dropped. Without a guard, it does not.
    fn connect_ahead(&self, _: &Uri) -> Option<Box<dyn Send>> {
        None
    }
}

/// The HTTP client of the SDK's own requests: those to STS, and those for the machine's credentials.
pub(crate) fn for_sdk(transport: Arc<dyn Transport>) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(Adapter(transport));
    http_client_fn(move |_, _| connector.clone())
}

/// The bytes of a body of the SDK's; it streams none of those that come here.
pub(crate) fn in_memory(body: &SdkBody) -> Bytes {
    body.bytes().map(Bytes::copy_from_slice).unwrap_or_default()
}

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
