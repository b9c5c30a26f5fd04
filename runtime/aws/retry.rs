//! The retry rule: reads are retried up to four times with jittered exponential backoff, changes only where it is
//! certain that AWS did not act.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::error_codes::{is_expired, may_mean_wrong_time};
use super::rate_limit::{RateLimiter, Turn};
pub use super::send_error::{Call, SendFuture};
use crate::backoff::Backoff;
use crate::deadline::Deadline;
use crate::error::{Error, Kind, Result};
use crate::hooks::Hooks;
use crate::http::transport::Sent;

/// The first attempt and four retries, the deadline permitting. A call may allow fewer.
pub(super) const MAX_ATTEMPTS: u32 = 5;
/// The longest first pause; the next are up to 0.4, 0.8 and 1.6 seconds. With full jitter a pause is anything up to that.
const FIRST_BACKOFF: Duration = Duration::from_millis(200);
/// The longest attempt to read: AWS answers within seconds, a connection that is dead never does.
const LONGEST_READ: Duration = Duration::from_secs(10);
/// The longest attempt to change something: a new connection is validated by connecting, which takes a while.
const LONGEST_CHANGE: Duration = Duration::from_mins(2);
/// What is less does not make two attempts.
const SHORTEST_ATTEMPT: Duration = Duration::from_secs(1);
/// The most of a deadline that is kept for the check after a change.
const LONGEST_CHECK: Duration = Duration::from_secs(10);

/// The number of requests that were sent.
#[derive(Debug, Default)]
pub struct Attempts(AtomicU32);

impl Attempts {
    /// The number so far, retries included.
    pub fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

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
    attempts: &Attempts,
    request: &(dyn Fn(&Sent) -> SendFuture<'a, T> + Sync),
) -> Result<T> {
    let unbounded = Hooks::default();
    let hooks = hooks.unwrap_or(&unbounded);
    let mut backoff = Backoff::new(FIRST_BACKOFF, Duration::MAX, 2.0, (0.0, 1.0));
    let mut attempt = 0;
    let mut signed_again = false;
    loop {
        attempt += 1;
        let turn = match rate_limiter {
            Some(limiter) => Some((limiter, hooks.lend(limiter.acquire(deadline)).await?)),
            None => None,
        };
        let slot = hooks.slot(deadline).await?;
        // What is not begun cannot have changed anything.
        deadline.check(fmt::from_fn(|f| write!(f, "before {} was sent", call.operation)))?;
        let sent = Sent::default();
        let limit = time_limit(call, deadline.remaining());
        let during = fmt::from_fn(|f| write!(f, "while {} answered {}", call.service, call.operation));
        let attempted = deadline.run(during, async {
            attempts.0.fetch_add(1, Ordering::Relaxed);
            tokio::time::timeout(limit, request(&sent)).await
        });
        let outcome = attempted.await;
        drop(slot);
        let mut tells_the_time = false;
        let error = match outcome {
            Ok(Ok(Ok(answer))) => {
                turn.inspect(|(limiter, turn)| limiter.on_success(turn));
                return Ok(answer);
            }
            Ok(Ok(Err(failure))) => {
                tells_the_time = failure.tells_the_time();
                tell(turn, call.error(&failure))
            }
            Ok(Err(_)) => call.timed_out(limit, &sent),
            Err(ended) => return Err(ended.with_effect(call.effect_without_answer(&sent))),
        };
        tracing::debug!(operation = call.operation, attempt, kind = ?error.kind, code = ?error.code, "attempt failed");
        let pause = backoff.next_pause();
        // AWS did not act upon a signature that it refused, so a change may be sent again, too.
        let sign_again = !signed_again && tells_the_time && may_mean_wrong_time(error.code.as_deref());
        signed_again |= sign_again;
        if attempt >= call.max_attempts || !(sign_again || is_retried(&error)) || pause >= deadline.remaining() {
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

/// The longest time of one attempt. One that hangs leaves time for another or, after a change, for the check of what became
/// of it.
fn time_limit(call: &Call<'_>, remaining: Duration) -> Duration {
    let kept = remaining / 3;
    let limit = if call.changes {
        remaining.saturating_sub(kept.min(LONGEST_CHECK)).min(LONGEST_CHANGE)
    } else {
        remaining.saturating_sub(kept).min(LONGEST_READ)
    };
    limit.max(SHORTEST_ATTEMPT)
}

/// A transient failure that changed nothing. A conflict is transient, too, but outlives a request.
fn is_retried(error: &Error) -> bool {
    use Kind::{BadResponse, Service, Throttled, Timeout, Unreachable};
    let transient = matches!(error.kind, Throttled | Unreachable | Service | BadResponse | Timeout);
    error.retryable && transient
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use bytes::Bytes;
    use http::Response;
    use parking_lot::Mutex;
    use tokio::time::Instant;

    use super::*;
    use crate::aws::send_error::SendError;
    use crate::error::Effect;

    /// One outcome of an attempt.
    #[derive(Clone, Copy)]
    enum Attempt {
        Ok,
        Status(u16, &'static str),
        Hangs,
    }

    const READ: Call<'_> =
        Call { service: "Glue", iam_prefix: "glue", operation: "GetJob", changes: false, max_attempts: MAX_ATTEMPTS };
    const CHANGE: Call<'_> = Call { operation: "StartJobRun", changes: true, ..READ };
    const FAILS: Attempt = Attempt::Status(500, "InternalServiceException");
    const THROTTLED: Attempt = Attempt::Status(400, "ThrottlingException");

    /// Sends a request whose attempts come out like this, within a deadline of so many seconds: the outcome, the number of
    /// attempts, and the time that it took.
    async fn try_all(call: &Call<'_>, seconds: u64, script: &[Attempt]) -> (Result<u8>, u32, Duration) {
        let (attempts, next) = (Attempts::default(), Mutex::new(script.iter()));
        let request = |_: &Sent| -> SendFuture<'_, u8> {
            match next.lock().next().expect("no more attempts") {
                Attempt::Ok => Box::pin(ready(Ok(1))),
                Attempt::Status(status, code) => {
                    let answer = Response::builder().status(*status).header("x-amzn-errortype", *code);
                    Box::pin(ready(Err(SendError::Refused(answer.body(Bytes::new()).expect("an answer")))))
                }
                Attempt::Hangs => Box::pin(pending()),
            }
        };
        let (began, deadline) = (Instant::now(), Deadline::uncancellable(Duration::from_secs(seconds)));
        let outcome = send(call, None, None, &deadline, &attempts, &request).await;
        (outcome, attempts.count(), began.elapsed())
    }

    #[test]
    fn transient_failures_are_retried_unless_something_may_have_changed() {
        let transient = |kind| Error::new(kind, "").retryable(None);
        for kind in [Kind::Throttled, Kind::Unreachable, Kind::Service, Kind::BadResponse, Kind::Timeout] {
            assert!(is_retried(&transient(kind)), "{kind:?}");
            assert!(!is_retried(&transient(kind).with_effect(Effect::Unknown)), "{kind:?}");
        }
        assert!(!is_retried(&transient(Kind::Conflict)), "a conflict outlives a request");
        assert!(!is_retried(&Error::new(Kind::Service, "")), "a permanent failure");
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_is_retried_four_times() {
        let (outcome, attempts, took) = try_all(&READ, 60, &[FAILS, FAILS, THROTTLED, FAILS, Attempt::Ok]).await;
        assert_eq!((outcome, attempts), (Ok(1), 5));
        assert!(took <= Duration::from_secs(3), "{took:?}");
        let (outcome, attempts, _) = try_all(&READ, 60, &[FAILS; 5]).await;
        assert_eq!((outcome.expect_err("a failure").kind, attempts), (Kind::Service, 5));
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_is_retried_only_where_aws_did_not_act() {
        let (outcome, attempts, _) = try_all(&CHANGE, 60, &[THROTTLED, THROTTLED, Attempt::Ok]).await;
        assert_eq!((outcome, attempts), (Ok(1), 3));
        let (outcome, attempts, _) = try_all(&CHANGE, 60, &[FAILS]).await;
        let error = outcome.expect_err("a failure");
        assert_eq!((error.effect, error.retryable, attempts), (Effect::Unknown, false, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn what_will_not_change_is_not_retried() {
        for code in ["EntityNotFoundException", "ConcurrentRunsExceededException", "ExpiredTokenException"] {
            let (outcome, attempts, _) = try_all(&READ, 60, &[Attempt::Status(400, code)]).await;
            let error = outcome.expect_err("a refusal");
            assert_eq!((error.code.as_deref(), attempts), (Some(code), 1));
            assert_eq!(needs_other_credentials(&error), code == "ExpiredTokenException");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_that_hangs_is_given_up_after_ten_seconds_and_retried() {
        let (outcome, attempts, took) = try_all(&READ, 60, &[Attempt::Hangs, Attempt::Ok]).await;
        assert_eq!((outcome, attempts), (Ok(1), 2));
        assert!(took >= LONGEST_READ && took < LONGEST_READ + Duration::from_secs(1), "{took:?}");
        // Near the deadline, earlier.
        let (outcome, _, took) = try_all(&READ, 6, &[Attempt::Hangs, Attempt::Ok]).await;
        assert_eq!(outcome, Ok(1));
        assert!(took >= Duration::from_secs(4) && took < Duration::from_secs(5), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_that_hangs_leaves_time_for_its_check() {
        for (seconds, kept) in [(3600, 3480), (60, 10), (15, 5), (1, 0)] {
            let (outcome, attempts, took) = try_all(&CHANGE, seconds, &[Attempt::Hangs]).await;
            let error = outcome.expect_err("no answer");
            assert_eq!((error.kind, error.effect, error.retryable), (Kind::Timeout, Effect::Unknown, false));
            assert_eq!((attempts, took.as_secs()), (1, seconds - kept));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_time_nothing_is_sent() {
        let (outcome, attempts, _) = try_all(&CHANGE, 0, &[]).await;
        let error = outcome.expect_err("no time");
        assert_eq!((error.kind, error.effect, error.retryable, attempts), (Kind::Timeout, Effect::None, true, 0));
    }
}
