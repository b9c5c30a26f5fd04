//! A request's deadline: an instant, or the host's cancellation, whichever is first.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Hint, Kind, Result};

/// The instant at which a request must end, unless the host cancels it before.
///
/// ```
/// use std::time::Duration;
///
/// use glue_runtime::{Deadline, Kind};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let deadline = Deadline::uncancellable(Duration::from_millis(20));
/// assert_eq!(deadline.run("while it counted", async { 1 + 1 }).await, Ok(2));
///
/// let late = deadline.run("while it slept", tokio::time::sleep(Duration::from_secs(60))).await.unwrap_err();
/// assert_eq!(late.kind, Kind::Timeout);
/// assert_eq!(late.message, "The deadline of 20 ms passed while it slept.");
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct Deadline {
    at: Instant,
    limit: Duration,
    cancelled: CancellationToken,
}

impl Deadline {
    /// A deadline `limit` from now that `cancelled` can bring forward.
    #[must_use]
    pub fn new(limit: Duration, cancelled: CancellationToken) -> Self {
        Self { at: Instant::now() + limit, limit, cancelled }
    }

    /// A deadline that nobody can cancel, for work that must be finished when the request itself has ended.
    #[must_use]
    pub fn uncancellable(limit: Duration) -> Self {
        Self::new(limit, CancellationToken::new())
    }

    /// Runs `work` until it is done or the deadline ends it, whichever is first. `during` goes on with the sentence
    /// "The deadline passed …".
    ///
    /// # Errors
    /// `timeout` or `cancelled`, with the effect `none`; callers that sent a change know better.
    pub async fn run<T>(&self, during: impl Display, work: impl Future<Output = T>) -> Result<T> {
        tokio::select! {
            biased;
            done = work => Ok(done),
            () = self.cancelled.cancelled() => Err(cancelled(&during)),
            () = tokio::time::sleep_until(self.at) => Err(self.timed_out(&during)),
        }
    }

    /// Fails when the deadline has passed or the host has cancelled: before something is begun that cannot be undone.
    ///
    /// # Errors
    /// As [`Deadline::run`].
    pub fn check(&self, during: impl Display) -> Result<()> {
        if self.cancelled.is_cancelled() {
            return Err(cancelled(&during));
        }
        if self.remaining().is_zero() { Err(self.timed_out(&during)) } else { Ok(()) }
    }

    /// Sleeps for `pause`, unless the deadline comes first.
    ///
    /// # Errors
    /// As [`Deadline::run`].
    pub async fn sleep(&self, during: impl Display, pause: Duration) -> Result<()> {
        self.run(during, tokio::time::sleep(pause)).await
    }

    /// The time that is left; zero once the deadline has passed.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    fn timed_out(&self, during: &dyn Display) -> Box<Error> {
        let message = format!("The deadline of {} ms passed {during}.", self.limit.as_millis());
        Error::new(Kind::Timeout, message).with_hint(Hint::Deadline).retryable(None)
    }
}

fn cancelled(during: &dyn Display) -> Box<Error> {
    Error::new(Kind::Cancelled, format!("The host cancelled the request {during}.")).retryable(None)
}
