//! Polling: waits for something at AWS to end, with growing pauses, until a timeout.

use std::future::Future;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::Instant;

use crate::aws::Timestamp;
use crate::backoff::Backoff;
use crate::context::{Context, Progress};
use crate::error::{Error, Kind, Result};
use crate::redact::names::mask_url;
use crate::redact::redact_value;

/// The first pause between two status checks; the longest is the input's.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The time that a wait leaves for the reply when the deadline of the request ends it.
const REPLY_MARGIN: Duration = Duration::from_millis(100);

/// The field that bounds a wait. A form that has it belongs to an action that waits.
pub const TIMEOUT_FIELD: &str = "timeoutSeconds";

/// The waiting fields of a form.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Wait {
    /// # Timeout Seconds
    /// The longest wait. A wait that ends at its timeout is no failure: the data then say `"Done": false`, with a marker to wait on. The request's own deadline, where one is given, may end it earlier.
    #[serde(default = "an_hour")]
    #[schemars(range(min = 1, max = 518_400))]
    timeout_seconds: u32,
    /// # Poll Seconds
    /// The longest pause between two status checks. The first are shorter.
    #[serde(default = "quarter_minute")]
    #[schemars(range(min = 1, max = 3600))]
    poll_seconds: u32,
    /// # Fail On Unsuccessful
    /// Make an unsuccessful end an error. Otherwise it is data like any other.
    #[serde(default = "yes")]
    fail_on_unsuccessful: bool,
}

/// The timeout of a wait that names none.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_hours(1);

#[allow(clippy::cast_possible_truncation, reason = "an hour")]
const fn an_hour() -> u32 {
    DEFAULT_TIMEOUT.as_secs() as u32
}

const fn quarter_minute() -> u32 {
    15
}

const fn yes() -> bool {
    true
}

/// The phase of something that is polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It has not ended.
    InProgress,
    /// It has ended as it should.
    Succeeded,
    /// It has ended otherwise.
    Failed,
}

/// The status of something at AWS that runs until it ends.
pub trait Pollable: Serialize + Send {
    /// The member that holds it in the details of an error: `JobRun`.
    const NAME: &'static str;

    /// The phase that its state means.
    fn phase(&self) -> Phase;
    /// Its state, as AWS calls it.
    fn state(&self) -> Option<&str>;
    /// The time of its start.
    fn started(&self) -> Option<Timestamp>;
    /// The time of its end.
    fn ended(&self) -> Option<Timestamp>;
    /// The reason of its end, in AWS's own words.
    fn reason(&self) -> Option<&str>;
}

/// The result of a wait.
#[derive(Debug)]
pub struct PollResult<T> {
    /// True when it has ended.
    pub done: bool,
    /// The latest status; nothing when every status check failed.
    pub latest: Option<T>,
}

impl<T: Pollable> PollResult<T> {
    /// The latest state.
    #[must_use]
    pub fn state(&self) -> Option<String> {
        self.latest.as_ref()?.state().map(str::to_owned)
    }

    /// The time from the start to the end, or until now.
    #[must_use]
    pub fn duration_seconds(&self) -> Option<f64> {
        let latest = self.latest.as_ref()?;
        let end = latest.ended().filter(|_| self.done).unwrap_or_else(Timestamp::now);
        Some(end.since(latest.started()?).as_seconds_f64().max(0.0))
    }
}

impl Wait {
    /// Polls until it has ended or the timeout comes. `check` gets the pause that the poll is in: a status that another
    /// wait has seen within it is as good.
    ///
    /// A failed status check does not fail the wait; it is retried until the timeout. Until one has succeeded, a
    /// permanent failure ends the wait.
    ///
    /// # Errors
    /// `jobFailed` for an unsuccessful end of `what`, unless that is to be data; `cancelled`; a permanent failure
    /// before any check has succeeded.
    pub async fn poll<T, F>(
        &self,
        cx: &Context,
        what: &str,
        check: impl Fn(Duration) -> F + Send + Sync,
    ) -> Result<PollResult<T>>
    where
        T: Pollable,
        F: Future<Output = Result<T>> + Send,
    {
        cx.release_room();
        let until_reply = cx.deadline().remaining().saturating_sub(REPLY_MARGIN);
        let limit = Duration::from_secs(self.timeout_seconds.into()).min(until_reply);
        let began = Instant::now();
        let end = began + limit;
        let longest = Duration::from_secs(self.poll_seconds.into());
        let mut backoff = Backoff::new(FIRST_PAUSE, longest, 1.5, (0.75, 1.25));
        let mut latest = None;
        loop {
            // Large, and gone while the wait sleeps.
            match tokio::time::timeout_at(end, Box::pin(check(backoff.nominal()))).await {
                Err(_) => return Ok(PollResult { done: false, latest }),
                Ok(Ok(status)) => match status.phase() {
                    Phase::InProgress => {
                        let state = status.state().unwrap_or_default().to_owned();
                        cx.report(Progress { state, elapsed: began.elapsed(), limit });
                        latest = Some(status);
                    }
                    Phase::Failed if self.fail_on_unsuccessful => return Err(unsuccessful(what, &status)),
                    Phase::Succeeded | Phase::Failed => return Ok(PollResult { done: true, latest: Some(status) }),
                },
                Ok(Err(error)) if error.kind == Kind::Cancelled => return Err(error),
                Ok(Err(error)) if latest.is_none() && !is_transient(&error) => return Err(error),
                Ok(Err(error)) => tracing::warn!(kind = ?error.kind, "a status check failed; it is retried"),
            }
            let next = (Instant::now() + backoff.next_pause()).min(end);
            if let Err(error) = cx.wait_for("while it waited", tokio::time::sleep_until(next)).await
                && error.kind == Kind::Cancelled
            {
                return Err(error);
            }
            if Instant::now() >= end {
                return Ok(PollResult { done: false, latest });
            }
        }
    }
}

fn is_transient(error: &Error) -> bool {
    error.retryable || error.kind == Kind::Timeout
}

/// The error for an unsuccessful end, in AWS's own words.
fn unsuccessful<T: Pollable>(what: &str, ended: &T) -> Box<Error> {
    let mut reason = ended.reason().map(|reason| format!(": {}", reason.trim_end_matches('.'))).unwrap_or_default();
    // What fails often names the URL that it could not reach.
    mask_url(&mut reason);
    let mut details = json!({ T::NAME: ended });
    // An argument may hold a secret, and errors end up in logs.
    redact_value("", &mut details);
    let message = format!("{what} ended {}{reason}.", ended.state().unwrap_or_default());
    Error::new(Kind::JobFailed, message).with_details(details)
}
