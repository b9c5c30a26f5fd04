//! Idempotency keys: a run carries its key as an argument, and a process remembers the latest ones.

use std::sync::Arc;

use glue_runtime::aws::session::Digest;
use glue_runtime::{Context, LruMap};

use super::runs;

/// The argument that carries an idempotency key. The job's script may read it.
pub(super) const KEY_ARGUMENT: &str = "--idempotency_key";

/// The job run that was started for a key, once it is known. Only the holder of the lock may start one.
pub(super) type KeySlot = tokio::sync::Mutex<Option<String>>;

/// The keys that a process remembers. One that is forgotten is searched for at AWS.
type Keys = LruMap<((Digest, String), String), KeySlot, 10_000>;

/// The slot of a key for a job.
pub(super) fn slot(cx: &Context, job: &str, key: &str) -> Arc<KeySlot> {
    cx.store().get::<Keys>().get((runs::scope(cx, job), key.to_owned()))
}
