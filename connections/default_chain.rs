//! `awsDefault`: the machine's own credentials, by the SDK's default chain.

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::default_provider::use_fips::use_fips_provider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
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
            // The chain's own words name files, profiles and endpoints, never a key.
            let reason = std::error::Error::source(other).map_or_else(|| other.to_string(), innermost);
            let reason = reason.trim_end_matches('.');
            let message = format!(
                "No AWS credentials of this machine can be used; the source that was asked last says: {reason}."
            );
            Error::new(Kind::Connection, message).with_hint(Hint::Connection)
        }
    }
}
