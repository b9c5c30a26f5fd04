//! What went wrong, where, what it changed, whether to try again, and what to do: the one error of the connector.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The result of everything here. The error is boxed: it is rare, and larger than most answers.
pub type Result<T> = std::result::Result<T, Box<Error>>;

/// What kind of failure it was. Hosts branch on this, so a kind never changes its meaning.
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
    /// What was waited for ended, but not well; `details` has it.
    JobFailed,
    /// A defect of the connector.
    Internal,
}

/// What the failed request changed.
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

/// An error as the protocol carries it. The message is for the person who builds the flow and never holds a secret.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Error {
    /// What kind of failure it was.
    pub kind: Kind,
    /// AWS's own error code, unchanged, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What went wrong and what to do about it.
    pub message: String,
    /// JSON pointer into the request, where one field is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What the failed request changed.
    pub effect: Effect,
    /// The same request may be sent again: it may then succeed, and cannot repeat a change.
    pub retryable: bool,
    /// How long to wait before sending again, in milliseconds, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// The HTTP status of AWS's answer, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// AWS's request ID, for a support case, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What a kind has to add; for `partialFailure` what succeeded and what failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
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
        })
    }

    /// A field that is missing, unknown, of the wrong type or out of range. `field` is a JSON pointer into the request.
    #[must_use]
    pub fn invalid_input(field: impl Into<String>, message: impl Into<String>) -> Box<Self> {
        Self::new(Kind::InvalidInput, message).with_field(field)
    }

    /// Says which field is at fault, as a JSON pointer into the request.
    #[must_use]
    pub fn with_field(mut self: Box<Self>, field: impl Into<String>) -> Box<Self> {
        self.field = Some(field.into());
        self
    }

    /// Says that the same request may succeed later without repeating a change.
    #[must_use]
    pub fn retryable(mut self: Box<Self>, after: Option<Duration>) -> Box<Self> {
        self.retryable = true;
        self.retry_after_ms = after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// Says what the request changed. Only what changed nothing may be sent again.
    #[must_use]
    pub fn with_effect(mut self: Box<Self>, effect: Effect) -> Box<Self> {
        self.effect = effect;
        if effect != Effect::None {
            self.retryable = false;
            self.retry_after_ms = None;
        }
        self
    }

    /// Adds what the kind has to say beyond its message.
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
