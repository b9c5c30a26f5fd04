//! A connection to a server: through the proxy that is to be used, encrypted where the URL says so, in time.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http::uri::{Authority, Scheme};
use http::{HeaderValue, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::Matcher;
use rustls::ClientConfig;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tower_service::Service;

use crate::transport::Cause;

/// A name that does not resolve or a host that does not answer should leave time for a second try.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Makes connections.
#[derive(Clone)]
pub(crate) struct Connect {
    https: HttpsConnector<HttpConnector>,
    tls: Arc<ClientConfig>,
    proxies: Arc<Matcher>,
    ahead: Ahead,
}

/// Connections that are made before they are asked for.
type Ahead = Arc<Mutex<HashMap<Server, Begun>>>;

type Server = (Scheme, Authority);

struct Begun {
    at: Instant,
    connection: JoinHandle<Result<Stream, Cause>>,
}

impl Connect {
    pub(crate) fn new(tls: ClientConfig, proxies: Matcher) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let tls = Arc::new(tls);
        Self {
            https: HttpsConnector::from((tcp, Arc::clone(&tls))),
            tls,
            proxies: Arc::new(proxies),
            ahead: Ahead::default(),
        }
    }

    /// What a proxy that is asked for whole URLs wants to see in the request. A tunnel is asked for with it already.
    pub(crate) fn proxy_authorization(&self, to: &Uri) -> Option<HeaderValue> {
        if to.scheme() != Some(&Scheme::HTTP) {
            return None;
        }
        self.proxies.intercept(to)?.basic_auth().cloned()
    }

    /// Begins to connect to a server; the next connection to it that is asked for is this one. Dropping the guard ends one
    /// that nobody asked for: nobody would notice when the server closes it.
    pub(crate) fn begin(&self, to: &Uri) -> Option<impl Send + use<>> {
        let server = server(to)?;
        let begin = || Begun { at: Instant::now(), connection: tokio::spawn(self.clone().connect(to.clone())) };
        lock(&self.ahead).entry(server.clone()).or_insert_with(begin);
        Some(Guard { ahead: Arc::clone(&self.ahead), server })
    }

    async fn connect(mut self, to: Uri) -> Result<Stream, Cause> {
        let secure = to.scheme() == Some(&Scheme::HTTPS);
        let connected = async {
            let Some(proxy) = self.proxies.intercept(&to) else {
                return Ok(Stream { io: Box::new(self.https.call(to).await?), asks_proxy: false });
            };
            if !secure {
                return Ok(Stream { io: Box::new(self.https.call(proxy.uri().clone()).await?), asks_proxy: true });
            }
            let mut tunnel = Tunnel::new(proxy.uri().clone(), self.https);
            if let Some(password) = proxy.basic_auth() {
                tunnel = tunnel.with_auth(password.clone());
            }
            let through = HttpsConnector::from((tunnel, self.tls)).call(to).await?;
            Ok(Stream { io: Box::new(through), asks_proxy: false })
        };
        tokio::time::timeout(TIMEOUT, connected)
            .await
            .map_err(|_| format!("no connection within {} seconds", TIMEOUT.as_secs()))?
    }
}

impl Service<Uri> for Connect {
    type Response = Stream;
    type Error = Cause;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, Cause>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let begun = server(&to).and_then(|server| lock(&self.ahead).remove(&server));
        match begun {
            // The server may have closed an older one, and a request on it would be lost.
            Some(Begun { at, connection }) if at.elapsed() < TIMEOUT => Box::pin(async { connection.await? }),
            _ => Box::pin(self.clone().connect(to)),
        }
    }
}

struct Guard {
    ahead: Ahead,
    server: Server,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(unwanted) = lock(&self.ahead).remove(&self.server) {
            unwanted.connection.abort();
        }
    }
}

fn server(url: &Uri) -> Option<Server> {
    Some((url.scheme()?.clone(), url.authority()?.clone()))
}

fn lock(ahead: &Ahead) -> MutexGuard<'_, HashMap<Server, Begun>> {
    ahead.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection, whatever lies between.
pub(crate) struct Stream {
    io: Box<dyn Io>,
    /// A proxy answers in the server's place, and is asked for whole URLs.
    asks_proxy: bool,
}

trait Io: Read + Write + Connection + Send + Unpin {}

impl<T: Read + Write + Connection + Send + Unpin> Io for T {}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        self.io.connected().proxy(self.asks_proxy)
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
