//! Reconciliation: after a lost answer the resource is probed, and the effect of the change is said where it is certain.

use std::future::Future;
use std::time::Duration;

use time::SignedDuration;

use crate::aws::Timestamp;
use crate::context::Context;
use crate::error::{Effect, Error, Kind, Result};

/// The pauses before each probe: AWS may still be busy with the request, or with showing its effect.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(2)];

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
    /// That a change was *not* made is said only when every probe says so: AWS may show it late.
    ///
    /// # Errors
    /// That of the outcome, with the effect `none` where every probe found that nothing was changed.
    pub async fn reconcile<O, F>(&self, outcome: Result<O>, probe: impl Fn() -> F + Send + Sync) -> Result<O>
    where
        O: Send,
        F: Future<Output = Result<Verdict<O>>> + Send,
    {
        let error = match outcome {
            Err(error) if error.effect == Effect::Unknown && error.kind != Kind::Cancelled => error,
            other => return other,
        };
        for pause in PAUSES {
            if self.deadline().sleep("before the effect was probed", pause).await.is_err() {
                return Err(error);
            }
            match probe().await {
                Ok(Verdict::Applied(output)) => return Ok(output),
                Ok(Verdict::NotApplied) => {}
                Ok(Verdict::Uncertain) | Err(_) => return Err(error),
            }
        }
        Err(not_applied(error))
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
