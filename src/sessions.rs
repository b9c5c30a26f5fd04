//! Open connections, kept between requests: credentials, clients and HTTP connections are reused and bounded in number.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use glue_actions::context::Glue;
use glue_connections::{Result, Session};
use lru::LruCache;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use crate::protocol::{parse_connection, unknown_key};
use crate::registry::{CONNECTIONS, DEFAULT_CONNECTION, connection};

/// The least recently used connection beyond these is closed.
const KEPT: NonZeroUsize = NonZeroUsize::new(256).expect("not zero");

/// What tells connections apart: a digest, so that no secret is kept as a key.
type Fingerprint = [u8; 32];

/// The open connections of a process.
#[derive(Debug)]
pub struct Sessions {
    open: Mutex<LruCache<Fingerprint, Arc<OnceCell<Arc<Glue>>>>>,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { open: Mutex::new(LruCache::new(KEPT)) }
    }
}

impl Sessions {
    /// The open connection that a request asks for. The same text and region find the same one.
    ///
    /// # Errors
    /// `invalidRequest` for an unknown connection type, `invalidInput` for its fields, `connection` for its settings.
    pub async fn get(&self, text: Option<&RawValue>, region: Option<&str>) -> Result<Arc<Glue>> {
        let slot = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.get_or_insert(fingerprint(text, region), Arc::default).clone()
        };
        slot.get_or_try_init(|| open(text, region)).await.cloned()
    }
}

async fn open(text: Option<&RawValue>, region: Option<&str>) -> Result<Arc<Glue>> {
    let (key, fields) = match text {
        Some(text) => parse_connection(text)?,
        None => (DEFAULT_CONNECTION.to_owned(), Value::Object(Map::new())),
    };
    let Some(connection) = connection(&key) else {
        let known = CONNECTIONS.iter().map(|connection| connection.meta().key);
        return Err(unknown_key("connection", &key, known).with_field("/connection/key"));
    };
    let session = Session::open(connection.read(fields)?, region).await?;
    Ok(Arc::new(Glue::new(session)))
}

fn fingerprint(text: Option<&RawValue>, region: Option<&str>) -> Fingerprint {
    let mut digest = Sha256::new();
    digest.update(region.unwrap_or_default());
    digest.update([0]);
    digest.update(text.map_or("", RawValue::get));
    digest.finalize().into()
}
