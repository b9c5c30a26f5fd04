//! The retry rule: reads are retried up to four times with jittered exponential backoff, changes only where it is
//! certain that AWS did not act.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::error_codes::is_expired;
use super::rate_limit::{RateLimiter, Turn};
pub use super::send_error::{Call, SendFuture};
use crate::backoff::Backoff;
use crate::deadline::Deadline;
use crate::error::{Error, Kind, Result};

/// The first attempt and four retries, the deadline permitting.
const MAX_ATTEMPTS: u32 = 5;
/// The longest first pause; the next are up to 0.4, 0.8 and 1.6 seconds. With full jitter a pause is anything up to that.
const FIRST_BACKOFF: Duration = Duration::from_millis(200);

/// Sends `request` until it succeeds, fails for good, or the deadline ends it. Every attempt is added to `attempts`.
///
/// # Errors
/// The last failure. A change that was under way when the deadline passed has an unknown effect.
pub async fn send<'a, T>(
    call: &Call<'_>,
    rate_limiter: Option<&RateLimiter>,
    deadline: &Deadline,
    attempts: &AtomicU32,
    request: &(dyn Fn() -> SendFuture<'a, T> + Sync),
) -> Result<T> {
    let mut backoff = Backoff::new(FIRST_BACKOFF, Duration::MAX, 2.0, (0.0, 1.0));
    let mut attempt = 0;
    loop {
        attempt += 1;
        let turn = match rate_limiter {
            Some(limiter) => Some((limiter, limiter.acquire(deadline).await?)),
            None => None,
        };
        attempts.fetch_add(1, Ordering::Relaxed);
        let during = fmt::from_fn(|f| write!(f, "while {} answered {}", call.service, call.operation));
        let error = match deadline.run(during, request()).await {
            Ok(Ok(answer)) => {
                turn.inspect(|(limiter, turn)| limiter.on_success(turn));
                return Ok(answer);
            }
            Ok(Err(failure)) => tell(turn, call.error(&failure)),
            Err(ended) => return Err(ended.with_effect(call.effect_of_lost_answer())),
        };
        tracing::debug!(operation = call.operation, attempt, kind = ?error.kind, code = ?error.code, "attempt failed");
        let pause = backoff.next_pause();
        if attempt == MAX_ATTEMPTS || !is_retried(&error) || pause >= deadline.remaining() {
            return Err(error);
        }
        let during = fmt::from_fn(|f| write!(f, "before {} was sent again", call.operation));
        deadline.sleep(during, pause).await?;
    }
}

/// True for failures that other credentials of the same connection can mend.
#[must_use]
pub fn needs_other_credentials(error: &Error) -> bool {
    is_expired(error.code.as_deref())
}

/// Tells the rate limiter how an attempt failed. A throttled request may come back when its turn would be.
fn tell(turn: Option<(&RateLimiter, Turn)>, error: Box<Error>) -> Box<Error> {
    let Some((limiter, turn)) = turn else { return error };
    if error.kind != Kind::Throttled {
        limiter.on_success(&turn);
        return error;
    }
    let wait = limiter.on_throttle(&turn);
    error.retryable(Some(wait.max(Duration::from_secs(1))))
}

/// A transient failure that changed nothing. A conflict is transient, too, but outlives a request.
fn is_retried(error: &Error) -> bool {
    let transient = matches!(error.kind, Kind::Throttled | Kind::Unreachable | Kind::Service | Kind::BadResponse);
    error.retryable && transient
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Effect;

    #[test]
    fn transient_failures_are_retried_unless_something_may_have_changed() {
        let transient = |kind| Error::new(kind, "").retryable(None);
        for kind in [Kind::Throttled, Kind::Unreachable, Kind::Service, Kind::BadResponse] {
            assert!(is_retried(&transient(kind)), "{kind:?}");
            assert!(!is_retried(&transient(kind).with_effect(Effect::Unknown)), "{kind:?}");
        }
        assert!(!is_retried(&transient(Kind::Conflict)), "a conflict outlives a request");
        assert!(!is_retried(&Error::new(Kind::Service, "")), "a permanent failure");
    }
}
