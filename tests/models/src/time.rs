//! Time as models see it: it stands still until the schedule lets the next timer end, which may be at any step.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::ops::Add;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::task;

/// A timer as far ahead as this never ends.
pub const NEVER: Duration = Duration::from_hours(24 * 365);

/// An instant: the time since a model's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(Duration);

/// The clock of the schedule that is explored: its tasks take turns on one thread.
#[derive(Default)]
struct Clock {
    now: Duration,
    /// The timers that are waited for, by their end and their number.
    timers: BTreeMap<(Duration, u64), Waker>,
    made: u64,
    /// The clock's own task, while there are no timers.
    idle: Option<Waker>,
}

thread_local! {
    static CLOCK: RefCell<Clock> = RefCell::default();
}

/// Sets the clock to zero and starts it.
pub fn start() {
    drop(CLOCK.take());
    drop(task::spawn(async {
        loop {
            poll_fn(|cx| CLOCK.with_borrow_mut(|clock| clock.has_timers(cx))).await;
            task::yield_now().await;
            // Waking takes a step of the schedule: the clock must be free.
            let ended = CLOCK.with_borrow_mut(Clock::end_next_timer);
            ended.into_iter().for_each(Waker::wake);
        }
    }));
}

impl Clock {
    fn has_timers(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.timers.is_empty() {
            self.idle = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    fn end_next_timer(&mut self) -> Option<Waker> {
        let ((end, _), waker) = self.timers.pop_first()?;
        self.now = self.now.max(end);
        Some(waker)
    }
}

impl Instant {
    /// The present.
    #[must_use]
    pub fn now() -> Self {
        Self(CLOCK.with_borrow(|clock| clock.now))
    }

    /// The time since this instant.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        Self::now().0.saturating_sub(self.0)
    }

    /// The time since another instant; zero when that is later.
    #[must_use]
    pub const fn saturating_duration_since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0 + duration)
    }
}

/// A timer.
#[derive(Debug)]
pub struct Sleep {
    end: Duration,
    number: u64,
}

/// A timer that ends after `duration`.
#[must_use]
pub fn sleep(duration: Duration) -> Sleep {
    sleep_until(Instant::now() + duration)
}

/// A timer that ends at `end`.
#[must_use]
pub fn sleep_until(end: Instant) -> Sleep {
    let number = CLOCK.with_borrow_mut(|clock| {
        clock.made += 1;
        clock.made
    });
    Sleep { end: end.0, number }
}

/// Runs `work` until it is done, or `limit` is over.
///
/// # Errors
/// When `limit` is over first.
pub async fn timeout<F: Future>(limit: Duration, work: F) -> Result<F::Output, Elapsed> {
    crate::select! {
        biased;
        done = work => Ok(done),
        () = sleep(limit) => Err(Elapsed),
    }
}

/// The time that [`timeout`] gives is over.
#[derive(Debug)]
pub struct Elapsed;

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if Instant::now().0 >= self.end {
            return Poll::Ready(());
        }
        if self.end < NEVER {
            let idle = CLOCK.with_borrow_mut(|clock| {
                clock.timers.insert((self.end, self.number), cx.waker().clone());
                clock.idle.take()
            });
            idle.into_iter().for_each(Waker::wake);
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        CLOCK.with_borrow_mut(|clock| clock.timers.remove(&(self.end, self.number)));
    }
}
