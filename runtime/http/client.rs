//! The HTTP client: a pool of connections, a proxy, a trust store, and a limit on the size of answers.

use std::fmt::{self, Debug, Formatter};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::PROXY_AUTHORIZATION;
use http::{Request, Response, Uri};
use http_body::Body;
use http_body_util::{BodyExt, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::{CryptoProvider, ring};
use rustls::{CipherSuite, ClientConfig};

use super::connect::Connector;
use super::sent::{Outgoing, Sent};
use super::tls::ServerVerifier;
use super::transport::{ExchangeFuture, Transport};
use crate::redact::Secret;

/// AWS closes idle connections; a request on a closing connection is an answer lost for nothing.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// Credential endpoints of containers and instances are never behind a proxy.
const NEVER_PROXIED: &str = "169.254.169.254,169.254.170.2,169.254.170.23,[fd00:ec2::254],[fd00:ec2::23]";

/// The cipher suites that the AWS SDK offers.
const CIPHER_SUITES: [CipherSuite; 7] = [
    CipherSuite::TLS13_AES_256_GCM_SHA384,
    CipherSuite::TLS13_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
];

static CRYPTOGRAPHY: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
    let mut provider = ring::default_provider();
    provider.cipher_suites.retain(|suite| CIPHER_SUITES.contains(&suite.suite()));
    Arc::new(provider)
});

/// The proxy of a client: those of the environment, or one for everything.
pub struct Proxy(Matcher);

impl Proxy {
    /// The proxies of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`.
    #[must_use]
    pub fn from_environment() -> Self {
        Self(Matcher::from_env())
    }

    /// One proxy for everything but credential endpoints. Nothing when its URL cannot be read.
    #[must_use]
    pub fn of_url(url: &Secret) -> Option<Self> {
        url.expose().parse::<Uri>().ok().filter(|url| url.host().is_some())?;
        Some(Self(Matcher::builder().all(url.expose()).no(NEVER_PROXIED).build()))
    }
}

/// The trust store of a client.
pub struct TrustStore(ServerVerifier);

impl TrustStore {
    /// Amazon's own roots, and the system's store for servers that these do not verify.
    #[must_use]
    pub fn of_system() -> Self {
        Self(ServerVerifier::of_system(CRYPTOGRAPHY.signature_verification_algorithms))
    }

    /// The authorities of a bundle, PEM text or the path of a PEM file, and no others.
    ///
    /// # Errors
    /// The fault of the bundle, as a sentence without its end.
    pub fn of_bundle(bundle: &str) -> Result<Self, String> {
        ServerVerifier::of_bundle(bundle, CRYPTOGRAPHY.signature_verification_algorithms).map(Self)
    }
}

/// A pool of HTTP/1.1 connections.
pub struct HttpClient {
    pool: Client<Connector, Outgoing>,
    connector: Connector,
    max_answer_bytes: usize,
}

impl HttpClient {
    /// A client that reads answers up to this size.
    ///
    /// # Panics
    /// Never: the cipher suites are those of the protocol versions.
    #[must_use]
    pub fn new(trust: TrustStore, proxy: Proxy, max_answer_bytes: usize) -> Self {
        let tls = ClientConfig::builder_with_provider(Arc::clone(&CRYPTOGRAPHY))
            .with_safe_default_protocol_versions()
            .expect("the suites are of these versions")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(trust.0))
            .with_no_client_auth();
        let connector = Connector::new(tls, proxy.0);
        let pool = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .build(connector.clone());
        Self { pool, connector, max_answer_bytes }
    }
}

impl Transport for HttpClient {
    fn exchange(&self, mut request: Request<Bytes>) -> ExchangeFuture {
        if let Some(password) = self.connector.proxy_authorization(request.uri()) {
            request.headers_mut().insert(PROXY_AUTHORIZATION, password);
        }
        let sent = request.extensions().get::<Sent>().cloned().unwrap_or_default();
        let exchange = sent.wait();
        let answer = self.pool.request(request.map(|body| Outgoing::new(body, sent)));
        let limit = self.max_answer_bytes;
        Box::pin(async move {
            let _exchange = exchange;
            let (head, body) = answer.await?.into_parts();
            // What is announced to be too large fails at its first byte.
            let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
            let body = Limited::new(body, if announced > limit { 0 } else { limit }).collect().await?;
            Ok(Response::from_parts(head, body.to_bytes()))
        })
    }

    fn preconnect(&self, to: &Uri) -> Option<Box<dyn Send>> {
        Some(Box::new(self.connector.preconnect(to)?))
    }
}

impl Debug for HttpClient {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.debug_struct("HttpClient").field("max_answer_bytes", &self.max_answer_bytes).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;

    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;
    use tokio::time::timeout;

    use super::*;

    fn client() -> HttpClient {
        HttpClient::new(TrustStore::of_system(), Proxy(Matcher::builder().build()), 1 << 20)
    }

    fn request(url: &str, body: &'static str) -> (Request<Bytes>, Sent) {
        let sent = Sent::default();
        let request = Request::post(url).extension(sent.clone()).body(Bytes::from_static(body.as_bytes()));
        (request.expect("a request"), sent)
    }

    /// A server that takes connections and does nothing else with them than `then`.
    async fn server<T: Future<Output = ()> + Send>(
        then: impl Fn(tokio::net::TcpStream) -> T + Send + 'static,
    ) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                then(stream).await;
            }
        });
        address
    }

    #[tokio::test]
    async fn a_request_that_has_no_connection_has_not_left() {
        // The server never answers the TLS handshake.
        let address = server(|stream| async move {
            std::mem::forget(stream);
        })
        .await;
        let (request, sent) = request(&format!("https://{address}"), "{}");
        let exchange = client().exchange(request);
        assert!(timeout(Duration::from_millis(500), exchange).await.is_err());
        assert!(!sent.may_have_left());
    }

    #[tokio::test]
    async fn a_request_that_was_read_has_left() {
        for body in ["", "{}"] {
            let address = server(|mut stream| async move {
                let mut read = [0; 4];
                stream.read_exact(&mut read).await.expect("a request");
                std::mem::forget(stream);
            })
            .await;
            let (request, sent) = request(&format!("http://{address}"), body);
            let exchange = client().exchange(request);
            assert!(!sent.may_have_left(), "before it was polled");
            let exchange = tokio::spawn(exchange);
            timeout(Duration::from_secs(10), sent.left()).await.expect("it leaves");
            exchange.abort();
            assert!(exchange.await.expect_err("cancelled").is_cancelled());
            assert!(sent.may_have_left());
        }
    }
}
