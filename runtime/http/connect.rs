//! Connections to servers: through a proxy where one is set, encrypted where the URL says so, with a time-out, and made
//! before they are needed (`preconnect`).

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::uri::{Authority, Scheme};
use http::{HeaderValue, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::Matcher;
use parking_lot::Mutex;
use rustls::ClientConfig;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tower_service::Service;

use super::transport::{BoxError, ConnectTimeout};

/// The time to connect. A name that does not resolve or a server that does not answer leaves time for a retry.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A connector for the client's pool: proxy, TLS, time-out, preconnected connections.
#[derive(Clone)]
pub(super) struct Connector {
    https: HttpsConnector<HttpConnector>,
    tls: Arc<ClientConfig>,
    proxies: Arc<Matcher>,
    preconnected: Preconnected,
}

/// Connections that are made before they are asked for.
type Preconnected = Arc<Mutex<HashMap<Server, Preconnection>>>;

type Server = (Scheme, Authority);

struct Preconnection {
    since: Instant,
    connection: JoinHandle<Result<Stream, BoxError>>,
}

impl Connector {
    pub(super) fn new(tls: ClientConfig, proxies: Matcher) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let tls = Arc::new(tls);
        Self {
            https: HttpsConnector::from((tcp, Arc::clone(&tls))),
            tls,
            proxies: Arc::new(proxies),
            preconnected: Preconnected::default(),
        }
    }

    /// The `Proxy-Authorization` of a request over plain HTTP. A tunnel's is sent with its `CONNECT`.
    pub(super) fn proxy_authorization(&self, to: &Uri) -> Option<HeaderValue> {
        if to.scheme() != Some(&Scheme::HTTP) {
            return None;
        }
        self.proxies.intercept(to)?.basic_auth().cloned()
    }

    /// Starts to connect to a server: the next connection to it that is asked for is this one. Dropping the guard ends a
    /// connection that nobody asked for, since nobody would notice when the server closes it.
    pub(super) fn preconnect(&self, to: &Uri) -> Option<impl Send + use<>> {
        let server = server(to)?;
        let start =
            || Preconnection { since: Instant::now(), connection: tokio::spawn(self.clone().connect(to.clone())) };
        self.preconnected.lock().entry(server.clone()).or_insert_with(start);
        Some(PreconnectGuard { preconnected: Arc::clone(&self.preconnected), server })
    }

    async fn connect(mut self, to: Uri) -> Result<Stream, BoxError> {
        let secure = to.scheme() == Some(&Scheme::HTTPS);
        let connected = async {
            let Some(proxy) = self.proxies.intercept(&to) else {
                return Ok(Stream { io: Box::new(self.https.call(to).await?), via_http_proxy: false });
            };
            if !secure {
                return Ok(Stream { io: Box::new(self.https.call(proxy.uri().clone()).await?), via_http_proxy: true });
            }
            let mut tunnel = Tunnel::new(proxy.uri().clone(), self.https);
            if let Some(password) = proxy.basic_auth() {
                tunnel = tunnel.with_auth(password.clone());
            }
            let through = HttpsConnector::from((tunnel, self.tls)).call(to).await?;
            Ok(Stream { io: Box::new(through), via_http_proxy: false })
        };
        tokio::time::timeout(TIMEOUT, connected).await.map_err(|_| ConnectTimeout(TIMEOUT))?
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        match server(&to).and_then(|server| self.preconnected.lock().remove(&server)) {
            // The server may have closed an older one, and a request on it would be lost.
            Some(Preconnection { since, connection }) if since.elapsed() < TIMEOUT => {
                Box::pin(async { connection.await? })
            }
            _ => Box::pin(self.clone().connect(to)),
        }
    }
}

struct PreconnectGuard {
    preconnected: Preconnected,
    server: Server,
}

impl Drop for PreconnectGuard {
    fn drop(&mut self) {
        if let Some(unused) = self.preconnected.lock().remove(&self.server) {
            unused.connection.abort();
        }
    }
}

fn server(url: &Uri) -> Option<Server> {
    Some((url.scheme()?.clone(), url.authority()?.clone()))
}

/// A connection over TCP, TLS or a tunnel.
pub(super) struct Stream {
    io: Box<dyn Io>,
    /// True when a proxy forwards plain HTTP: it is asked for whole URLs.
    via_http_proxy: bool,
}

trait Io: Read + Write + Connection + Send + Unpin {}

impl<T: Read + Write + Connection + Send + Unpin> Io for T {}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        self.io.connected().proxy(self.via_http_proxy)
    }
}

impl Read for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, into)
    }
}

impl Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, from)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
