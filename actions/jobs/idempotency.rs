//! Idempotency keys: a run carries its key as an argument, and a process remembers the latest ones.

use std::num::NonZeroUsize;
use std::sync::Arc;

use glue_runtime::Context;
use lru::LruCache;
use parking_lot::Mutex;

use super::runs;

/// The argument that carries an idempotency key. The job's script may read it.
pub(super) const KEY_ARGUMENT: &str = "--idempotency_key";

/// Keys that are remembered; the least recently used is forgotten first, and then searched for at AWS.
const KEYS: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");

/// The job run that was started for a key, once it is known. Only the holder of the lock may start one.
pub(super) type KeySlot = Arc<tokio::sync::Mutex<Option<String>>>;

/// The keys that a process remembers.
#[derive(Debug)]
struct Keys(Mutex<LruCache<String, KeySlot>>);

impl Default for Keys {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(KEYS)))
    }
}

/// The slot of a key for a job.
pub(super) fn slot(cx: &Context, job: &str, key: &str) -> KeySlot {
    let keys = cx.store().get::<Keys>();
    let scope = format!("{} {key:?}", runs::scope(cx, job));
    keys.0.lock().get_or_insert(scope, Arc::default).clone()
}
