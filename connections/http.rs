//! The one HTTP client: trust store, proxy, time-outs.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::answer_limit::LimitedConnector;
use crate::credentials::innermost;
use crate::error::{Error, Kind, Result};
use crate::settings::{Settings, variable};
use crate::shared::Shared;

/// A name that does not resolve or a host that does not answer should leave time for a second try.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// AWS closes idle connections; a request on a closing connection is an answer lost for nothing.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// Credential endpoints of containers and instances are never behind a proxy.
const NEVER_PROXIED: &str = "169.254.169.254,169.254.170.2,169.254.170.23,[fd00:ec2::254],[fd00:ec2::23]";

/// The authorities of AWS's public endpoints (<https://www.amazontrust.com/repository/>). The system's store has a hundred
/// and more in hundreds of files: a one-shot run that reads them takes half as long again.
const AMAZON_TRUST_SERVICES: &[u8] = include_bytes!("amazon_trust_services.pem");

/// The HTTP client for these settings. Connections that leave proxy and trust store alone share one.
///
/// # Errors
/// `connection` when the proxy URL or the CA bundle cannot be used.
pub(crate) fn client(settings: &Settings, shared: &Shared) -> Result<SharedHttpClient> {
    let limit = shared.max_answer_bytes;
    let bundle = settings.ca_bundle.clone().or_else(|| variable(&["AWS_CA_BUNDLE"]));
    if settings.proxy_url.is_none() && bundle.is_none() {
        let build = || client_of(DefaultTrust::connector(proxy_from_environment()), limit);
        return Ok(shared.http.get_or_init(build).clone());
    }
    let proxy = match &settings.proxy_url {
        Some(url) => Some(
            ProxyConfig::all(url.expose())
                .map_err(|_| bad_field("proxyUrl", "The proxy URL cannot be read: give it as http://host:port."))?
                .no_proxy(NEVER_PROXIED),
        ),
        None => proxy_from_environment(),
    };
    let connector = match bundle {
        Some(bundle) => connector(TrustStore::empty().with_pem_certificate(read_bundle(&bundle)?), proxy),
        None => DefaultTrust::connector(proxy),
    };
    Ok(client_of(connector, limit))
}

/// One connector for every client: the SDK's own wrapper would build it, trust store and all, a second time.
fn client_of(connector: SharedHttpConnector, max_answer_bytes: usize) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(LimitedConnector { inner: connector, max_bytes: max_answer_bytes });
    http_client_fn(move |_, _| connector.clone())
}

fn connector(trust: TrustStore, proxy: Option<ProxyConfig>) -> SharedHttpConnector {
    let limits = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
    let mut builder = Connector::builder()
        .connector_settings(limits)
        .pool_idle_timeout(POOL_IDLE_TIMEOUT)
        .tls_provider(Provider::Rustls(CryptoMode::Ring));
    builder.set_proxy_config(proxy);
    if let Ok(context) = TlsContext::builder().with_trust_store(trust).build() {
        builder = builder.tls_context(context);
    }
    SharedHttpConnector::new(builder.build())
}

/// Where nothing names a trust store: AWS's own authorities, and the system's when a server is signed by another.
#[derive(Clone, Debug)]
struct DefaultTrust {
    aws: SharedHttpConnector,
    system: Arc<OnceLock<SharedHttpConnector>>,
    proxy: Option<ProxyConfig>,
}

impl DefaultTrust {
    fn connector(proxy: Option<ProxyConfig>) -> SharedHttpConnector {
        if variable(&["SSL_CERT_FILE", "SSL_CERT_DIR"]).is_some() {
            return connector(TrustStore::default(), proxy);
        }
        let aws = connector(TrustStore::empty().with_pem_certificate(AMAZON_TRUST_SERVICES), proxy.clone());
        SharedHttpConnector::new(Self { aws, system: Arc::default(), proxy })
    }
}

impl HttpConnector for DefaultTrust {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if let Some(system) = self.system.get() {
            return system.call(request);
        }
        let Some(again) = request.try_clone() else { return self.aws.call(request) };
        let this = self.clone();
        HttpConnectorFuture::new(async move {
            match this.aws.call(request).await {
                // The handshake failed, so nothing was sent.
                Err(problem) if is_unknown_authority(&problem) => {
                    tracing::debug!("the server is signed by another authority than Amazon's: the system's trust store is read");
                    let system = this.system.get_or_init(|| connector(TrustStore::default(), this.proxy.clone()));
                    system.call(again).await
                }
                outcome => outcome,
            }
        })
    }
}

/// The TLS library's error is wrapped in ways that hide its type; its words are kept by a test.
fn is_unknown_authority(problem: &ConnectorError) -> bool {
    innermost(problem).contains("UnknownIssuer")
}

fn proxy_from_environment() -> Option<ProxyConfig> {
    let names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    variable(&names).map(|_| ProxyConfig::from_env())
}

/// The certificates of a CA bundle that can be anchors; the TLS library panics on any other.
fn read_bundle(bundle: &str) -> Result<Vec<u8>> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    let text = if bundle.contains(BEGIN) {
        bundle.to_owned()
    } else {
        std::fs::read_to_string(bundle).map_err(|problem| {
            bad_field("caBundle", &format!("The CA bundle cannot be read ({}): give PEM text or the path of a PEM file.", problem.kind()))
        })?
    };
    let usable = text.match_indices(BEGIN).map(|(start, _)| &text[start..]).filter_map(|block| {
        let end = block.find("-----END CERTIFICATE-----")? + "-----END CERTIFICATE-----".len();
        let certificate = CertificateDer::from_pem_slice(&block.as_bytes()[..end]).ok()?;
        webpki::anchor_from_trusted_cert(&certificate).ok()?;
        Some(&block[..end])
    });
    let usable = usable.collect::<Vec<_>>().join("\n");
    if usable.is_empty() {
        return Err(bad_field(
            "caBundle",
            "The CA bundle holds no certificate that can be trusted: give PEM text or the path of a PEM file.",
        ));
    }
    Ok(usable.into_bytes())
}

fn bad_field(name: &str, message: &str) -> Box<Error> {
    Error::new(Kind::Connection, message).with_field(format!("/connection/fields/{name}"))
}
