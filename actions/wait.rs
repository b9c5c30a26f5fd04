//! Waiting for what goes on at AWS: how long, how often it is looked at, and what its end comes to.

use std::future::Future;
use std::time::Duration;

use glue_connections::{Error, Kind, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::Instant;

use crate::Context;
use crate::context::Progress;
use crate::mask::mask_value;
use crate::states::{Phase, Thing};
use crate::timestamp::Timestamp;

/// The first pause between two looks; each is longer than the one before, up to what is asked for.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// A wait that ends with the deadline of the request leaves this much to answer.
const TO_ANSWER: Duration = Duration::from_millis(100);

/// The fields of every action that waits.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Wait {
    /// # Timeout Seconds
    /// How long to wait. A wait that ends at its time is no failure: the data then say `"Done": false`, with a marker to wait on. The request's own deadline, where one is given, may end it earlier.
    #[serde(default = "an_hour")]
    #[schemars(range(min = 1, max = 518_400))]
    timeout_seconds: u32,
    /// # Poll Seconds
    /// The longest pause between two looks. The first are shorter.
    #[serde(default = "quarter_minute")]
    #[schemars(range(min = 1, max = 3600))]
    poll_seconds: u32,
    /// # Fail On Unsuccessful
    /// Make an unsuccessful end an error. Otherwise it is data like any other.
    #[serde(default = "yes")]
    fail_on_unsuccessful: bool,
}

/// How long a wait lasts that does not say.
pub(crate) const DEFAULT: Duration = Duration::from_hours(1);

#[allow(clippy::cast_possible_truncation, reason = "an hour")]
const fn an_hour() -> u32 {
    DEFAULT.as_secs() as u32
}

const fn quarter_minute() -> u32 {
    15
}

const fn yes() -> bool {
    true
}

/// Something at AWS that goes on until it ends, as a look finds it.
pub(crate) trait Followed: Serialize + Send {
    /// What it is; its states are in the table.
    const THING: Thing;

    fn state(&self) -> Option<&str>;
    fn started(&self) -> Option<Timestamp>;
    fn ended(&self) -> Option<Timestamp>;
    /// Why it ended as it did, in Glue's own words.
    fn reason(&self) -> Option<&str>;
}

/// How a wait ended.
#[derive(Debug)]
pub(crate) struct Waited<T> {
    pub(crate) done: bool,
    /// What was seen last; nothing when every look failed.
    pub(crate) seen: Option<T>,
}

impl<T: Followed> Waited<T> {
    /// The state that was seen last.
    pub(crate) fn state(&self) -> Option<String> {
        self.seen.as_ref()?.state().map(str::to_owned)
    }

    /// From the start to the end, or until now.
    pub(crate) fn duration_seconds(&self) -> Option<f64> {
        let seen = self.seen.as_ref()?;
        let end = seen.ended().filter(|_| self.done).unwrap_or_else(Timestamp::now);
        Some(end.since(seen.started()?).as_seconds_f64().max(0.0))
    }
}

impl Wait {
    /// Looks again and again until it has ended or the time is over. `look` gets the pause that it is in: what another
    /// has seen within it is as good.
    ///
    /// A look that fails never changes the verdict: it is tried again. Only the first may say that there is nothing to wait for.
    ///
    /// # Errors
    /// `jobFailed` for an unsuccessful end of `what`, unless that is to be data; `cancelled`; why the first look failed for good.
    pub(crate) async fn follow<T, F>(
        &self,
        cx: &Context,
        what: &str,
        look: impl Fn(Duration) -> F + Send + Sync,
    ) -> Result<Waited<T>>
    where
        T: Followed,
        F: Future<Output = Result<T>> + Send,
    {
        cx.leave_slot();
        let limit =
            Duration::from_secs(self.timeout_seconds.into()).min(cx.deadline.remaining().saturating_sub(TO_ANSWER));
        let began = Instant::now();
        let end = began + limit;
        let longest = Duration::from_secs(self.poll_seconds.into());
        let mut pause = FIRST_PAUSE.min(longest);
        let mut seen = None;
        loop {
            match tokio::time::timeout_at(end, look(pause)).await {
                Err(_) => return Ok(Waited { done: false, seen }),
                Ok(Ok(now)) => match T::THING.phase(now.state()) {
                    Phase::GoesOn => {
                        let state = now.state().unwrap_or_default().to_owned();
                        cx.report(Progress { state, waited: began.elapsed(), at_most: limit });
                        seen = Some(now);
                    }
                    Phase::Failed if self.fail_on_unsuccessful => return Err(unsuccessful(what, &now)),
                    Phase::Succeeded | Phase::Failed => return Ok(Waited { done: true, seen: Some(now) }),
                },
                Ok(Err(error)) if error.kind == Kind::Cancelled => return Err(error),
                Ok(Err(error)) if seen.is_none() && !passes(&error) => return Err(error),
                Ok(Err(error)) => tracing::warn!(kind = ?error.kind, "a look failed; the wait goes on"),
            }
            let pause_now = pause.mul_f64(0.75 + fastrand::f64() / 2.0);
            let waited = cx.deadline.bound(tokio::time::sleep_until((Instant::now() + pause_now).min(end))).await;
            if let Err(stop) = waited
                && let error = stop.into_error("while it waited")
                && error.kind == Kind::Cancelled
            {
                return Err(error);
            }
            if Instant::now() >= end {
                return Ok(Waited { done: false, seen });
            }
            pause = pause.mul_f64(1.5).min(longest);
        }
    }
}

fn passes(error: &Error) -> bool {
    error.retryable || error.kind == Kind::Timeout
}

/// What an unsuccessful end comes to, in Glue's own words.
fn unsuccessful<T: Followed>(what: &str, ended: &T) -> Box<Error> {
    let reason = ended.reason().map(|reason| format!(": {}", reason.trim_end_matches('.'))).unwrap_or_default();
    let mut details = json!({ format!("{:?}", T::THING): ended });
    // An argument may hold a secret, and errors end up in logs.
    mask_value("", &mut details);
    Error::new(Kind::JobFailed, format!("{what} ended {}{reason}.", ended.state().unwrap_or_default()))
        .with_details(details)
}
