//! AWS's clock: learned from the answers of one service, and what requests to it are signed by.
//!
//! A clock belongs to one connection, since an answer's `Date` may be the word of that connection's proxy.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use aws_types::sdk_config::TimeSource;
use bytes::Bytes;
use http::header::{AGE, DATE};
use http::{Extensions, HeaderMap, Request, Response, Uri};
use time::SignedDuration;
use tokio::time::Instant;

use super::timestamp::Timestamp;
use crate::http::transport::{ExchangeFuture, Transport};

/// AWS refuses signatures that are five minutes off; clocks that differ by less than this are not the reason.
const ACCEPTED: SignedDuration = SignedDuration::minutes(4);
/// An answer that took longer says nothing about the present.
const LONGEST_EXCHANGE: Duration = Duration::from_mins(15);

/// The difference between this machine's clock and that of a service. Clones are the same clock.
#[derive(Clone, Debug, Default)]
pub(super) struct Clock {
    ahead_ms: Arc<AtomicI64>,
    /// Signatures have this machine's time, as its operator asks.
    is_kept: bool,
}

/// Marks an answer to a request whose signature had a time that the service refuses.
#[derive(Clone, Copy, Debug)]
struct SignedAtWrongTime;

impl Clock {
    pub(super) fn new(is_kept: bool) -> Self {
        Self { is_kept, ..Self::default() }
    }

    /// The time by which the service's clock is ahead of this machine's.
    pub(super) fn offset(&self) -> SignedDuration {
        SignedDuration::milliseconds(self.ahead_ms.load(Ordering::Relaxed))
    }

    /// The time for signatures.
    pub(super) fn signing_time(&self) -> SystemTime {
        let now = SystemTime::now();
        let offset = self.signing_offset();
        let shifted = if offset.is_negative() {
            now.checked_sub(offset.unsigned_abs())
        } else {
            now.checked_add(offset.unsigned_abs())
        };
        shifted.unwrap_or(now)
    }

    fn signing_offset(&self) -> SignedDuration {
        if self.is_kept { SignedDuration::ZERO } else { self.offset() }
    }

    /// Learns the time from an answer to a request that was signed with this offset.
    fn learn(&self, signed: SignedDuration, ahead: SignedDuration, marks: &mut Extensions) {
        self.ahead_ms.store(i64::try_from(ahead.whole_milliseconds()).unwrap_or_default(), Ordering::Relaxed);
        if !self.is_kept && (ahead - signed).abs() > ACCEPTED {
            marks.insert(SignedAtWrongTime);
        }
    }
}

/// The SDK's clients sign by it.
impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        self.signing_time()
    }
}

/// True for an answer to a request that may succeed when it is signed again, by the time that the answer told.
pub(super) fn was_signed_at_wrong_time<T>(answer: &Response<T>) -> bool {
    answer.extensions().get::<SignedAtWrongTime>().is_some()
}

/// A transport whose answers set a clock.
#[derive(Debug)]
pub(super) struct ClockSetter {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) clock: Clock,
}

impl Transport for ClockSetter {
    fn exchange(&self, request: Request<Bytes>) -> ExchangeFuture {
        let (signed, sent_at, started) = (self.clock.signing_offset(), Timestamp::now(), Instant::now());
        let (clock, exchange) = (self.clock.clone(), self.transport.exchange(request));
        Box::pin(async move {
            let mut answer = exchange.await?;
            let elapsed = started.elapsed();
            if let Some(told) = date(answer.headers()).filter(|_| elapsed < LONGEST_EXCHANGE) {
                // The answer was dated half-way.
                let ahead = told.minus(elapsed / 2).since(sent_at);
                clock.learn(signed, ahead, answer.extensions_mut());
            }
            Ok(answer)
        })
    }

    fn preconnect(&self, url: &Uri) -> Option<Box<dyn Send>> {
        self.transport.preconnect(url)
    }
}

/// The time of an answer that comes from no cache.
fn date(headers: &HeaderMap) -> Option<Timestamp> {
    if headers.contains_key(AGE) {
        return None;
    }
    Timestamp::from_http_date(headers.get(DATE)?.to_str().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learn(clock: &Clock, seconds: i64) -> bool {
        let mut marks = Extensions::new();
        clock.learn(clock.signing_offset(), SignedDuration::seconds(seconds), &mut marks);
        marks.get::<SignedAtWrongTime>().is_some()
    }

    /// The minutes by which signatures are ahead of this machine's clock.
    fn signed_ahead(clock: &Clock) -> i64 {
        let since_epoch = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
        let [signed, own] = [clock.signing_time(), SystemTime::now()].map(|time| since_epoch(time).cast_signed());
        (signed - own + 30).div_euclid(60)
    }

    #[test]
    fn signatures_follow_the_time_that_answers_tell() {
        for minutes in [20, -20] {
            let clock = Clock::new(false);
            assert!(learn(&clock, minutes * 60), "the first answer tells that the time was wrong");
            assert!(!learn(&clock, minutes * 60), "the next is to a request with the right time");
            assert_eq!((signed_ahead(&clock), clock.offset().whole_minutes()), (minutes, minutes));
            assert!(learn(&clock, 0), "and a clock that was set while the process runs is noticed");
            assert_eq!(signed_ahead(&clock), 0);
        }
    }

    #[test]
    fn a_small_difference_is_no_reason_to_sign_again() {
        assert!(!learn(&Clock::new(false), 239));
        assert!(learn(&Clock::new(false), 241));
    }

    #[test]
    fn a_clock_that_is_kept_is_only_measured() {
        let clock = Clock::new(true);
        assert!(!learn(&clock, 1200));
        assert_eq!((signed_ahead(&clock), clock.offset()), (0, SignedDuration::seconds(1200)));
    }
}
