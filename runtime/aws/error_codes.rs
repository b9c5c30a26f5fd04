//! The table from AWS's error codes to the connector's kinds, and nothing else.

use std::time::Duration;

use crate::error::Kind;

/// The meaning of an error code.
pub(super) struct ErrorRule {
    pub(super) kind: Kind,
    pub(super) retryable: bool,
    pub(super) retry_after: Option<Duration>,
    /// AWS may have made the change before it failed.
    pub(super) may_have_acted: bool,
    /// A sentence for the person who builds the flow. Blank for a missing permission: the operation names it.
    pub(super) advice: &'static str,
}

impl ErrorRule {
    const fn permanent(kind: Kind, advice: &'static str) -> Self {
        Self { kind, retryable: false, retry_after: None, may_have_acted: false, advice }
    }

    const fn transient(kind: Kind, after_seconds: u64, advice: &'static str) -> Self {
        Self {
            kind,
            retryable: true,
            retry_after: Some(Duration::from_secs(after_seconds)),
            may_have_acted: false,
            advice,
        }
    }

    /// A failure on AWS's side, which may have come after the change was made.
    const FAILED: Self = Self {
        kind: Kind::Service,
        retryable: true,
        retry_after: Some(Duration::from_secs(1)),
        may_have_acted: true,
        advice: "AWS failed to handle the request.",
    };

    /// The rule for an error code, or for the HTTP status of an error without a known code.
    ///
    /// Codes are those of the Glue and STS service models and of AWS's common errors
    /// (<https://docs.aws.amazon.com/glue/latest/webapi/CommonErrors.html>).
    pub(super) fn of(code: &str, status: u16) -> Self {
        match code {
            "InvalidInputException"
            | "ValidationException"
            | "ValidationError"
            | "InvalidParameterValue"
            | "InvalidParameterCombination"
            | "MalformedPolicyDocument"
            | "PackedPolicyTooLarge"
            | "SerializationException" => Self::permanent(Kind::InvalidInput, "Correct the input."),
            "EntityNotFoundException" | "ResourceNotFoundException" => {
                Self::permanent(Kind::NotFound, "Check the name, the AWS region and the account of the connection.")
            }
            "AlreadyExistsException" | "IdempotentParameterMismatchException" => {
                Self::permanent(Kind::AlreadyExists, "Choose another name, or use what is there.")
            }
            "CrawlerRunningException" | "CrawlerStoppingException" => {
                Self::transient(Kind::Conflict, 30, "Wait for the crawler to finish.")
            }
            "CrawlerNotRunningException" => Self::permanent(Kind::Conflict, "There is no crawl to stop."),
            "ConcurrentRunsExceededException" => {
                Self::transient(Kind::Conflict, 5, "Wait for a run to finish, or raise the job's maximum concurrency.")
            }
            "IllegalWorkflowStateException" => {
                Self::permanent(Kind::Conflict, "The state of the workflow's run does not allow this.")
            }
            "ConcurrentModificationException" => {
                Self::transient(Kind::Conflict, 1, "Someone else is changing it: try again.")
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
            | "TransactionInProgressException" => Self::transient(Kind::Throttled, 1, "AWS asks to slow down."),
            "ResourceNumberLimitExceededException" => Self::transient(
                Kind::LimitExceeded,
                60,
                "Remove what is not needed, wait for runs to finish, or ask AWS for a higher quota.",
            ),
            "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" => {
                Self::permanent(Kind::AccessDenied, "")
            }
            "GlueEncryptionException" => Self::permanent(
                Kind::AccessDenied,
                "The connection or the catalog needs the use of the KMS key: check the key's policy, and that it is enabled.",
            ),
            "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidAccessKeyId"
            | "AuthFailure"
            | "OptInRequired" => Self::permanent(
                Kind::Connection,
                "AWS does not know this access key: check the Access Key ID, and the session token of temporary keys.",
            ),
            "SignatureDoesNotMatch"
            | "InvalidSignatureException"
            | "IncompleteSignature"
            | "IncompleteSignatureException"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException" => Self::permanent(
                Kind::Connection,
                "The signature is not right: check the Secret Access Key, and this machine's clock.",
            ),
            "ExpiredTokenException" | "ExpiredToken" | "TokenRefreshRequired" => {
                Self::permanent(Kind::Connection, "The temporary credentials have expired: renew them.")
            }
            "RequestExpired" | "RequestTimeTooSkewed" => {
                Self::permanent(Kind::Connection, "This machine's clock differs from AWS's: set it.")
            }
            "RegionDisabledException" => Self::permanent(
                Kind::Connection,
                "STS is switched off in this region: choose another STS region, or activate it in IAM.",
            ),
            "OperationTimeoutException" | "RequestTimeout" | "RequestTimeoutException" => Self::FAILED,
            _ => match status {
                403 => Self::permanent(Kind::AccessDenied, ""),
                408 => Self::FAILED,
                404 => Self::permanent(Kind::NotFound, "Check the endpoint of the connection."),
                429 => Self::transient(Kind::Throttled, 1, "AWS asks to slow down."),
                400..=499 => Self::permanent(Kind::InvalidInput, "Correct the input."),
                _ => Self::FAILED,
            },
        }
    }
}

/// Error codes that refreshing the credentials can fix.
pub(super) fn is_expired(code: Option<&str>) -> bool {
    matches!(code, Some("ExpiredTokenException" | "ExpiredToken" | "TokenRefreshRequired"))
}

/// Error codes that a signature with another time can fix.
pub(super) fn may_mean_wrong_time(code: Option<&str>) -> bool {
    matches!(
        code,
        Some(
            "RequestTimeTooSkewed"
                | "RequestExpired"
                | "InvalidSignatureException"
                | "SignatureDoesNotMatch"
                | "AuthFailure"
                | "AccessDeniedException"
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_outs_of_a_request_are_transient_and_a_wrong_clock_is_named() {
        for (code, status) in [("", 408), ("RequestTimeout", 400), ("RequestTimeoutException", 400)] {
            let rule = ErrorRule::of(code, status);
            assert!(rule.retryable && rule.kind == Kind::Service && rule.may_have_acted, "{code} {status}");
        }
        for code in ["RequestExpired", "RequestTimeTooSkewed"] {
            let rule = ErrorRule::of(code, 403);
            assert!(rule.kind == Kind::Connection && rule.advice.contains("clock"), "{code}");
        }
        assert_eq!(ErrorRule::of("IllegalWorkflowStateException", 400).kind, Kind::Conflict);
    }
}
