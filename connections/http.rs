//! The one HTTP client: trust store, proxy, time-outs, and how much of an answer is read.

use std::fmt::{self, Debug, Formatter};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::PROXY_AUTHORIZATION;
use http::{Request, Response, Uri};
use http_body::Body;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::{CryptoProvider, ring};
use rustls::{CipherSuite, ClientConfig};

use crate::connect::Connect;
use crate::error::{Error, Kind, Result};
use crate::secret::Secret;
use crate::settings::{Settings, variable};
use crate::shared::Shared;
use crate::transport::{Exchange, Transport};
use crate::trust::Trust;

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

/// The HTTP client for these settings. Connections that leave proxy and trust store alone share one.
///
/// # Errors
/// `connection` when the proxy URL or the CA bundle cannot be used.
pub(crate) fn client(settings: &Settings, shared: &Shared) -> Result<Arc<dyn Transport>> {
    if let Some(transport) = &shared.instead {
        return Ok(Arc::clone(transport));
    }
    let algorithms = CRYPTOGRAPHY.signature_verification_algorithms;
    let http = |trust, proxies| -> Arc<dyn Transport> { Arc::new(Http::new(trust, proxies, shared.max_answer_bytes)) };
    let bundle = settings.ca_bundle.clone().or_else(|| variable(&["AWS_CA_BUNDLE"]));
    if settings.proxy_url.is_none() && bundle.is_none() {
        return Ok(shared.http.get_or_init(|| http(Trust::of_system(algorithms), Matcher::from_env())).clone());
    }
    let trust = match &bundle {
        Some(bundle) => Trust::of_bundle(bundle, algorithms).map_err(|problem| {
            bad_field("caBundle", &format!("{problem}: give PEM text or the path of a PEM file."))
        })?,
        None => Trust::of_system(algorithms),
    };
    let proxies = settings.proxy_url.as_ref().map_or_else(|| Ok(Matcher::from_env()), proxy)?;
    Ok(http(trust, proxies))
}

fn proxy(url: &Secret) -> Result<Matcher> {
    match url.expose().parse::<Uri>() {
        Ok(uri) if uri.host().is_some() => Ok(Matcher::builder().all(url.expose()).no(NEVER_PROXIED).build()),
        _ => Err(bad_field("proxyUrl", "The proxy URL cannot be read: give it as http://host:port.")),
    }
}

fn bad_field(name: &str, message: &str) -> Box<Error> {
    Error::new(Kind::Connection, message).with_field(format!("/connection/fields/{name}"))
}

/// A pool of HTTP/1.1 connections.
pub(crate) struct Http {
    client: Client<Connect, Full<Bytes>>,
    connect: Connect,
    max_answer_bytes: usize,
}

impl Http {
    fn new(trust: Trust, proxies: Matcher, max_answer_bytes: usize) -> Self {
        let tls = ClientConfig::builder_with_provider(Arc::clone(&CRYPTOGRAPHY))
            .with_safe_default_protocol_versions()
            .expect("the suites are of these versions")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(trust))
            .with_no_client_auth();
        let connect = Connect::new(tls, proxies);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .build(connect.clone());
        Self { client, connect, max_answer_bytes }
    }
}

impl Transport for Http {
    fn exchange(&self, mut request: Request<Bytes>) -> Exchange {
        if let Some(password) = self.connect.proxy_authorization(request.uri()) {
            request.headers_mut().insert(PROXY_AUTHORIZATION, password);
        }
        let sent = self.client.request(request.map(Full::new));
        let limit = self.max_answer_bytes;
        Box::pin(async move {
            let (head, body) = sent.await?.into_parts();
            // What is announced to be too large fails at its first byte.
            let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
            let body = Limited::new(body, if announced > limit { 0 } else { limit }).collect().await?;
            Ok(Response::from_parts(head, body.to_bytes()))
        })
    }

    fn connect_ahead(&self, to: &Uri) -> Option<Box<dyn Send>> {
        Some(Box::new(self.connect.begin(to)?))
    }
}

impl Debug for Http {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.debug_struct("Http").field("max_answer_bytes", &self.max_answer_bytes).finish_non_exhaustive()
    }
}
