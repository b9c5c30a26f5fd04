//! The failure of a request, for SDK calls and `ServiceClient` alike, and the error that callers get for it.

use std::error::Error as StdError;
use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body_util::LengthLimitError;

use super::clock::was_signed_at_wrong_time;
use super::error_body::ErrorBody;
use super::error_codes::ErrorRule;
use crate::error::{Effect, Error, Hint, Kind};
use crate::http::proxy::ProxyFault;
use crate::http::transport::{BoxError, ConnectTimeout, Sent, in_memory};

/// A request under way. Boxed also because the SDK's futures are tens of kilobytes: too large to be copied up through
/// every caller.
pub type SendFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, SendError>> + Send + 'a>>;

/// The failure of one attempt to send a request.
#[derive(Debug)]
pub enum SendError {
    /// The settings do not make a request; nothing was sent.
    NotSent(BoxError),
    /// No answer came, or none that can be read.
    NoAnswer(BoxError),
    /// The service answered with an error.
    Refused(Response<Bytes>),
}

impl SendError {
    /// True when AWS refused the request and told that it was signed with a time that it does not accept.
    pub(super) fn tells_the_time(&self) -> bool {
        matches!(self, Self::Refused(answer) if was_signed_at_wrong_time(answer))
    }
}

impl<E: StdError + Send + Sync + 'static> From<SdkError<E, HttpResponse>> for SendError {
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        match error {
            // A success that the SDK could not read is an error of the service to it, too.
            SdkError::ServiceError(answer) if !answer.raw().status().is_success() => {
                match answer.into_raw().try_into_http1x() {
                    Ok(answer) => Self::Refused(answer.map(|body| in_memory(&body))),
                    Err(problem) => Self::NoAnswer(problem.into()),
                }
            }
            error @ SdkError::ConstructionFailure(_) => Self::NotSent(error.into()),
            error => Self::NoAnswer(error.into()),
        }
    }
}

/// One operation of a service, as errors name it and retries treat it.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The service, as people call it.
    pub service: &'static str,
    /// The prefix of the service's actions in IAM policies.
    pub iam_prefix: &'static str,
    /// The operation, as AWS calls it.
    pub operation: &'a str,
    /// True for a change: then a lost answer leaves the effect unknown, and nothing is retried.
    pub changes: bool,
    /// The most attempts at it.
    pub max_attempts: u32,
}

impl Call<'_> {
    /// The effect of the call when its answer did not arrive.
    #[must_use]
    pub const fn effect_of_lost_answer(&self) -> Effect {
        if self.changes { Effect::Unknown } else { Effect::None }
    }

    /// The effect of the call when it was given up.
    pub(super) fn effect_without_answer(&self, sent: &Sent) -> Effect {
        if sent.may_have_left() { self.effect_of_lost_answer() } else { Effect::None }
    }

    /// The error for an attempt without an answer within `limit`.
    pub(super) fn timed_out(&self, limit: Duration, sent: &Sent) -> Box<Error> {
        let Self { service, operation, .. } = self;
        let message = format!("{service} did not answer {operation} within {} ms.", limit.as_millis());
        let effect = self.effect_without_answer(sent);
        let advice = if effect == Effect::Unknown { CHECK_BEFORE } else { TRY_AGAIN };
        Error::new(Kind::Timeout, format!("{message} {advice}"))
            .retryable(Some(Duration::from_secs(1)))
            .with_effect(effect)
    }

    /// The error for a failed attempt.
    pub(super) fn error(&self, failure: &SendError) -> Box<Error> {
        match failure {
            SendError::NotSent(cause) => unusable_settings(innermost(cause.as_ref())),
            SendError::NoAnswer(cause) if let Some(fault) = find::<ProxyFault>(cause.as_ref()) => {
                Error::new(Kind::Connection, format!("{fault}."))
            }
            SendError::NoAnswer(cause) if is_connect_error(cause.as_ref()) => self.unreachable(cause.as_ref()),
            SendError::NoAnswer(cause) => self.lost_answer(cause.as_ref()),
            SendError::Refused(answer) => {
                let ErrorBody { code, message } = ErrorBody::of(answer);
                let mut error = self.refused(answer.status().as_u16(), code, message.as_deref());
                error.status = Some(answer.status().as_u16());
                error.request_id = request_id(answer.headers());
                error
            }
        }
    }

    fn refused(&self, status: u16, code: Option<String>, message: Option<&str>) -> Box<Error> {
        let rule = ErrorRule::of(code.as_deref().unwrap_or_default(), status);
        let said = message.filter(|message| !message.trim().is_empty()).map_or_else(
            || {
                let what = code.as_deref().map_or_else(|| format!("HTTP status {status}"), str::to_owned);
                format!("{} refused {} with {what}", self.service, self.operation)
            },
            |message| message.trim().trim_end_matches('.').to_owned(),
        );
        let advice = match rule.kind {
            Kind::AccessDenied if rule.advice.is_empty() => {
                let permission = format!("{}:{}", self.iam_prefix, self.operation);
                format!("The connection needs the permission {permission} on this resource.")
            }
            _ => rule.advice.to_owned(),
        };
        let mut error = Error::new(rule.kind, format!("{said}. {advice}").trim_end().to_owned());
        error.code = code;
        if rule.retryable {
            error = error.retryable(rule.retry_after);
        }
        if rule.may_have_acted { error.with_effect(self.effect_of_lost_answer()) } else { error }
    }

    fn unreachable(&self, failure: &(dyn StdError + 'static)) -> Box<Error> {
        let reason = innermost(failure);
        let untrusted = reason.contains("certificate");
        let advice = if untrusted {
            "The server's certificate is not trusted: set the connection's `caBundle` if a proxy or a private endpoint \
             has its own authority."
        } else {
            "Check the AWS region, the endpoint and proxy of the connection, and this machine's network."
        };
        let message = format!("No connection to {} could be made: {reason}. {advice}", self.service);
        let error = Error::new(Kind::Unreachable, message);
        if untrusted { error } else { error.retryable(Some(Duration::from_secs(1))) }
    }

    fn lost_answer(&self, failure: &(dyn StdError + 'static)) -> Box<Error> {
        let Self { service, operation, .. } = self;
        if causes(failure).any(<dyn StdError>::is::<LengthLimitError>) {
            let message = format!("{service}'s answer to {operation} is larger than this process reads.");
            let error = Error::new(Kind::BadResponse, message).with_hint(Hint::AnswerLimit);
            return error.with_effect(self.effect_of_lost_answer());
        }
        let advice = if self.changes { CHECK_BEFORE } else { TRY_AGAIN };
        let reason = innermost(failure);
        let message = format!("{service}'s answer to {operation} was lost or cannot be read: {reason}. {advice}");
        let error = Error::new(Kind::BadResponse, message).retryable(Some(Duration::from_secs(1)));
        error.with_effect(self.effect_of_lost_answer())
    }
}

const CHECK_BEFORE: &str = "The change may have been made: check before you send it again.";
const TRY_AGAIN: &str = "Try again.";

fn is_connect_error(failure: &(dyn StdError + 'static)) -> bool {
    let failed_to_connect = |cause: &(dyn StdError + 'static)| {
        let client = cause.downcast_ref::<hyper_util::client::legacy::Error>();
        cause.is::<ConnectTimeout>() || client.is_some_and(hyper_util::client::legacy::Error::is_connect)
    };
    causes(failure).any(failed_to_connect)
}

fn find<'a, T: StdError + 'static>(failure: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    causes(failure).find_map(<dyn StdError>::downcast_ref)
}

fn causes<'a>(failure: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(failure), |cause| (*cause).source())
}

/// The words of an error's last cause, which names what happened and not only who reported it.
#[must_use]
pub fn innermost(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map_or_else(String::new, ToString::to_string)
}

/// The error for a connection whose settings do not fit together.
pub(super) fn unusable_settings(reason: impl Display) -> Box<Error> {
    Error::new(Kind::Connection, format!("The connection's settings do not make a request: {reason}."))
}

/// The ID by which AWS knows a request.
#[must_use]
pub fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("x-amzn-requestid").or_else(|| headers.get("x-amz-request-id"))?;
    id.to_str().ok().map(str::to_owned)
}
