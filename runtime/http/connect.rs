//! Connections to servers: through a proxy where one is set, encrypted where the URL says so, with a time-out, and made
//! before they are needed (`preconnect`).

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use http::uri::{Authority, Scheme};
use http::{HeaderValue, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use parking_lot::Mutex;
use rustls::ClientConfig;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use tower_service::Service;

use super::proxy::Proxy;
use super::transport::{BoxError, ConnectTimeout};

/// The time to connect. A name that does not resolve or a server that does not answer leaves time for a retry.
const TIMEOUT: Duration = Duration::from_secs(5);
/// A peer that is silent for so long is asked whether it is there.
const PROBE_AFTER: Duration = Duration::from_secs(3);
/// The time between such questions.
const PROBE_INTERVAL: Duration = Duration::from_secs(2);
/// The number of questions. A peer that answers none is gone after 9 seconds; an attempt at AWS may take 10.
const PROBES: u32 = 3;

/// A connector for the client's pool: proxy, TLS, time-out, preconnected connections.
#[derive(Clone)]
pub(super) struct Connector {
    https: HttpsConnector<HttpConnector>,
    tls: Arc<ClientConfig>,
    proxies: Arc<Proxy>,
    preconnected: Preconnected,
}

/// Connections that are made before they are asked for. They live as long as the guards of the requests they are for.
type Preconnected = Arc<Mutex<HashMap<Server, Weak<Preconnection>>>>;

/// A server, as connections to it are told apart.
pub(super) type Server = (Scheme, Authority);

struct Preconnection {
    since: Instant,
    /// Taken by the first request that needs it. Its task ends when nobody waits for it.
    connection: Mutex<Option<AbortOnDropHandle<Result<Stream, BoxError>>>>,
}

impl Preconnection {
    /// The connection, unless it was taken or is so old that the server may have closed it: a request on it would be lost.
    fn take(&self) -> Option<AbortOnDropHandle<Result<Stream, BoxError>>> {
        self.connection.lock().take_if(|_| self.since.elapsed() < TIMEOUT)
    }

    fn is_there(&self) -> bool {
        self.since.elapsed() < TIMEOUT && self.connection.lock().is_some()
    }
}

impl Connector {
    pub(super) fn new(tls: ClientConfig, proxies: Proxy) -> Self {
        let tls = Arc::new(tls);
        Self {
            https: HttpsConnector::from((tcp(), Arc::clone(&tls))),
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
        self.proxies.intercept(to).ok()??.basic_auth().cloned()
    }

    /// Starts to connect to a server, unless that is under way: the next connection to it that is asked for is this one.
    /// Dropping the guards of all requests ends a connection that none took, since nobody would notice when the server
    /// closes it.
    pub(super) fn preconnect(&self, to: &Uri) -> Option<impl Send + use<>> {
        let server = server(to)?;
        let mut preconnected = self.preconnected.lock();
        let known = preconnected.get(&server).and_then(Weak::upgrade);
        if let Some(known) = known.filter(|known| known.is_there()) {
            return Some(known);
        }
        let connection = AbortOnDropHandle::new(tokio::spawn(self.clone().connect(to.clone())));
        let new = Arc::new(Preconnection { since: Instant::now(), connection: Mutex::new(Some(connection)) });
        preconnected.retain(|_, known| known.strong_count() > 0);
        preconnected.insert(server, Arc::downgrade(&new));
        Some(new)
    }

    async fn connect(mut self, to: Uri) -> Result<Stream, BoxError> {
        let secure = to.scheme() == Some(&Scheme::HTTPS);
        let connected = async {
            let Some(proxy) = self.proxies.intercept(&to)? else {
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
        let preconnection = server(&to).and_then(|server| self.preconnected.lock().get(&server)?.upgrade());
        match preconnection.and_then(|preconnection| preconnection.take()) {
            Some(connection) => Box::pin(async { connection.await? }),
            None => Box::pin(self.clone().connect(to)),
        }
    }
}

/// Connections over TCP that notice within the time of one attempt when nobody is there any more: half-way through a
/// request by what is not acknowledged, while they wait for an answer by probes.
fn tcp() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(PROBE_AFTER));
    tcp.set_keepalive_interval(Some(PROBE_INTERVAL));
    tcp.set_keepalive_retries(Some(PROBES));
    #[cfg(any(target_os = "android", target_os = "linux"))]
    tcp.set_tcp_user_timeout(Some(PROBE_AFTER + PROBE_INTERVAL * PROBES));
    tcp
}

/// The server of a URL, if the URL is a whole one.
pub(super) fn server(url: &Uri) -> Option<Server> {
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

#[cfg(test)]
mod tests {
    use hyper_util::rt::TokioIo;
    use rustls::RootCertStore;
    use socket2::SockRef;
    use tokio::io::AsyncReadExt;
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::timeout;

    use super::*;

    fn connector() -> Connector {
        let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        Connector::new(tls, Proxy::default())
    }

    async fn server() -> (TcpListener, Uri) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        (listener, format!("http://{address}").parse().expect("a URL"))
    }

    async fn accept(listener: &TcpListener) -> TcpStream {
        timeout(Duration::from_secs(10), listener.accept()).await.expect("a client").expect("a connection").0
    }

    /// Waits until the other side has closed a connection.
    async fn closed(mut connection: TcpStream) {
        let read = timeout(Duration::from_secs(10), connection.read(&mut [0])).await.expect("it is closed");
        assert_eq!(read.unwrap_or_default(), 0);
    }

    #[tokio::test]
    async fn one_requests_end_does_not_end_anothers_preconnection() {
        let (listener, url) = server().await;
        let mut connector = connector();
        let first = connector.preconnect(&url);
        let mut other = accept(&listener).await;
        let second = connector.preconnect(&url);
        drop(first);
        let used = connector.call(url.clone()).await.expect("a connection");
        assert!(timeout(Duration::from_millis(100), other.read(&mut [0])).await.is_err(), "it lives");

        // The one who comes too late has a connection of its own, and ends nobody's.
        let third = connector.preconnect(&url);
        let unused = accept(&listener).await;
        drop(second);
        let new = connector.call(url.clone()).await.expect("a connection");
        drop(third);
        assert!(timeout(Duration::from_millis(100), other.read(&mut [0])).await.is_err(), "it lives");
        drop((used, new));
        closed(other).await;
        closed(unused).await;
    }

    #[tokio::test]
    async fn a_preconnection_that_nobody_wants_any_more_is_closed() {
        let (listener, url) = server().await;
        let mut connector = connector();
        let guards = (connector.preconnect(&url), connector.preconnect(&url));
        let unused = accept(&listener).await;
        drop(guards);
        closed(unused).await;

        // The same goes for one that was taken by a request that ended before it was there.
        let guard = connector.preconnect(&url);
        let unused = accept(&listener).await;
        drop(connector.call(url));
        closed(unused).await;
        drop(guard);
    }

    #[tokio::test]
    async fn tcp_notices_that_nobody_is_there() {
        let (listener, url) = server().await;
        let connection: TokioIo<TcpStream> = tcp().call(url).await.expect("a connection");
        let _peer = accept(&listener).await;
        let socket = SockRef::from(connection.inner());
        assert!(socket.keepalive().expect("an option"));
        #[cfg(target_os = "linux")]
        {
            let after = socket.tcp_keepalive_time().expect("an option");
            let (every, times) = (socket.tcp_keepalive_interval(), socket.tcp_keepalive_retries());
            let gone = after + every.expect("an option") * times.expect("an option");
            assert!(gone < Duration::from_secs(10));
            assert_eq!(socket.tcp_user_timeout().expect("an option"), Some(gone));
        }
    }
}
