//! What all runs of actions in one process share.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

use crate::jobs::watch::Watches;

/// Idempotency keys that are remembered; the least recently used is forgotten first, and then looked for at AWS.
const KEYS: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");

/// What all runs of actions in one process share.
#[derive(Debug)]
pub struct Process {
    /// Whether the host lets requests see the secrets of Glue connections.
    pub(crate) may_reveal: bool,
    /// Whether the host lets requests look only.
    pub(crate) read_only: bool,
    /// Runs that are waited for.
    pub(crate) watches: Watches,
    keys: Mutex<LruCache<String, KeySlot>>,
}

/// The job run that was started for an idempotency key, once it is known. Who holds the lock may start one.
pub(crate) type KeySlot = Arc<tokio::sync::Mutex<Option<String>>>;

impl Process {
    /// `may_reveal`: whether the host lets requests see the secrets of Glue connections. `read_only`: whether it lets
    /// them look only.
    #[must_use]
    pub fn new(may_reveal: bool, read_only: bool) -> Self {
        Self { may_reveal, read_only, watches: Watches::default(), keys: Mutex::new(LruCache::new(KEYS)) }
    }

    /// The slot of a key in its scope.
    pub(crate) fn key(&self, scope: String) -> KeySlot {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(scope, Arc::default).clone()
    }
}
