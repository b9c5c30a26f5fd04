//! A rate limiter per service and session: a token bucket whose rate follows what AWS takes.
//!
//! 1. *Slow start*: until AWS throttles, a burst of requests goes at once and each answer lets two more go, so that the
//!    requests under way double every round trip.
//! 2. *Cut*: the first throttled answer of a round trip sets the ceiling to the rate that AWS took since the last cut,
//!    and the rate to a little less; the others tell nothing new, as they were sent before the cut.
//! 3. *Growth*: while requests wait, the rate rises as in CUBIC (RFC 9438): fast up to the ceiling, slowly around it,
//!    and faster the longer AWS takes more; a ceiling that AWS has left far behind is passed by doubling.
//! 4. *Queue*: requests wait in the order in which they came, and only the first one for a token, so that a new rate
//!    holds at once for all, and who gives up has taken none.
//! 5. *Recovery*: when no request has had to wait for some minutes, the rate is above demand, and the next burst is a
//!    slow start again.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::deadline::Deadline;
use crate::error::{Error, Kind, Result};

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

/// The requests that a slow start begins with, and again after each second without answers.
const FIRST_BURST: f64 = 32.0;
/// The requests that go in a slow start for each that was answered.
const DOUBLING: f64 = 2.0;
/// The lowest rate that throttling leads to, in requests a second.
const SLOWEST: f64 = 1.0;
/// The rate after a cut, as a part of the ceiling, and of the rate before it at most; and the least part that is left.
const CUT: f64 = 0.8;
const LEAST_LEFT: f64 = 0.5;
/// The seconds of waiting after which the rate is back at its ceiling.
const PLATEAU: f64 = 5.0;
/// A rate this many times its ceiling doubles every second.
const OBSOLETE: f64 = 2.0;
/// Any rate is reached by then.
const MOST_DOUBLINGS: f64 = 32.0;
/// The longest wait that is advised: of a longer queue, most will have given up by then.
const LONGEST_ADVICE: Duration = Duration::from_secs(30);
/// The longest round trip: answers that take longer tell of the request, not of the network.
const LONGEST_ROUND_TRIP: Duration = Duration::from_secs(1);
/// The time without waiting requests after which the limit is lifted.
const CALM: Duration = Duration::from_mins(5);

/// A token bucket whose rate follows what AWS takes.
#[derive(Debug)]
pub struct RateLimiter {
    state: Mutex<State>,
    /// Held by the first request of the queue. It is fair: the others come in the order in which they asked.
    queue: tokio::sync::Mutex<()>,
    /// Wakes the first request of the queue when an answer has brought tokens.
    refilled: Notify,
    /// Wakes all of the queue at a cut: some will not have their turn in time any more.
    slower: Notify,
}

/// The permission to send one request, which says when it was given.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    sent: Instant,
}

#[derive(Debug)]
struct State {
    /// None: a slow start.
    limit: Option<Limit>,
    tokens: f64,
    /// Requests in the queue, the number of the next one to enter it, and that of the first one in it.
    waiting: u32,
    entered: u64,
    first: u64,
    /// When there last was one in it.
    waited: Instant,
    /// Requests that were sent, and those that AWS took, from `counted` on.
    sent: f64,
    taken: f64,
    counted: Instant,
    /// Throttled answers to requests that were sent earlier belong to a round trip that has led to a cut.
    settled: Instant,
    /// The time that answers take.
    round_trip: Duration,
    /// All this is how it was then.
    now: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Limit {
    /// The rate that AWS is thought to take, in requests a second.
    ceiling: f64,
    /// The seconds since the cut in which requests waited.
    probed: f64,
}

impl Default for RateLimiter {
    fn default() -> Self {
        Self {
            state: Mutex::new(State::new(Instant::now())),
            queue: tokio::sync::Mutex::default(),
            refilled: Notify::new(),
            slower: Notify::new(),
        }
    }
}

impl RateLimiter {
    /// Waits for the turn of a request. Whoever gives up waiting takes no turn from the others.
    ///
    /// # Errors
    /// `throttled` as soon as it is known that the turn would come too late for an answer before the deadline;
    /// `timeout` or `cancelled` while waiting. Nothing is sent then.
    pub async fn acquire(&self, deadline: &Deadline) -> Result<Turn> {
        let place = {
            let mut state = self.state();
            if state.waiting == 0
                && let Ok(turn) = state.take()
            {
                return Ok(turn);
            }
            state.refuse_late(state.entered, deadline)?;
            state.entered += 1;
            state.waiting += 1;
            Place { number: state.entered - 1, limiter: self }
        };
        let during = "while the request waited for its turn, because AWS takes no more at once";
        let mut turn = std::pin::pin!(deadline.run(during, self.next(place.number)));
        loop {
            let slower = self.slower.notified();
            tokio::select! {
                biased;
                turn = &mut turn => return turn,
                () = slower => self.state().refuse_late(place.number, deadline)?,
            }
        }
    }

    /// Counts the answer to a request that AWS did not throttle.
    pub fn on_success(&self, turn: &Turn) {
        let mut state = self.state();
        state.note_round_trip(turn);
        state.taken += 1.0;
        if state.limit.is_none() {
            state.tokens = (state.tokens + DOUBLING).min(state.most());
            self.refilled.notify_one();
        }
    }

    /// Slows down all requests after a throttled answer, once a round trip. Gives back the wait of a new request.
    pub fn on_throttle(&self, turn: &Turn) -> Duration {
        let mut state = self.state();
        state.note_round_trip(turn);
        if turn.sent >= state.settled {
            state.cut();
            self.slower.notify_waiters();
        }
        state.advice()
    }

    async fn next(&self, number: u64) -> Turn {
        let _first = self.queue.lock().await;
        self.state().first = number;
        loop {
            let wait = match self.state().take() {
                Ok(turn) => return turn,
                Err(wait) => wait,
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.refilled.notified() => {}
            }
        }
    }

    fn state(&self) -> parking_lot::MutexGuard<'_, State> {
        let mut state = self.state.lock();
        state.advance(Instant::now());
        state
    }
}

/// A place in the queue.
struct Place<'a> {
    number: u64,
    limiter: &'a RateLimiter,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.limiter.state().waiting -= 1;
    }
}

impl State {
    fn new(now: Instant) -> Self {
        Self {
            limit: None,
            tokens: FIRST_BURST,
            waiting: 0,
            entered: 0,
            first: 0,
            waited: now,
            sent: 0.0,
            taken: 0.0,
            counted: now,
            settled: now,
            round_trip: Duration::ZERO,
            now,
        }
    }

    /// Adds what has come with time.
    fn advance(&mut self, now: Instant) {
        let seconds = now.duration_since(self.now).as_secs_f64();
        self.now = now;
        if self.waiting > 0 {
            self.waited = now;
            self.limit.iter_mut().for_each(|limit| limit.probed += seconds);
        }
        self.tokens = (self.tokens + self.rate() * seconds).min(self.most());
        if self.limit.is_some() && now.duration_since(self.waited) > CALM {
            self.limit = None;
            self.tokens = FIRST_BURST;
        }
        self.forget();
    }

    /// Without a limit, the counts are those of the last second, more or less.
    fn forget(&mut self) {
        let period = self.now.duration_since(self.counted).as_secs_f64();
        if self.limit.is_none() && period > 1.0 {
            self.sent *= 0.5 / period;
            self.taken *= 0.5 / period;
            self.counted = self.now.checked_sub(Duration::from_millis(500)).unwrap_or(self.now);
        }
    }

    /// Takes a token, or says how long to wait for one.
    fn take(&mut self) -> std::result::Result<Turn, Duration> {
        if self.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - self.tokens) / self.rate()));
        }
        self.tokens -= 1.0;
        self.sent += 1.0;
        Ok(Turn { sent: self.now })
    }

    /// The wait of the request with this number in the queue, should the rate stay as it is.
    fn wait(&self, number: u64) -> Duration {
        let before =
            u32::try_from(number.saturating_sub(self.first)).map_or(self.waiting, |before| before.min(self.waiting));
        Duration::from_secs_f64((f64::from(before) + 1.0 - self.tokens).max(0.0) / self.rate())
    }

    /// The wait that a new request is told.
    fn advice(&self) -> Duration {
        self.wait(self.entered).min(LONGEST_ADVICE)
    }

    fn refuse_late(&self, number: u64, deadline: &Deadline) -> Result<()> {
        let wait = self.wait(number);
        // In a slow start nobody knows when answers come.
        if self.limit.is_none() || wait + self.round_trip < deadline.remaining() {
            return Ok(());
        }
        let message = "AWS has asked to slow down, and other requests of this connection are waiting before this one.";
        Err(Error::new(Kind::Throttled, message).retryable(Some(wait.min(LONGEST_ADVICE))))
    }

    /// Learns from an answer how long answers take.
    fn note_round_trip(&mut self, turn: &Turn) {
        let took = self.now.duration_since(turn.sent).min(LONGEST_ROUND_TRIP);
        self.round_trip = if self.round_trip.is_zero() { took } else { (self.round_trip * 7 + took) / 8 };
    }

    fn cut(&mut self) {
        let period = self.now.duration_since(self.counted).as_secs_f64();
        let (rate, taken) = match self.limit {
            // AWS's bucket was empty at the cut before and is now: what it took in between is what it takes.
            Some(limit) => (limit.rate(), self.taken / period.max(f64::EPSILON)),
            // What AWS had saved up is part of what it took.
            None => (self.sent / period.max(1.0), self.taken / period.max(1.0)),
        };
        let after = (CUT * taken).clamp(LEAST_LEFT * rate, CUT * rate).max(SLOWEST);
        // One request, the first that was throttled, may follow its backoff; AWS's bucket gets a round trip to fill a
        // little, or the next requests would be throttled for no more than their jitter.
        let saved = if self.limit.is_none() { 1.0 } else { self.tokens.min(1.0) };
        self.tokens = saved - after * self.round_trip.as_secs_f64();
        self.limit = Some(Limit { ceiling: after / CUT, probed: 0.0 });
        self.waited = self.now;
        (self.sent, self.taken, self.counted) = (0.0, 0.0, self.now);
        self.settled = self.now + self.round_trip;
    }

    /// Requests a second.
    fn rate(&self) -> f64 {
        self.limit.map_or(FIRST_BURST, |limit| limit.rate())
    }

    /// The most tokens that may be saved up.
    fn most(&self) -> f64 {
        match self.limit {
            Some(limit) => limit.rate().max(1.0),
            // Those who wait will take theirs at once.
            None => FIRST_BURST + f64::from(self.waiting),
        }
    }
}

impl Limit {
    fn rate(&self) -> f64 {
        let distance = self.probed / PLATEAU - 1.0;
        let obsolete = ((OBSOLETE - 1.0) / (1.0 - CUT)).cbrt();
        if distance < obsolete {
            self.ceiling * (1.0 + (1.0 - CUT) * distance.powi(3))
        } else {
            self.ceiling * OBSOLETE * ((distance - obsolete) * PLATEAU).min(MOST_DOUBLINGS).exp2()
        }
    }
}
