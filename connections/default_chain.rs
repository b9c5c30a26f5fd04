//! `awsDefault`: the machine's own credentials, by the SDK's default chain.

use std::error::Error as StdError;
use std::io;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::default_provider::use_fips::use_fips_provider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::error::ProvideErrorMetadata;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use glue_runtime::aws::send_error::innermost;
use glue_runtime::aws::sts::SdkContext;
use glue_runtime::connection::{Connection, ConnectionMeta};
use glue_runtime::{Deadline, Error, Hint, Kind, Result};
use schemars::JsonSchema;
use serde::Deserialize;

/// The most attempts of the SDK's own clients, unless somebody bounds them.
const SDK_ATTEMPTS: u32 = 3;

/// The form of a default credentials connection.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DefaultChain {
    /// # Profile
    /// The profile of the shared AWS configuration files. Without it, AWS_PROFILE and then the profile called default apply.
    #[schemars(length(max = 255))]
    profile: Option<String>,
}

impl Connection for DefaultChain {
    const META: ConnectionMeta = ConnectionMeta {
        key: "awsDefault",
        label: "AWS Default Credentials",
        description: "Uses the credentials of the machine: environment, shared files, SSO, web identity, container or instance.",
    };

    fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    fn uses_machine_identity(&self) -> bool {
        true
    }

    async fn load(&self, sdk: &SdkContext, deadline: &Deadline) -> Result<Credentials> {
        load_from_machine(self.profile.as_deref(), sdk, deadline).await
    }
}

/// Loads the machine's own credentials: those of `profile` and no others, or else by the SDK's default chain.
///
/// # Errors
/// `connection` when there are none or they cannot be used; `timeout` or `cancelled`.
pub(crate) async fn load_from_machine(
    profile: Option<&str>,
    sdk: &SdkContext,
    deadline: &Deadline,
) -> Result<Credentials> {
    let settings = sdk.config();
    let mut config = ProviderConfig::without_region()
        .with_region(settings.region().cloned())
        .with_use_fips(settings.use_fips())
        .with_use_dual_stack(settings.use_dual_stack())
        .with_retry_config(RetryConfig::standard().with_max_attempts(sdk.max_attempts().min(SDK_ATTEMPTS)));
    if let Some(http) = settings.http_client() {
        config = config.with_http_client(http);
    }
    let during = "while the machine's credentials were looked for";
    let Some(profile) = profile else {
        let load = async {
            // The chain's own clients take endpoints from a profile that was read before they are built.
            let _ = use_fips_provider(&config).await;
            let mut chain = DefaultCredentialsChain::builder().configure(config);
            chain.set_region(settings.region().cloned());
            chain.build().await.provide_credentials().await
        };
        return deadline.run(during, Box::pin(load)).await?.map_err(|problem| explain(&problem));
    };
    let provider = ProfileFileCredentialsProvider::builder().configure(&config).profile_name(profile).build();
    let outcome = deadline.run(during, provider.provide_credentials()).await?;
    outcome.map_err(|problem| explain_profile(profile, &problem))
}

fn explain_profile(profile: &str, problem: &CredentialsError) -> Box<Error> {
    match problem {
        CredentialsError::CredentialsNotLoaded(_) => {
            Error::new(Kind::Connection, format!("The profile `{profile}` names no credentials."))
        }
        // The SDK has it behind a feature that brings the client of one more service, and elliptic curves.
        problem if innermost(problem).contains("login session") => Error::new(
            Kind::Connection,
            format!(
                "The profile `{profile}` has a `login_session` of `aws login`, which cannot be used here: use SSO."
            ),
        ),
        other => explain(other),
    }
}

fn explain(problem: &CredentialsError) -> Box<Error> {
    match problem {
        CredentialsError::CredentialsNotLoaded(_) => Error::new(
            Kind::Connection,
            "No AWS credentials were found on this machine: the environment, the shared files, web identity, container \
             and instance have none.",
        )
        .with_hint(Hint::Connection),
        CredentialsError::ProviderTimedOut(_) => {
            Error::new(Kind::Connection, "The machine's credentials did not arrive in time.").retryable(None)
        }
        other => {
            let reason = reason(other);
            let message = format!(
                "No AWS credentials of this machine can be used; the source that was asked last says: {reason}."
            );
            Error::new(Kind::Connection, message).with_hint(Hint::Connection)
        }
    }
}

/// The words of the SDK's errors that tell which source failed, and ours for it.
const SOURCES: &[(&str, &str)] = &[
    (
        "external process",
        "the profile's `credential_process` failed, or printed no credentials; run it by hand to see why",
    ),
    ("SSO", "the cached SSO session is missing, expired or not accepted; log in again with `aws sso login`"),
    ("Login token", "the cached login is missing, expired or not accepted; log in again with `aws login`"),
    ("WebIdentityToken", "the web identity token is not text"),
    ("IMDS", "the instance's metadata service gave no credentials"),
    ("HTTP credential provider", "the container's credential endpoint gave no credentials"),
    ("ECS provider", "the container's credential endpoint or its token is not set as it should be"),
];

/// The words before those on a profile; these name profiles and settings, and no values but names.
const PROFILE: &str = "ProfileFile provider could not be built: ";

/// The reason why a source gave nothing, in words of the system, of AWS's codes, or of ours. The SDK's own are not passed
/// on: they hold what a process printed, and parts of answers and tokens.
fn reason(problem: &(dyn StdError + 'static)) -> String {
    let causes = || std::iter::successors(Some(problem), |cause| (*cause).source());
    let texts = causes().map(ToString::to_string).collect::<Vec<_>>();
    let found = |words: &str| texts.iter().any(|text| text.contains(words));
    if let Some(profile) = texts.iter().find_map(|text| text.strip_prefix(PROFILE)) {
        return profile.trim_end_matches('.').to_owned();
    }
    let source = SOURCES.iter().find(|(words, _)| found(words)).map(|(_, ours)| (*ours).to_owned());
    let system = || {
        let problem =
            causes().filter_map(|cause| cause.downcast_ref::<io::Error>()).find(|it| it.raw_os_error().is_some());
        problem.map(ToString::to_string)
    };
    let refusal = || {
        let role =
            |cause: &(dyn StdError + 'static)| cause.downcast_ref::<AssumeRoleError>()?.code().map(str::to_owned);
        let web = |cause: &(dyn StdError + 'static)| {
            cause.downcast_ref::<AssumeRoleWithWebIdentityError>()?.code().map(str::to_owned)
        };
        let code = causes().find_map(|cause| role(cause).or_else(|| web(cause)))?;
        Some(format!("STS refused the role with {code}"))
    };
    source.or_else(refusal).or_else(system).unwrap_or_else(|| "it failed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_sdk_are_not_passed_on() {
        let said = |problem: CredentialsError| explain(&problem).message;
        let process = "Error retrieving credentials: external process exited with code 1. Stderr: canary";
        for (problem, expected) in [
            (CredentialsError::provider_error(process), "`credential_process` failed"),
            (
                CredentialsError::provider_error(CredentialsError::provider_error(process)),
                "`credential_process` failed",
            ),
            (CredentialsError::unhandled("missing field `canary` in cached SSO token file"), "aws sso login"),
            (CredentialsError::provider_error("failed to load credentials [canary]: canary"), "says: it failed."),
            (CredentialsError::provider_error(io::Error::from_raw_os_error(2)), "No such file or directory"),
            (CredentialsError::provider_error(io::Error::other("canary")), "says: it failed."),
            (CredentialsError::invalid_configuration(format!("{PROFILE}profile `a` was not defined.")), "profile `a`"),
        ] {
            let said = said(problem);
            assert!(said.contains(expected) && !said.contains("canary"), "{said}");
        }
    }
}
