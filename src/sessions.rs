//! The cache of open connections: credentials, clients and HTTP connections are reused between requests.

use std::sync::Arc;

use glue_runtime::aws::Shared;
use glue_runtime::{Error, LruMap, Result, Session};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use crate::policy::Policy;
use crate::protocol::{CONNECTION_FIELDS, ConnectionOrigin, GivenConnection, parse_connection, unknown_key};
use crate::registry::{CONNECTIONS, DEFAULT_CONNECTION, connection};

/// A digest of a connection's text, so that no secret is kept as a key.
type Fingerprint = [u8; 32];

/// The open connections of a process. The least recently used beyond the limit is closed.
#[derive(Debug)]
pub struct Sessions {
    open: LruMap<Fingerprint, OnceCell<Arc<Session>>, 256>,
    shared: Arc<Shared>,
}

impl Sessions {
    /// An empty cache.
    #[must_use]
    pub fn new(shared: Arc<Shared>) -> Self {
        Self { open: LruMap::default(), shared }
    }

    /// The open connection that a request asks for. The same text, author and region find the same one. No credential is
    /// used yet.
    ///
    /// # Errors
    /// `invalidRequest` for an unknown connection type, `invalidInput` for its fields, `connection` for its settings,
    /// `accessDenied` for a connection or a region that the policy does not allow.
    pub async fn get(&self, given: GivenConnection<'_>, region: Option<&str>, policy: &Policy) -> Result<Arc<Session>> {
        let slot = self.open.get(fingerprint(given, region));
        // Rarely needed and large: kept out of the futures of every request.
        slot.get_or_try_init(|| Box::pin(self.open(given, region, policy))).await.cloned()
    }

    async fn open(&self, given: GivenConnection<'_>, region: Option<&str>, policy: &Policy) -> Result<Arc<Session>> {
        let (key, fields) = match given.text {
            Some(text) => parse_connection(text)?,
            None => (DEFAULT_CONNECTION.to_owned(), Value::Object(Map::new())),
        };
        let Some(connection) = connection(&key) else {
            let known = CONNECTIONS.iter().map(|connection| connection.meta().key);
            return Err(unknown_key("connection", &key, known).with_field("/connection/key"));
        };
        let in_fields = |error: Box<Error>| error.with_field_prefix(CONNECTION_FIELDS);
        let mut config = connection.read(fields).map_err(in_fields)?;
        policy.check_connection(&given, &config)?;
        config.shared_files = given.origin == ConnectionOrigin::Operator || policy.lends_machine_identity();
        let session = Session::open(config, region, &self.shared).await.map_err(in_fields)?;
        policy.check_region(session.region())?;
        Ok(Arc::new(session))
    }
}

fn fingerprint(given: GivenConnection<'_>, region: Option<&str>) -> Fingerprint {
    let mut digest = Sha256::new();
    digest.update([u8::from(given.origin == ConnectionOrigin::Operator)]);
    digest.update(region.unwrap_or_default());
    digest.update([0]);
    digest.update(given.text.unwrap_or_default());
    digest.finalize().into()
}
