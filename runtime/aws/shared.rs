//! Resources that all connections of one process share.

use std::sync::{Arc, OnceLock};

use super::settings::Settings;
use crate::environment::variable;
use crate::error::{Error, Kind, Result};
use crate::http::Transport;
use crate::http::client::HttpClient;
use crate::http::proxy::Proxy;
use crate::http::trust::{TrustStore, is_pem};
use crate::lru_map::LruMap;

/// The HTTP clients.
#[derive(Debug)]
pub struct Shared {
    max_answer_bytes: usize,
    /// The HTTP client of connections that leave proxy and trust store alone.
    http: HttpSlot,
    /// Those of the others, by digests of trust store and proxy.
    http_by_settings: LruMap<[[u8; 32]; 2], HttpSlot, 64>,
    /// In place of a network.
    transport: Option<Arc<dyn Transport>>,
}

/// An HTTP client that is made on first use.
type HttpSlot = OnceLock<Arc<dyn Transport>>;

impl Shared {
    /// Resources of a process that reads answers of AWS up to this size.
    #[must_use]
    pub fn new(max_answer_bytes: usize) -> Self {
        Self { max_answer_bytes, http: OnceLock::new(), http_by_settings: LruMap::default(), transport: None }
    }

    /// Resources that send all requests over `transport`, whatever connections say of proxy and trust store.
    #[must_use]
    pub fn over(transport: Arc<dyn Transport>) -> Self {
        Self { transport: Some(transport), ..Self::new(0) }
    }

    /// The transport for these settings. Connections with the same proxy and trust store share one.
    ///
    /// # Errors
    /// `connection` when the proxy URL or the CA bundle cannot be used.
    pub(super) async fn transport(&self, settings: &Settings) -> Result<Arc<dyn Transport>> {
        if let Some(transport) = &self.transport {
            return Ok(Arc::clone(transport));
        }
        let http =
            |trust, proxy| -> Arc<dyn Transport> { Arc::new(HttpClient::new(trust, proxy, self.max_answer_bytes)) };
        let bundle = settings.ca_bundle.clone().or_else(|| variable(&["AWS_CA_BUNDLE"]));
        if settings.proxy_url.is_none() && bundle.is_none() {
            let shared = self.http.get_or_init(|| http(TrustStore::of_system(), Proxy::from_environment()));
            return Ok(Arc::clone(shared));
        }
        let trust = match &bundle {
            Some(text) if is_pem(text) => TrustStore::of_pem(text.as_bytes()),
            Some(path) => TrustStore::of_file(path).await,
            None => Ok(TrustStore::of_system()),
        };
        let trust = trust.map_err(|problem| {
            let advice = "give PEM text or the path of a PEM file.";
            if settings.ca_bundle.is_some() {
                bad_field("/caBundle", &format!("{problem}: {advice}"))
            } else {
                Error::new(Kind::Connection, format!("{problem} (environment variable AWS_CA_BUNDLE): {advice}"))
            }
        })?;
        let proxy = match &settings.proxy_url {
            Some(url) => {
                Proxy::of_url(url).map_err(|reason| bad_field("/proxyUrl", &format!("The proxy URL {reason}.")))?
            }
            None => Proxy::from_environment(),
        };
        let key = [trust.fingerprint(), proxy.fingerprint()];
        let client = self.http_by_settings.get(key);
        Ok(Arc::clone(client.get_or_init(|| http(trust, proxy))))
    }
}

fn bad_field(field: &str, message: &str) -> Box<Error> {
    Error::new(Kind::Connection, message).with_field(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn connections_with_the_same_settings_share_a_client() {
        let shared = Shared::new(1 << 20);
        let client = async |proxy: &str| {
            let url = serde_json::from_value(proxy.into()).expect("a secret");
            let settings = Settings { proxy_url: Some(url), ..Settings::default() };
            shared.transport(&settings).await.expect("a client")
        };
        let [one, same, other] =
            [client("http://proxy:1").await, client("http://proxy:1").await, client("http://proxy:2").await];
        assert!(Arc::ptr_eq(&one, &same) && !Arc::ptr_eq(&one, &other));
        let plain = async || shared.transport(&Settings::default()).await.expect("a client");
        assert!(Arc::ptr_eq(&plain().await, &plain().await) && !Arc::ptr_eq(&plain().await, &one));
    }
}
