//! One table from AWS's errors to ours, and the one loop that decides what is sent again.

use std::error::Error as StdError;
use std::fmt::Display;
use std::time::Duration;

use http::HeaderMap;
use http_body_util::LengthLimitError;

use crate::credentials::innermost;
use crate::deadline::Deadline;
use crate::error::{Effect, Error, Kind};
use crate::failure::{Failure, Refusal, Sending};
use crate::pace::Pace;

/// At most this many attempts, the deadline permitting: the first and four more.
const MAX_ATTEMPTS: u32 = 5;
/// Full jitter: a wait is anything up to this, doubled each time, and up to the cap.
const BACKOFF_BASE: Duration = Duration::from_millis(100);
const BACKOFF_CAP: Duration = Duration::from_secs(5);

/// One operation, as errors and the retry rule see it.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The AWS service, as people call it.
    pub service: &'static str,
    /// The operation, as AWS calls it.
    pub operation: &'a str,
    /// Whether it changes something: then a lost answer leaves the effect unknown and nothing is sent again.
    pub changes: bool,
    /// How fast AWS lets it be sent.
    pub pace: Option<&'a Pace>,
}

/// A call that failed: why, and after how many attempts.
#[derive(Debug)]
pub struct Fault {
    /// Why.
    pub error: Box<Error>,
    /// How many times the request was sent, or tried to be.
    pub attempts: u32,
}

impl Call<'_> {
    /// Sends `request` until it succeeds, fails for good, or the deadline ends it. Also says how many attempts it took.
    ///
    /// # Errors
    /// The last failure. A request that was under way when the deadline passed has an unknown effect if it changes something.
    pub async fn run<'a, T>(
        &self,
        deadline: &Deadline,
        request: &(dyn Fn() -> Sending<'a, T> + Sync),
    ) -> Result<(T, u32), Fault> {
        let mut attempts = 0;
        loop {
            if let Some(pace) = self.pace {
                pace.turn(deadline).await.map_err(|error| Fault { error, attempts })?;
            }
            attempts += 1;
            let error = match deadline.bound(request()).await {
                Ok(Ok(answer)) => {
                    self.pace.inspect(|pace| pace.speed_up());
                    return Ok((answer, attempts));
                }
                Ok(Err(failure)) => self.slow_down(self.classify(&failure)),
                Err(stop) => {
                    let error = stop.into_error(&format!("while {} answered {}", self.service, self.operation));
                    return Err(Fault { error: error.with_effect(self.uncertain()), attempts });
                }
            };
            tracing::debug!(operation = self.operation, attempts, kind = ?error.kind, code = ?error.code, "attempt failed");
            let wait = backoff(attempts);
            if attempts == MAX_ATTEMPTS || !is_sent_again(&error) || wait >= deadline.remaining() {
                return Err(Fault { error, attempts });
            }
            if let Err(stop) = deadline.bound(tokio::time::sleep(wait)).await {
                return Err(Fault {
                    error: stop.into_error(&format!("before {} was sent again", self.operation)),
                    attempts,
                });
            }
        }
    }

    /// A throttled request slows down all of its account and region, and may come back when their turn is over.
    fn slow_down(&self, error: Box<Error>) -> Box<Error> {
        match self.pace {
            Some(pace) if error.kind == Kind::Throttled => {
                let wait = pace.slow_down();
                error.retryable(Some(wait.max(Duration::from_secs(1))))
            }
            _ => error,
        }
    }

    /// What a change came to when its answer did not arrive.
    const fn uncertain(&self) -> Effect {
        if self.changes { Effect::Unknown } else { Effect::None }
    }

    fn classify(&self, failure: &Failure) -> Box<Error> {
        match failure {
            Failure::NotMade(cause) => unusable(innermost(cause.as_ref())),
            Failure::NoAnswer(cause) if made_no_connection(cause.as_ref()) => self.unreachable(cause.as_ref()),
            Failure::NoAnswer(cause) => self.lost_answer(cause.as_ref()),
            Failure::Refused(answer) => {
                let Refusal { code, message } = Refusal::of(answer);
                let mut error = self.refusal(answer.status().as_u16(), code, message.as_deref());
                error.status = Some(answer.status().as_u16());
                error.request_id = request_id(answer.headers());
                error
            }
        }
    }

    fn refusal(&self, status: u16, code: Option<String>, message: Option<&str>) -> Box<Error> {
        let rule = Rule::of(code.as_deref().unwrap_or_default(), status);
        let said = message.filter(|message| !message.trim().is_empty()).map_or_else(
            || {
                format!(
                    "{} refused {} with {}",
                    self.service,
                    self.operation,
                    code.as_deref().map_or_else(|| format!("HTTP status {status}"), str::to_owned)
                )
            },
            |message| message.trim().trim_end_matches('.').to_owned(),
        );
        let advice = match rule.kind {
            Kind::AccessDenied if rule.advice.is_empty() => {
                format!(
                    "The connection needs the permission {}:{} on this resource.",
                    self.service.to_lowercase(),
                    self.operation
                )
            }
            _ => rule.advice.to_owned(),
        };
        let mut error = Error::new(rule.kind, format!("{said}. {advice}").trim_end().to_owned());
        error.code = code;
        if rule.retryable {
            error = error.retryable(rule.retry_after);
        }
        if rule.acted == Acted::Unknown { error.with_effect(self.uncertain()) } else { error }
    }

    fn unreachable(&self, failure: &(dyn StdError + 'static)) -> Box<Error> {
        let reason = innermost(failure);
        let untrusted = reason.contains("certificate");
        let advice = if untrusted {
            "The server's certificate is not trusted: set the connection's `caBundle` if a proxy or a private endpoint has its own authority."
        } else {
            "Check the AWS region, the endpoint and proxy of the connection, and this machine's network."
        };
        let error = Error::new(
            Kind::Unreachable,
            format!("No connection to {} could be made: {reason}. {advice}", self.service),
        );
        if untrusted { error } else { error.retryable(Some(Duration::from_secs(1))) }
    }

    fn lost_answer(&self, failure: &(dyn StdError + 'static)) -> Box<Error> {
        if causes(failure).any(<dyn StdError>::is::<LengthLimitError>) {
            let message = format!(
                "{}'s answer to {} is larger than this process reads. Ask for less, or have the host raise --max-answer-mib.",
                self.service, self.operation
            );
            return Error::new(Kind::BadResponse, message).with_effect(self.uncertain());
        }
        let advice =
            if self.changes { "The change may have been made: look before you send it again." } else { "Try again." };
        let message = format!(
            "{}'s answer to {} was lost or cannot be read: {}. {advice}",
            self.service,
            self.operation,
            innermost(failure)
        );
        Error::new(Kind::BadResponse, message).retryable(Some(Duration::from_secs(1))).with_effect(self.uncertain())
    }
}

/// Only what passes by itself, and only where AWS did not act; a conflict passes too, but not within a request's time.
fn is_sent_again(error: &Error) -> bool {
    error.retryable && matches!(error.kind, Kind::Throttled | Kind::Unreachable | Kind::Service | Kind::BadResponse)
}

fn backoff(attempt: u32) -> Duration {
    BACKOFF_CAP.min(BACKOFF_BASE * 2_u32.pow(attempt)).mul_f64(fastrand::f64())
}

/// Whether AWS acted on a request that it answered with an error.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Acted {
    No,
    Unknown,
}

/// What an error code means.
struct Rule {
    kind: Kind,
    retryable: bool,
    retry_after: Option<Duration>,
    acted: Acted,
    advice: &'static str,
}

impl Rule {
    const fn refused(kind: Kind, advice: &'static str) -> Self {
        Self { kind, retryable: false, retry_after: None, acted: Acted::No, advice }
    }

    const fn passes(kind: Kind, after_seconds: u64, advice: &'static str) -> Self {
        Self { kind, retryable: true, retry_after: Some(Duration::from_secs(after_seconds)), acted: Acted::No, advice }
    }

    /// AWS failed on its side; what it had done by then it does not say.
    const FAILED: Self = Self {
        kind: Kind::Service,
        retryable: true,
        retry_after: Some(Duration::from_secs(1)),
        acted: Acted::Unknown,
        advice: "AWS failed to handle the request.",
    };

    /// The error table. Codes are those of the Glue and STS service models and of AWS's common errors
    /// (<https://docs.aws.amazon.com/glue/latest/webapi/CommonErrors.html>).
    fn of(code: &str, status: u16) -> Self {
        match code {
            "InvalidInputException"
            | "ValidationException"
            | "ValidationError"
            | "InvalidParameterValue"
            | "InvalidParameterCombination"
            | "MalformedPolicyDocument"
            | "PackedPolicyTooLarge"
            | "SerializationException" => Self::refused(Kind::InvalidInput, "Correct the input."),
            "EntityNotFoundException" | "ResourceNotFoundException" => {
                Self::refused(Kind::NotFound, "Check the name, the AWS region and the account of the connection.")
            }
            "AlreadyExistsException" | "IdempotentParameterMismatchException" => {
                Self::refused(Kind::AlreadyExists, "Choose another name, or use what is there.")
            }
            "CrawlerRunningException" | "CrawlerStoppingException" => {
                Self::passes(Kind::Conflict, 30, "Wait for the crawler to finish.")
            }
            "CrawlerNotRunningException" => Self::refused(Kind::Conflict, "There is no crawl to stop."),
            "ConcurrentRunsExceededException" => {
                Self::passes(Kind::Conflict, 5, "Wait for a run to finish, or raise the job's maximum concurrency.")
            }
            "ConcurrentModificationException" => {
                Self::passes(Kind::Conflict, 1, "Someone else is changing it: try again.")
            }
            "ThrottlingException"
            | "Throttling"
            | "ThrottledException"
            | "RequestThrottledException"
            | "RequestThrottled"
            | "TooManyRequestsException"
            | "RequestLimitExceeded"
            | "BandwidthLimitExceeded"
            | "SlowDown"
            | "PriorRequestNotComplete"
            | "ProvisionedThroughputExceededException"
            | "LimitExceededException"
            | "EC2ThrottledException"
            | "TransactionInProgressException" => Self::passes(Kind::Throttled, 1, "AWS asks to slow down."),
            "ResourceNumberLimitExceededException" => Self::passes(
                Kind::LimitExceeded,
                60,
                "Remove what is not needed, wait for runs to finish, or ask AWS for a higher quota.",
            ),
            "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" => Self::refused(Kind::AccessDenied, ""),
            "GlueEncryptionException" => Self::refused(
                Kind::AccessDenied,
                "The connection or the catalog needs the use of the KMS key: check the key's policy, and that it is enabled.",
            ),
            "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidAccessKeyId"
            | "AuthFailure"
            | "OptInRequired" => Self::refused(
                Kind::Connection,
                "AWS does not know this access key: check the Access Key ID, and the session token of temporary keys.",
            ),
            "SignatureDoesNotMatch"
            | "InvalidSignatureException"
            | "IncompleteSignature"
            | "IncompleteSignatureException"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException" => Self::refused(
                Kind::Connection,
                "The signature is not right: check the Secret Access Key, and this machine's clock.",
            ),
            "ExpiredTokenException" | "ExpiredToken" | "RequestExpired" | "TokenRefreshRequired" => {
                Self::refused(Kind::Connection, "The temporary credentials have expired: renew them.")
            }
            "RequestTimeTooSkewed" => Self::refused(Kind::Connection, "This machine's clock is wrong: set it."),
            "RegionDisabledException" => Self::refused(
                Kind::Connection,
                "STS is switched off in this region: choose another `stsRegion`, or activate it in IAM.",
            ),
            "OperationTimeoutException" => Self::FAILED,
            _ => match status {
                403 => Self::refused(Kind::AccessDenied, ""),
                404 => Self::refused(Kind::NotFound, "Check the endpoint of the connection."),
                429 => Self::passes(Kind::Throttled, 1, "AWS asks to slow down."),
                400..=499 => Self::refused(Kind::InvalidInput, "Correct the input."),
                _ => Self::FAILED,
            },
        }
    }
}

/// The codes that say that other credentials of the same connection may do.
#[must_use]
pub fn is_expired(error: &Error) -> bool {
    matches!(error.code.as_deref(), Some("ExpiredTokenException" | "ExpiredToken" | "TokenRefreshRequired"))
}

fn made_no_connection(failure: &(dyn StdError + 'static)) -> bool {
    causes(failure)
        .filter_map(|cause| cause.downcast_ref::<hyper_util::client::legacy::Error>())
        .any(hyper_util::client::legacy::Error::is_connect)
}

fn causes<'a>(failure: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(failure), |cause| (*cause).source())
}

/// The error for a connection whose settings do not fit together.
pub fn unusable(reason: impl Display) -> Box<Error> {
    Error::new(Kind::Connection, format!("The connection's settings do not make a request: {reason}."))
}

/// The ID by which AWS knows a request.
#[must_use]
pub fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("x-amzn-requestid").or_else(|| headers.get("x-amz-request-id"))?;
    id.to_str().ok().map(str::to_owned)
}
