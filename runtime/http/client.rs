//! The HTTP client: a pool of connections, a proxy, a trust store, and a limit on the size of answers.

use std::fmt::{self, Debug, Formatter};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::PROXY_AUTHORIZATION;
use http::{Request, Response, Uri};
use http_body::Body;
use http_body_util::{BodyExt, Limited};
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::Instant;

use super::connect::{Connector, Server, server};
use super::proxy::Proxy;
use super::sent::{Outgoing, Sent};
use super::transport::{BoxError, ExchangeFuture, Transport};
use super::trust::TrustStore;
use crate::lru_map::LruMap;

/// AWS closes idle connections; a request on a closing connection is an answer lost for nothing.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// A request that is given up after less was not left alone for long.
const PATIENCE: Duration = Duration::from_secs(1);
/// The number of servers whose idle connections are kept.
const SERVERS: usize = 256;

/// Pools of HTTP/1.1 connections, one for each server.
pub struct HttpClient {
    pools: Arc<Pools>,
    connector: Connector,
    max_answer_bytes: usize,
}

type Pools = LruMap<Server, Pool, SERVERS>;

type Pool = OnceLock<Client<Connector, Outgoing>>;

impl HttpClient {
    /// A client that reads answers up to this size.
    #[must_use]
    pub fn new(trust: TrustStore, proxy: Proxy, max_answer_bytes: usize) -> Self {
        Self { pools: Arc::default(), connector: Connector::new(trust.into_tls(), proxy), max_answer_bytes }
    }
}

impl Transport for HttpClient {
    fn exchange(&self, mut request: Request<Bytes>) -> ExchangeFuture {
        let sent = request.extensions().get::<Sent>().cloned().unwrap_or_default();
        let sending = sent.wait();
        let Some(server) = server(request.uri()) else {
            return Box::pin(async { Err("the URL names no server".into()) });
        };
        if let Some(password) = self.connector.proxy_authorization(request.uri()) {
            request.headers_mut().insert(PROXY_AUTHORIZATION, password);
        }
        let pool = self.pools.get(server.clone());
        let client = pool.get_or_init(|| {
            Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(POOL_IDLE_TIMEOUT)
                .build(self.connector.clone())
        });
        let answer = client.request(request.map(|body| Outgoing::new(body, sent)));
        let (pools, limit) = (Arc::clone(&self.pools), self.max_answer_bytes);
        Box::pin(async move {
            let _sending = sending;
            let mut doubt = Doubt { pools, server, pool, outcome: Outcome::WaitingSince(Instant::now()) };
            let answer = read(answer, limit).await;
            doubt.outcome = if answer.is_ok() { Outcome::Answered } else { Outcome::Failed };
            answer
        })
    }

    fn preconnect(&self, to: &Uri) -> Option<Box<dyn Send>> {
        Some(Box::new(self.connector.preconnect(to)?))
    }
}

async fn read(answer: ResponseFuture, limit: usize) -> Result<Response<Bytes>, BoxError> {
    let (head, body) = answer.await?.into_parts();
    // What is announced to be too large fails at its first byte.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let body = Limited::new(body, if announced > limit { 0 } else { limit }).collect().await?;
    Ok(Response::from_parts(head, body.to_bytes()))
}

/// The guard of an exchange that closes the server's idle connections when the exchange failed or was given up after a
/// while: whatever cut this connection may have cut them too, and each would cost another request its time.
struct Doubt {
    pools: Arc<Pools>,
    server: Server,
    pool: Arc<Pool>,
    outcome: Outcome,
}

enum Outcome {
    WaitingSince(Instant),
    Answered,
    Failed,
}

impl Drop for Doubt {
    fn drop(&mut self) {
        let doubtful = match self.outcome {
            Outcome::WaitingSince(start) => start.elapsed() > PATIENCE,
            Outcome::Answered => false,
            Outcome::Failed => true,
        };
        if doubtful {
            self.pools.forget(&self.server, &self.pool);
        }
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

    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::sync::Barrier;
    use tokio::time::timeout;

    use super::*;

    fn client() -> HttpClient {
        HttpClient::new(TrustStore::of_system(), Proxy::default(), 1 << 20)
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

    /// A server whose first two connections answer once, when both were asked, and are silent from then on. Counts its
    /// connections.
    async fn black_hole() -> (String, Arc<AtomicUsize>) {
        let (count, both) = (Arc::new(AtomicUsize::new(0)), Arc::new(Barrier::new(2)));
        let counted = Arc::clone(&count);
        let address = server(move |mut stream| {
            let (number, both) = (counted.fetch_add(1, Ordering::SeqCst), Arc::clone(&both));
            async move {
                tokio::spawn(async move {
                    let mut request = [0; 4096];
                    for turn in 0.. {
                        if stream.read(&mut request).await.unwrap_or_default() == 0 {
                            return;
                        }
                        if number < 2 {
                            both.wait().await;
                        }
                        if number < 2 && turn > 0 {
                            std::future::pending::<()>().await;
                        }
                        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
                        stream.write_all(answer).await.expect("the client listens");
                    }
                });
            }
        })
        .await;
        (format!("http://{address}"), count)
    }

    #[tokio::test]
    async fn a_black_hole_costs_one_attempt() {
        let ((url, connections), (another, anothers)) = (black_hole().await, black_hole().await);
        let client = client();
        let ask_at =
            |url: &str, patience| timeout(Duration::from_millis(patience), client.exchange(request(url, "{}").0));
        let ask = |patience| ask_at(&url, patience);
        let (first, second) = tokio::join!(ask_at(&another, 10_000), ask_at(&another, 10_000));
        assert!(first.is_ok_and(|answer| answer.is_ok()) && second.is_ok_and(|answer| answer.is_ok()));
        let (first, second) = tokio::join!(ask(10_000), ask(10_000));
        assert!(first.is_ok_and(|answer| answer.is_ok()) && second.is_ok_and(|answer| answer.is_ok()));
        assert_eq!(connections.load(Ordering::SeqCst), 2);

        assert!(ask(1200).await.is_err(), "an idle connection is used");
        assert_eq!(connections.load(Ordering::SeqCst), 2);
        ask(10_000).await.expect("in time").expect("an answer by a new connection");
        assert_eq!(connections.load(Ordering::SeqCst), 3);
        ask(10_000).await.expect("in time").expect("an answer by the same");
        assert_eq!(connections.load(Ordering::SeqCst), 3);

        assert!(ask_at(&another, 50).await.is_err(), "another server's idle connections stay");
        assert_eq!(anothers.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn what_is_soon_given_up_casts_no_doubt() {
        let (url, connections) = black_hole().await;
        let client = client();
        let ask = |patience| timeout(Duration::from_millis(patience), client.exchange(request(&url, "{}").0));
        let (first, second) = tokio::join!(ask(10_000), ask(10_000));
        assert!(first.is_ok() && second.is_ok());
        for _ in 0..2 {
            assert!(ask(50).await.is_err());
        }
        assert_eq!(connections.load(Ordering::SeqCst), 2);
    }
}
