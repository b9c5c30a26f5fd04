//! The retry rule: reads are retried up to four times with jittered exponential backoff, changes only where it is
//! certain that AWS did not act.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::error_codes::is_expired;
use super::rate_limit::RateLimiter;
pub use super::send_error::{Call, SendFuture};
use crate::backoff::Backoff;
use crate::deadline::Deadline;
use crate::error::{Error, Kind, Result};
use crate::hooks::Hooks;

/// The first attempt and four retries, the deadline permitting.
const MAX_ATTEMPTS: u32 = 5;
/// The longest first pause; the next are up to 0.4, 0.8 and 1.6 seconds. With full jitter a pause is anything up to that.
const FIRST_BACKOFF: Duration = Duration::from_millis(200);

/// Sends `request` until it succeeds, fails for good, or the deadline ends it. Every attempt is added to `attempts`, and
/// takes a slot of `hooks` for as long as it is under way.
///
/// # Errors
/// The last failure. A change that was under way when the deadline passed has an unknown effect.
pub async fn send<'a, T>(
    call: &Call<'_>,
    rate_limiter: Option<&RateLimiter>,
    hooks: Option<&Hooks>,
    deadline: &Deadline,
    attempts: &AtomicU32,
    request: &(dyn Fn() -> SendFuture<'a, T> + Sync),
) -> Result<T> {
    let unbounded = Hooks::default();
    let hooks = hooks.unwrap_or(&unbounded);
    let mut backoff = Backoff::new(FIRST_BACKOFF, Duration::MAX, 2.0, (0.0, 1.0));
    let mut attempt = 0;
    loop {
        attempt += 1;
        if let Some(limiter) = rate_limiter {
            hooks.lend(limiter.acquire(deadline)).await?;
        }
        let slot = hooks.slot(deadline).await?;
        attempts.fetch_add(1, Ordering::Relaxed);
        let during = fmt::from_fn(|f| write!(f, "while {} answered {}", call.service, call.operation));
        let outcome = deadline.run(during, request()).await;
        drop(slot);
        let error = match outcome {
            Ok(Ok(answer)) => {
                rate_limiter.inspect(|limiter| limiter.on_success());
                return Ok(answer);
            }
            Ok(Err(failure)) => slow_down(rate_limiter, call.error(&failure)),
            Err(ended) => return Err(ended.with_effect(call.effect_of_lost_answer())),
        };
        tracing::debug!(operation = call.operation, attempt, kind = ?error.kind, code = ?error.code, "attempt failed");
        let pause = backoff.next_pause();
        if attempt == MAX_ATTEMPTS || !is_retried(&error) || pause >= deadline.remaining() {
            return Err(error);
        }
        let during = fmt::from_fn(|f| write!(f, "before {} was sent again", call.operation));
        hooks.lend(deadline.sleep(during, pause)).await?;
    }
}

/// True for failures that other credentials of the same connection can mend.
#[must_use]
pub fn needs_other_credentials(error: &Error) -> bool {
    is_expired(error.code.as_deref())
}

/// Tells the rate limiter of a throttled answer. The request may come back when its turn would be.
fn slow_down(rate_limiter: Option<&RateLimiter>, error: Box<Error>) -> Box<Error> {
    match rate_limiter {
        Some(limiter) if error.kind == Kind::Throttled => {
            let wait = limiter.on_throttle();
            error.retryable(Some(wait.max(Duration::from_secs(1))))
        }
        _ => error,
    }
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
