//! Reconciliation: after a lost answer the resource is probed, and the effect of the change is said where it is certain.

use std::future::Future;
use std::time::Duration;

use time::SignedDuration;
use tokio::time::Instant;

use crate::aws::Timestamp;
use crate::backoff::Backoff;
use crate::context::Context;
use crate::error::{Effect, Error, Kind, Result};

/// The time after a lost answer within which AWS has acted on a request if it ever does, and shows what came of it. A
/// request whose connection breaks may still be on its way, and AWS shows a new resource late by at most a few seconds.
pub const SETTLED_AFTER: Duration = Duration::from_secs(5);

/// The first and the longest pause between two probes.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// AWS may cut times to the second.
const AMBIGUOUS: SignedDuration = SignedDuration::seconds(2);

/// The verdict of a probe on a change whose answer was lost.
#[derive(Debug)]
pub enum Verdict<O> {
    /// It was made; this is the answer that was lost.
    Applied(O),
    /// It was not made, as far as can be seen now.
    NotApplied,
    /// It cannot be told.
    Uncertain,
}

/// The request that a resource came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribution {
    /// This one: the resource was made after the request was sent.
    Ours,
    /// Another: the resource was there before.
    Others,
    /// It cannot be told: the resource was made too close to the request.
    Ambiguous,
}

impl Context {
    /// Passes an outcome on; one whose answer was lost is reconciled by probing the resource, within the deadline.
    ///
    /// That a change was *not* made is said only when every probe says so, the last one [`SETTLED_AFTER`] the loss: AWS
    /// may act late, and show it late.
    ///
    /// # Errors
    /// That of the outcome, with the effect `none` where nothing was changed.
    pub async fn reconcile<O, F>(&self, outcome: Result<O>, probe: impl Fn() -> F + Send + Sync) -> Result<O>
    where
        O: Send,
        F: Future<Output = Result<Verdict<O>>> + Send,
    {
        self.reconcile_slow(outcome, SETTLED_AFTER, probe).await
    }

    /// As [`Context::reconcile`], for a change on which AWS acts only within `settled_after`.
    ///
    /// # Errors
    /// As [`Context::reconcile`].
    pub async fn reconcile_slow<O, F>(
        &self,
        outcome: Result<O>,
        settled_after: Duration,
        probe: impl Fn() -> F + Send + Sync,
    ) -> Result<O>
    where
        O: Send,
        F: Future<Output = Result<Verdict<O>>> + Send,
    {
        let error = match outcome {
            Err(error) if error.effect == Effect::Unknown && error.kind != Kind::Cancelled => error,
            other => return other,
        };
        let settled = Instant::now() + settled_after;
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE, 2.0, (1.0, 1.0));
        loop {
            let is_last = Instant::now() >= settled;
            match probe().await {
                Ok(Verdict::Applied(output)) => return Ok(output),
                Ok(Verdict::NotApplied) if is_last => return Err(not_applied(error)),
                Ok(Verdict::NotApplied) => {}
                Err(failed) if failed.retryable && !is_last => {}
                Ok(Verdict::Uncertain) | Err(_) => return Err(uncertain(error)),
            }
            let pause = backoff.next_pause().min(settled.saturating_duration_since(Instant::now()));
            if pause >= self.deadline().remaining() {
                return Err(uncertain(error));
            }
            if self.sleep("before the effect was probed", pause).await.is_err() {
                return Err(error);
            }
        }
    }

    /// Attributes a resource that AWS dates `made` to a request that was sent at `sent` by this machine's clock, or not.
    pub fn attribute(&self, made: Timestamp, sent: Timestamp) -> Attribution {
        attribution(made.since(sent), self.clock_offset())
    }
}

/// The attribution of a resource by its age at the time of the request, with AWS's clock ahead by `offset`.
fn attribution(age: SignedDuration, offset: SignedDuration) -> Attribution {
    // Another clock is known to the second only.
    let margin = if offset.is_zero() { SignedDuration::ZERO } else { SignedDuration::seconds(1) };
    let age = age - offset;
    if age >= margin {
        Attribution::Ours
    } else if age > -AMBIGUOUS {
        Attribution::Ambiguous
    } else {
        Attribution::Others
    }
}

/// No probe could tell. A deadline that has passed left no time for any: its own words stand.
fn uncertain(mut error: Box<Error>) -> Box<Error> {
    if error.kind != Kind::Timeout {
        let said = first_sentence(&error.message);
        error.message = format!(
            "{said} The connector checked afterwards and cannot tell whether the change was made: check before you send \
             it again."
        );
    }
    error
}

fn not_applied(mut error: Box<Error>) -> Box<Error> {
    let said = first_sentence(&error.message);
    error.message = format!("{said} The connector checked afterwards: nothing was changed.");
    error.hint = None;
    error.effect = Effect::None;
    error.retryable(Some(Duration::from_secs(1)))
}

/// The sentence before the advice, which is for callers that cannot probe.
fn first_sentence(message: &str) -> &str {
    message.find(". ").map_or(message, |end| &message[..=end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_attributed_by_its_time_on_awss_clock() {
        let millis = SignedDuration::milliseconds;
        for (age, offset, expected) in [
            (0, 0, Attribution::Ours),
            (5000, 0, Attribution::Ours),
            (-1, 0, Attribution::Ambiguous),
            (-1999, 0, Attribution::Ambiguous),
            (-2000, 0, Attribution::Others),
            // AWS's clock is a minute ahead: what looks new may be old.
            (61_000, 60_000, Attribution::Ours),
            (60_999, 60_000, Attribution::Ambiguous),
            (58_000, 60_000, Attribution::Others),
            // A minute behind: what looks old may be new.
            (-59_000, -60_000, Attribution::Ours),
        ] {
            assert_eq!(attribution(millis(age), millis(offset)), expected, "{age} ms with {offset} ms");
        }
    }

    #[test]
    fn the_advice_for_callers_that_cannot_probe_is_replaced() {
        let lost = Error::new(Kind::BadResponse, "The answer was lost. Check before you send it again.");
        let error = not_applied(lost.with_effect(Effect::Unknown));
        assert_eq!(error.message, "The answer was lost. The connector checked afterwards: nothing was changed.");
        assert_eq!((error.effect, error.retryable), (Effect::None, true));
    }
}
