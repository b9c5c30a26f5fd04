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

    /// Codes or statuses, and their rule: kind, the seconds after which a retry is worth it, and a word of the advice.
    type Row = (&'static [&'static str], Kind, Option<u64>, &'static str);

    const CODES: &[Row] = &[
        (&["InvalidInputException", "ValidationException", "ValidationError"], Kind::InvalidInput, None, "Correct"),
        (&["InvalidParameterValue", "InvalidParameterCombination"], Kind::InvalidInput, None, "Correct"),
        (
            &["MalformedPolicyDocument", "PackedPolicyTooLarge", "SerializationException"],
            Kind::InvalidInput,
            None,
            "Correct",
        ),
        (&["EntityNotFoundException", "ResourceNotFoundException"], Kind::NotFound, None, "region"),
        (&["AlreadyExistsException", "IdempotentParameterMismatchException"], Kind::AlreadyExists, None, "another"),
        (&["CrawlerRunningException", "CrawlerStoppingException"], Kind::Conflict, Some(30), "to finish"),
        (&["CrawlerNotRunningException"], Kind::Conflict, None, "no crawl"),
        (&["ConcurrentRunsExceededException"], Kind::Conflict, Some(5), "concurrency"),
        (&["IllegalWorkflowStateException"], Kind::Conflict, None, "workflow"),
        (&["ConcurrentModificationException"], Kind::Conflict, Some(1), "Someone else"),
        (&["ThrottlingException", "Throttling", "ThrottledException"], Kind::Throttled, Some(1), "slow down"),
        (&["RequestThrottledException", "RequestThrottled", "SlowDown"], Kind::Throttled, Some(1), "slow down"),
        (&["TooManyRequestsException", "RequestLimitExceeded"], Kind::Throttled, Some(1), "slow down"),
        (&["BandwidthLimitExceeded", "PriorRequestNotComplete"], Kind::Throttled, Some(1), "slow down"),
        (&["ProvisionedThroughputExceededException", "LimitExceededException"], Kind::Throttled, Some(1), "slow down"),
        (&["EC2ThrottledException", "TransactionInProgressException"], Kind::Throttled, Some(1), "slow down"),
        (&["ResourceNumberLimitExceededException"], Kind::LimitExceeded, Some(60), "quota"),
        (&["AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "403"], Kind::AccessDenied, None, ""),
        (&["GlueEncryptionException"], Kind::AccessDenied, None, "KMS"),
        (&["UnrecognizedClientException", "InvalidClientTokenId"], Kind::Connection, None, "access key"),
        (&["InvalidAccessKeyId", "AuthFailure", "OptInRequired"], Kind::Connection, None, "access key"),
        (&["SignatureDoesNotMatch", "InvalidSignatureException"], Kind::Connection, None, "Secret Access Key"),
        (&["IncompleteSignature", "IncompleteSignatureException"], Kind::Connection, None, "Secret Access Key"),
        (
            &["MissingAuthenticationToken", "MissingAuthenticationTokenException"],
            Kind::Connection,
            None,
            "Secret Access Key",
        ),
        (&["ExpiredTokenException", "ExpiredToken", "TokenRefreshRequired"], Kind::Connection, None, "expired"),
        (&["RequestExpired", "RequestTimeTooSkewed"], Kind::Connection, None, "clock differs"),
        (&["RegionDisabledException"], Kind::Connection, None, "STS region"),
        (&["404"], Kind::NotFound, None, "endpoint"),
        (&["429"], Kind::Throttled, Some(1), "slow down"),
        (&["400", "413", "499"], Kind::InvalidInput, None, "Correct"),
    ];

    /// Failures after which the change may have been made.
    const FAILURES: &[&str] =
        &["OperationTimeoutException", "RequestTimeout", "RequestTimeoutException", "408", "500", "503", "302"];

    fn rule(code: &str) -> ErrorRule {
        // An unknown code goes by its status.
        code.parse().map_or_else(|_| ErrorRule::of(code, 400), |status| ErrorRule::of("TomorrowException", status))
    }

    #[test]
    fn every_code_has_its_rule() {
        for (codes, kind, seconds, word) in CODES {
            for code in *codes {
                let rule = rule(code);
                assert_eq!(rule.kind, *kind, "{code}");
                assert_eq!(rule.retryable, seconds.is_some(), "{code}");
                assert_eq!(rule.retry_after, seconds.map(Duration::from_secs), "{code}");
                assert!(!rule.may_have_acted, "{code}");
                assert!(rule.advice.contains(word), "{code}: {}", rule.advice);
                assert_eq!(rule.advice.is_empty(), word.is_empty(), "{code}");
            }
        }
        for code in FAILURES {
            let rule = rule(code);
            assert!(rule.retryable && rule.kind == Kind::Service && rule.may_have_acted, "{code}");
            assert_eq!(rule.retry_after, Some(Duration::from_secs(1)), "{code}");
        }
    }

    #[test]
    fn only_an_expiry_needs_other_credentials() {
        for code in ["ExpiredTokenException", "ExpiredToken", "TokenRefreshRequired"] {
            assert!(is_expired(Some(code)), "{code}");
        }
        assert!(!is_expired(Some("AccessDenied")) && !is_expired(None));
    }
}
