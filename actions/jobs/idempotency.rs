//! Idempotency keys: a run carries its key as an argument, and a process remembers the latest ones.

use std::sync::Arc;
use std::time::Duration;

use glue_runtime::aws::Timestamp;
use glue_runtime::aws::session::Digest;
use glue_runtime::reconcile::SETTLED_AFTER;
use glue_runtime::{Context, LruMap};
use tokio::time::Instant;

use super::runs;

/// The argument that carries an idempotency key, unless a request names another. The job's script may read it.
pub(super) const KEY_ARGUMENT: &str = "--idempotency_key";

/// The time for which a key stands for its run, from the start of the run.
pub(super) const KEY_AGE: Duration = Duration::from_hours(24);

/// What a process knows of a key. Only the holder of the lock may start a run.
pub(super) type KeySlot = tokio::sync::Mutex<KeyState>;

/// The keys that a process remembers. One that is forgotten is searched for at AWS; one that is in use is not forgotten.
type Keys = LruMap<(Digest, String, String, String), KeySlot, 10_000>;

/// The slot of a key that this argument of a job's runs carries.
pub(super) fn slot(cx: &Context, job: &str, argument: &str, key: &str) -> Arc<KeySlot> {
    let (session, job) = runs::scope(cx, job);
    cx.store().get::<Keys>().get((session, job, argument.to_owned(), key.to_owned()))
}

/// True when this request may be told from memory which run a key stands for. Otherwise AWS is asked, which takes
/// credentials that AWS accepts.
pub(super) fn may_answer_from_memory(cx: &Context) -> bool {
    cx.session().is_accepted()
}

/// What became of the latest start with a key.
#[derive(Debug, Default)]
pub(super) enum KeyState {
    /// Nothing is known.
    #[default]
    Unknown,
    /// A start was sent, and its request has not said what came of it. Whoever finds this with the lock in hand knows
    /// that the request ended in the middle.
    UnderWay,
    /// The answer to a start was lost then.
    Lost(Instant),
    /// This run carries the key.
    Run { id: String, started: Timestamp },
}

impl KeyState {
    /// The run that the key stands for at the time `now`.
    pub(super) fn run(&self, now: Timestamp) -> Option<&str> {
        match self {
            Self::Run { id, started } if now.since(*started) < KEY_AGE => Some(id),
            _ => None,
        }
    }

    /// The time until AWS shows a run of a start whose answer was lost, if there is to be one; none when there was no
    /// such start, or that time is over.
    pub(super) fn until_settled(&mut self) -> Option<Duration> {
        if matches!(self, Self::UnderWay) {
            *self = Self::Lost(Instant::now());
        }
        let Self::Lost(lost) = self else { return None };
        Some(SETTLED_AFTER.saturating_sub(lost.elapsed())).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stands_for_its_run_for_a_day_from_its_start() {
        let now = Timestamp::now();
        let started = |hours| KeyState::Run { id: "jr_1".to_owned(), started: now.minus(Duration::from_hours(hours)) };
        assert_eq!(started(23).run(now), Some("jr_1"));
        assert_eq!(started(25).run(now), None);
        assert_eq!(KeyState::Unknown.run(now), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_start_that_ended_in_the_middle_is_waited_out_before_another() {
        let mut state = KeyState::UnderWay;
        assert_eq!(state.until_settled(), Some(SETTLED_AFTER));
        tokio::time::sleep(SETTLED_AFTER / 2).await;
        assert_eq!(state.until_settled(), Some(SETTLED_AFTER / 2));
        tokio::time::sleep(SETTLED_AFTER / 2).await;
        assert_eq!(state.until_settled(), None);
        assert_eq!(KeyState::Unknown.until_settled(), None);
    }
}
