//! A token bucket per service, account and region: unlimited until AWS throttles, then adaptive.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::deadline::Deadline;
use crate::error::{Error, Kind, Result};

/// The lowest rate that throttling leads to, in requests a second.
const SLOWEST: f64 = 1.0;
/// The factors by which a throttled answer cuts the rate and a success raises it.
const CUT_FACTOR: f64 = 0.7;
const RISE_FACTOR: f64 = 1.02;
/// A rate this many times above the one that was throttled is unlimited again.
const RECOVERED: f64 = 4.0;

/// A token bucket: unlimited until AWS throttles, then adaptive.
#[derive(Debug)]
pub struct RateLimiter {
    bucket: Mutex<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    /// Requests a second, and the rate that was throttled; none: as fast as they come.
    limit: Option<Limit>,
    /// May be negative: then requests wait for their turn.
    tokens: f64,
    filled: Instant,
    /// Requests since `counted`, and the rate of the period before.
    sent: u32,
    counted: Instant,
    measured: f64,
}

#[derive(Clone, Copy, Debug)]
struct Limit {
    rate: f64,
    throttled_at: f64,
}

impl Default for RateLimiter {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            bucket: Mutex::new(Bucket { limit: None, tokens: 0.0, filled: now, sent: 0, counted: now, measured: 0.0 }),
        }
    }
}

impl RateLimiter {
    /// Takes a token, waiting for one if need be.
    ///
    /// # Errors
    /// `throttled` when the turn would come after the deadline; `cancelled`. Nothing is sent then.
    pub async fn acquire(&self, deadline: &Deadline) -> Result<()> {
        let wait = self.with(Bucket::take);
        if wait.is_zero() {
            return Ok(());
        }
        if wait >= deadline.remaining() {
            self.with(Bucket::give_back);
            return Err(Error::new(
                Kind::Throttled,
                "AWS has asked to slow down, and other requests of this account and region are waiting before this one.",
            )
            .retryable(Some(wait)));
        }
        let during = "while the request waited for its turn, because AWS has asked to slow down";
        deadline.sleep(during, wait).await.inspect_err(|_| self.with(Bucket::give_back))
    }

    /// Slows down all requests of the account and region after a throttled answer. Gives back the wait of a new one.
    pub(crate) fn on_throttle(&self) -> Duration {
        self.with(|bucket| {
            let rate = bucket.limit.map_or_else(|| bucket.rate_now(), |limit| limit.rate);
            if bucket.limit.is_none() {
                bucket.tokens = 1.0;
                bucket.filled = Instant::now();
            }
            bucket.limit = Some(Limit { rate: (rate * CUT_FACTOR).max(SLOWEST), throttled_at: rate });
            bucket.fill();
            // What was saved up is spent; one request, the one that was throttled, may follow its backoff at once.
            bucket.tokens = bucket.tokens.min(1.0);
            bucket.wait()
        })
    }

    /// Raises the rate after a success.
    pub(crate) fn on_success(&self) {
        self.with(|bucket| {
            if let Some(limit) = &mut bucket.limit {
                limit.rate *= RISE_FACTOR;
                if limit.rate > limit.throttled_at.max(SLOWEST) * RECOVERED {
                    bucket.limit = None;
                    bucket.tokens = 0.0;
                }
            }
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut Bucket) -> T) -> T {
        work(&mut self.bucket.lock())
    }
}

impl Bucket {
    /// Takes a token, on credit if need be, and says how long to wait for it.
    fn take(&mut self) -> Duration {
        self.count();
        if self.limit.is_none() {
            return Duration::ZERO;
        }
        self.fill();
        self.tokens -= 1.0;
        self.wait()
    }

    fn give_back(&mut self) {
        self.tokens += 1.0;
    }

    fn wait(&self) -> Duration {
        match self.limit {
            Some(limit) if self.tokens < 0.0 => Duration::from_secs_f64(-self.tokens / limit.rate),
            _ => Duration::ZERO,
        }
    }

    fn fill(&mut self) {
        if let Some(limit) = self.limit {
            let burst = limit.rate.max(1.0);
            self.tokens = (self.tokens + self.filled.elapsed().as_secs_f64() * limit.rate).min(burst);
        }
        self.filled = Instant::now();
    }

    fn count(&mut self) {
        self.sent += 1;
        let period = self.counted.elapsed();
        if period >= Duration::from_secs(1) {
            self.measured = f64::from(self.sent) / period.as_secs_f64();
            self.sent = 0;
            self.counted = Instant::now();
        }
    }

    fn rate_now(&self) -> f64 {
        self.measured.max(f64::from(self.sent) / self.counted.elapsed().as_secs_f64().max(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deadline(seconds: u64) -> Deadline {
        Deadline::uncancellable(Duration::from_secs(seconds))
    }

    #[tokio::test]
    async fn nothing_waits_until_aws_throttles() {
        let limiter = RateLimiter::default();
        let started = Instant::now();
        for _ in 0..10_000 {
            limiter.acquire(&deadline(1)).await.expect("a turn");
        }
        assert!(started.elapsed() < Duration::from_secs(1));
    }

    #[tokio::test]
    async fn a_throttled_answer_slows_all_down_and_successes_speed_up() {
        let limiter = RateLimiter::default();
        for _ in 0..100 {
            limiter.acquire(&deadline(1)).await.expect("a turn");
        }
        for _ in 0..20 {
            limiter.on_throttle();
        }
        let started = Instant::now();
        for _ in 0..3 {
            limiter.acquire(&deadline(10)).await.expect("a turn");
        }
        let took = started.elapsed();
        assert!(took >= Duration::from_millis(900), "{took:?} for three turns at the slowest rate");
        for _ in 0..1000 {
            limiter.on_success();
        }
        let started = Instant::now();
        for _ in 0..100 {
            limiter.acquire(&deadline(1)).await.expect("a turn");
        }
        assert!(started.elapsed() < Duration::from_millis(500));
    }

    #[tokio::test]
    async fn a_turn_after_the_deadline_is_refused_at_once_and_given_back() {
        let limiter = RateLimiter::default();
        limiter.on_throttle();
        let mut refused = None;
        for _ in 0..10 {
            refused = limiter.acquire(&deadline(0)).await.err().or(refused);
        }
        let error = refused.expect("a refusal");
        assert_eq!((error.kind, error.retryable), (Kind::Throttled, true));
        assert!(
            error.retry_after_ms.is_some_and(|wait| (1..=1100).contains(&wait)),
            "{error:?}: refused turns must not add up"
        );
    }
}
