//! Resources that all connections of one process share.

use std::sync::{Arc, OnceLock};

use super::settings::Settings;
use crate::environment::variable;
use crate::error::{Error, Kind, Result};
use crate::http::Transport;
use crate::http::client::{HttpClient, Proxy, TrustStore};

/// The HTTP client of connections that leave proxy and trust store alone.
#[derive(Debug)]
pub struct Shared {
    max_answer_bytes: usize,
    http: OnceLock<Arc<dyn Transport>>,
    /// In place of a network.
    transport: Option<Arc<dyn Transport>>,
}

impl Shared {
    /// Resources of a process that reads answers of AWS up to this size.
    #[must_use]
    pub fn new(max_answer_bytes: usize) -> Self {
        Self { max_answer_bytes, http: OnceLock::new(), transport: None }
    }

    /// Resources that send all requests over `transport`, whatever connections say of proxy and trust store.
    #[must_use]
    pub fn over(transport: Arc<dyn Transport>) -> Self {
        Self { transport: Some(transport), ..Self::new(0) }
    }

    /// The transport for these settings. Connections that leave proxy and trust store alone share one.
    ///
    /// # Errors
    /// `connection` when the proxy URL or the CA bundle cannot be used.
    pub(super) fn transport(&self, settings: &Settings) -> Result<Arc<dyn Transport>> {
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
            Some(bundle) => TrustStore::of_bundle(bundle).map_err(|problem| {
                bad_field("/caBundle", &format!("{problem}: give PEM text or the path of a PEM file."))
            })?,
            None => TrustStore::of_system(),
        };
        let proxy = match &settings.proxy_url {
            Some(url) => Proxy::of_url(url)
                .ok_or_else(|| bad_field("/proxyUrl", "The proxy URL cannot be read: give it as http://host:port."))?,
            None => Proxy::from_environment(),
        };
        Ok(http(trust, proxy))
    }
}

fn bad_field(field: &str, message: &str) -> Box<Error> {
    Error::new(Kind::Connection, message).with_field(field)
}
