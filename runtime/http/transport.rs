//! The transport: a request goes out, an answer comes back. All that the rest knows of the network.

use std::error::Error as StdError;
use std::fmt::{self, Debug};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
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
    http_client_fn(move |settings, _| {
        SharedHttpConnector::new(Adapter { transport: Arc::clone(&transport), settings: settings.clone() })
    })
}

/// The bytes of a body of the SDK's; it streams none of those that come here.
pub(crate) fn in_memory(body: &SdkBody) -> Bytes {
    body.bytes().map(Bytes::copy_from_slice).unwrap_or_default()
}

/// A transport as the SDK's HTTP connector.
#[derive(Debug)]
struct Adapter {
    transport: Arc<dyn Transport>,
    settings: HttpConnectorSettings,
}

impl HttpConnector for Adapter {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request.map(|body| in_memory(&body)),
            Err(problem) => return HttpConnectorFuture::ready(Err(ConnectorError::user(problem.into()))),
        };
        let sent = Sent::default();
        request.extensions_mut().insert(sent.clone());
        let exchange = self.transport.exchange(request);
        let settings = self.settings.clone();
        HttpConnectorFuture::new(async move {
            let answer = within(&settings, &sent, exchange).await?;
            HttpResponse::try_from(answer.map(SdkBody::from))
                .map_err(|problem| ConnectorError::other(problem.into(), None))
        })
    }
}

/// Waits for an answer as long as the SDK asks for: it gives the metadata services a second, since most machines have none.
async fn within(
    settings: &HttpConnectorSettings,
    sent: &Sent,
    mut exchange: ExchangeFuture,
) -> Result<Response<Bytes>, ConnectorError> {
    tokio::select! {
        biased;
        answer = &mut exchange => return answer.map_err(ConnectorError::io),
        () = sent.left() => {}
        limit = passed(settings.connect_timeout()) => {
            return Err(ConnectorError::timeout(ConnectTimeout(limit).into()).never_connected());
        }
    }
    tokio::select! {
        biased;
        answer = exchange => answer.map_err(ConnectorError::io),
        limit = passed(settings.read_timeout()) => {
            Err(ConnectorError::timeout(format!("no answer within {limit:?}").into()))
        }
    }
}

/// Waits until a limit has passed; for ever when there is none.
async fn passed(limit: Option<Duration>) -> Duration {
    let Some(limit) = limit else { return std::future::pending().await };
    tokio::time::sleep(limit).await;
    limit
}

/// The failure of a request that had no connection in time.
#[derive(Debug)]
pub(crate) struct ConnectTimeout(pub(super) Duration);

impl fmt::Display for ConnectTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no connection within {:?}", self.0)
    }
}

impl StdError for ConnectTimeout {}

#[cfg(test)]
mod tests {
    use super::*;

    /// A transport whose requests leave after a while, or never, and are never answered.
    #[derive(Debug)]
    struct Silent(Option<Duration>);

    impl Transport for Silent {
        fn exchange(&self, request: Request<Bytes>) -> ExchangeFuture {
            let sent = request.extensions().get::<Sent>().cloned().unwrap_or_default();
            let (exchange, leaves) = (sent.wait(), self.0);
            Box::pin(async move {
                let _exchange = exchange;
                passed(leaves).await;
                sent.leave();
                std::future::pending().await
            })
        }
    }

    async fn failure(leaves: Option<Duration>, settings: HttpConnectorSettings) -> (ConnectorError, Duration) {
        let adapter = Adapter { transport: Arc::new(Silent(leaves)), settings };
        let start = tokio::time::Instant::now();
        let failure = adapter.call(HttpRequest::empty()).await.expect_err("a time-out");
        (failure, start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn the_sdks_time_outs_are_honoured() {
        let seconds = Duration::from_secs;
        let settings = HttpConnectorSettings::builder().connect_timeout(seconds(1)).read_timeout(seconds(2)).build();
        let (never, after) = failure(None, settings.clone()).await;
        assert!(never.is_timeout() && never.into_source().is::<ConnectTimeout>());
        assert_eq!(after.as_secs(), 1);
        let (late, after) = failure(Some(Duration::from_millis(500)), settings).await;
        assert!(late.is_timeout() && !late.into_source().is::<ConnectTimeout>());
        assert_eq!(after.as_millis(), 2500);
        let unlimited = failure(Some(seconds(1)), HttpConnectorSettings::builder().build());
        assert!(tokio::time::timeout(seconds(3600), unlimited).await.is_err());
    }
}
