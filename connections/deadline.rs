//! The end that bounds everything a request does: its deadline, or the host's wish to cancel.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Kind};

/// When a request must end: at an instant, or as soon as the host cancels it.
#[derive(Clone, Debug)]
pub struct Deadline {
    at: Instant,
    limit: Duration,
    cancelled: CancellationToken,
}

/// Why a request was ended before it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The deadline passed; it was this long.
    TimedOut(Duration),
    /// The host cancelled the request.
    Cancelled,
}

impl Deadline {
    /// A deadline `limit` from now that `cancelled` can bring forward.
    #[must_use]
    pub fn new(limit: Duration, cancelled: CancellationToken) -> Self {
        Self { at: Instant::now() + limit, limit, cancelled }
    }

    /// Runs `work` until it is done or the deadline passes, whichever is first.
    ///
    /// # Errors
    /// Why the work was dropped unfinished.
    pub async fn bound<T>(&self, work: impl Future<Output = T>) -> Result<T, Stop> {
        tokio::select! {
            biased;
            done = work => Ok(done),
            () = self.cancelled.cancelled() => Err(Stop::Cancelled),
            () = tokio::time::sleep_until(self.at) => Err(Stop::TimedOut(self.limit)),
        }
    }

    /// One that nobody can cancel, for what must still be done when another has ended.
    #[must_use]
    pub fn of_its_own(limit: Duration) -> Self {
        Self::new(limit, CancellationToken::new())
    }

    /// How long is left; zero once it has passed.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }
}

impl Stop {
    /// The error that says so. Nothing was changed, unless the caller knows better.
    #[must_use]
    pub fn into_error(self, during: &str) -> Box<Error> {
        match self {
            Self::TimedOut(limit) => Error::new(
                Kind::Timeout,
                format!(
                    "The deadline of {} ms passed {during}. Give the request more time with `timeoutMs`.",
                    limit.as_millis()
                ),
            ),
            Self::Cancelled => Error::new(Kind::Cancelled, format!("The host cancelled the request {during}.")),
        }
        .retryable(None)
    }
}
