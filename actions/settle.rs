//! After a lost answer: look at the resource, and say what came of the change where that is certain.

use std::future::Future;
use std::time::Duration;

use glue_connections::{Effect, Error, Kind, Result};
use time::SignedDuration;

use crate::context::Context;
use crate::timestamp::Timestamp;

/// When to look: at once, and again while AWS may still be busy with the request or with showing what came of it.
const LOOKS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(2)];

/// What a look at the resource says of a change whose answer was lost.
#[derive(Debug)]
pub(crate) enum Finding<O> {
    /// It was made; this is what the answer would have said.
    Applied(O),
    /// It was not made, as far as can be seen by now.
    NotApplied,
    /// It cannot be told.
    Uncertain,
}

impl Context {
    /// Passes an outcome on; one whose answer was lost is settled by looking, within the deadline.
    ///
    /// That a change was *not* made is said only when every look says so: what AWS has not shown yet may still come.
    pub(crate) async fn settle<O, F>(&self, outcome: Result<O>, look: impl Fn() -> F + Send + Sync) -> Result<O>
    where
        O: Send,
        F: Future<Output = Result<Finding<O>>> + Send,
    {
        let error = match outcome {
            Err(error) if error.effect == Effect::Unknown && error.kind != Kind::Cancelled => error,
            other => return other,
        };
        for wait in LOOKS {
            if self.deadline.bound(tokio::time::sleep(wait)).await.is_err() {
                return Err(error);
            }
            match look().await {
                Ok(Finding::Applied(output)) => return Ok(output),
                Ok(Finding::NotApplied) => {}
                Ok(Finding::Uncertain) | Err(_) => return Err(error),
            }
        }
        Err(not_made(error))
    }

    /// Whether what AWS dates `made` can have come of a request that was sent at `sent` by this machine's clock.
    pub(crate) fn origin(&self, made: Timestamp, sent: Timestamp) -> Origin {
        let offset = self.clock_offset();
        // Another clock is known to the second only.
        let margin = if offset.is_zero() { SignedDuration::ZERO } else { SignedDuration::seconds(1) };
        let age = made.since(sent.plus(offset));
        if age >= margin {
            Origin::Ours
        } else if age > -TOO_CLOSE {
            Origin::TooClose
        } else {
            Origin::Others
        }
    }
}

/// Whose a resource is that a lost answer may have been about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It was made after the request was sent.
    Ours,
    /// It was there before.
    Others,
    /// It was made so close to the request that it cannot be told.
    TooClose,
}

/// AWS may cut times to the second.
const TOO_CLOSE: SignedDuration = SignedDuration::seconds(2);

fn not_made(mut error: Box<Error>) -> Box<Error> {
    error.message = format!("{} It was looked at since: nothing was changed.", first_sentence(&error.message));
    error.effect = Effect::None;
    error.retryable(Some(Duration::from_secs(1)))
}

/// The advice that follows it is for those who cannot look.
fn first_sentence(message: &str) -> &str {
    message.find(". ").map_or(message, |end| &message[..=end])
}
