//! What the connections of one process share.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use lru::LruCache;

use crate::pace::Pace;
use crate::transport::Transport;

/// Paces that are kept, one an account and region.
const PACES: NonZeroUsize = NonZeroUsize::new(1024).expect("not zero");

/// What the connections of one process share: the HTTP client of those that leave proxy and trust store alone, and
/// the pace that AWS asks for.
#[derive(Debug)]
pub struct Shared {
    pub(crate) max_answer_bytes: usize,
    pub(crate) http: OnceLock<Arc<dyn Transport>>,
    pub(crate) instead: Option<Arc<dyn Transport>>,
    paces: Mutex<LruCache<String, Arc<Pace>>>,
}

impl Shared {
    /// `max_answer_bytes` is the size of the largest answer of AWS's that is read.
    #[must_use]
    pub fn new(max_answer_bytes: usize) -> Self {
        Self { max_answer_bytes, http: OnceLock::new(), instead: None, paces: Mutex::new(LruCache::new(PACES)) }
    }

    /// All requests go over this transport instead of a network, whatever connections say of proxy and trust store.
    #[must_use]
    pub fn over(transport: Arc<dyn Transport>) -> Self {
        Self { instead: Some(transport), ..Self::new(0) }
    }

    /// The pace of an account, or what stands for it, in a region.
    pub(crate) fn pace(&self, account: &str, region: &str) -> Arc<Pace> {
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        paces.get_or_insert(format!("{account} {region}"), Arc::default).clone()
    }
}
