//! The one error of the connector: what went wrong, where, what it changed, whether to retry, and what to do.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// A result whose error is boxed: it is rare, and larger than most answers.
pub type Result<T> = std::result::Result<T, Box<Error>>;

/// The kind of a failure. Hosts branch on it, so a kind never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Not JSON, too large, or an unknown member, action, data source or connection key.
    InvalidRequest,
    /// A field is missing, unknown, of the wrong type or out of range, or AWS says so.
    InvalidInput,
    /// No region, no credentials, a refused role, expired or wrong keys.
    Connection,
    /// AWS refused the permission; the message names the IAM action.
    AccessDenied,
    /// The resource is not there.
    NotFound,
    /// The resource is there already.
    AlreadyExists,
    /// The resource's state does not allow it.
    Conflict,
    /// The rate of requests was exceeded.
    Throttled,
    /// An account limit was reached.
    LimitExceeded,
    /// The deadline passed.
    Timeout,
    /// The host cancelled the request.
    Cancelled,
    /// No connection could be made.
    Unreachable,
    /// AWS failed.
    Service,
    /// The answer of AWS was lost or could not be read.
    BadResponse,
    /// Some of several were done; `details` says which.
    PartialFailure,
    /// A run or crawl that was waited for ended unsuccessfully; `details` has it.
    JobFailed,
    /// A defect of the connector.
    Internal,
}

/// The change that a failed request made, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Effect {
    /// Nothing was changed.
    None,
    /// The change was made.
    Applied,
    /// The change may have been made.
    Unknown,
}

/// A setting of the host's that would have let the request succeed. This crate does not know how a host calls it: the
/// host adds its own words, and the field where it takes the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// The region of a request.
    Region,
    /// The deadline of a request.
    Deadline,
    /// The size of the largest answer that is read.
    AnswerLimit,
    /// Permission to see secrets.
    RevealSecrets,
    /// Permission to change something.
    Changes,
    /// Permission to use an operation.
    Operation,
    /// The connection of a request.
    Connection,
}

/// An error as replies carry it. The message is for the person who builds the flow and never holds a secret.
///
/// ```
/// use std::time::Duration;
///
/// use glue_runtime::{Effect, Error, Kind};
///
/// let error = Error::new(Kind::Throttled, "AWS asks to slow down.").retryable(Some(Duration::from_secs(1)));
/// assert_eq!((error.effect, error.retryable, error.retry_after_ms), (Effect::None, true, Some(1000)));
///
/// // Only an error that changed nothing can be retryable.
/// let lost = error.with_effect(Effect::Unknown);
/// assert!(!lost.retryable);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Error {
    /// The kind of the failure.
    pub kind: Kind,
    /// AWS's own error code, unchanged, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The reason and the remedy, for a person.
    pub message: String,
    /// JSON pointer into the request, where one field is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The change that the failed request made, if any.
    pub effect: Effect,
    /// The same request may be sent again: it may then succeed, and cannot repeat a change.
    pub retryable: bool,
    /// Milliseconds to wait before sending again, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// The HTTP status of AWS's answer, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// AWS's request ID, for a support case, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// More of some kinds, for programs; of `partialFailure` the items that succeeded and those that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
    /// The host's setting that would have helped.
    #[serde(skip)]
    pub hint: Option<Hint>,
}

impl Error {
    /// An error that changed nothing and is not worth a second try; the `with_` methods say otherwise.
    #[must_use]
    pub fn new(kind: Kind, message: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            kind,
            code: None,
            message: message.into(),
            field: None,
            effect: Effect::None,
            retryable: false,
            retry_after_ms: None,
            status: None,
            request_id: None,
            details: None,
            hint: None,
        })
    }

    /// An error about a field that is missing, unknown, of the wrong type or out of range. `field` is a JSON pointer into
    /// what was handed in: the input of an action, or the fields of a connection.
    #[must_use]
    pub fn invalid_input(field: impl Into<String>, message: impl Into<String>) -> Box<Self> {
        Self::new(Kind::InvalidInput, message).with_field(field)
    }

    /// Names the field at fault by a JSON pointer.
    #[must_use]
    pub fn with_field(mut self: Box<Self>, field: impl Into<String>) -> Box<Self> {
        self.field = Some(field.into());
        self
    }

    /// Puts the field at fault below another pointer: that of the input in a request, for one.
    #[must_use]
    pub fn with_field_prefix(mut self: Box<Self>, prefix: &str) -> Box<Self> {
        if let Some(field) = &mut self.field {
            field.insert_str(0, prefix);
        }
        self
    }

    /// Names the host's setting that would have helped.
    #[must_use]
    pub fn with_hint(mut self: Box<Self>, hint: Hint) -> Box<Self> {
        self.hint = Some(hint);
        self
    }

    /// Marks the request as one that may succeed later without repeating a change.
    #[must_use]
    pub fn retryable(mut self: Box<Self>, after: Option<Duration>) -> Box<Self> {
        self.retryable = true;
        self.retry_after_ms = after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// States what the request changed. Only a request that changed nothing is retryable.
    #[must_use]
    pub fn with_effect(mut self: Box<Self>, effect: Effect) -> Box<Self> {
        self.effect = effect;
        if effect != Effect::None {
            self.retryable = false;
            self.retry_after_ms = None;
        }
        self
    }

    /// Adds members to the details; those of the same name are replaced.
    pub fn add_details(&mut self, more: Value) {
        match (&mut self.details, more) {
            (Some(Value::Object(details)), Value::Object(more)) => details.extend(more),
            (details, more) => *details = Some(more),
        }
    }

    /// Adds what the kind has beyond its message, for programs.
    #[must_use]
    pub fn with_details(mut self: Box<Self>, details: Value) -> Box<Self> {
        self.details = Some(details);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
