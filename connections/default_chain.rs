//! `awsDefault`: the machine's own credentials, by the SDK's default chain.

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use glue_runtime::aws::send_error::innermost;
use glue_runtime::aws::sts::SdkContext;
use glue_runtime::connection::{Connection, ConnectionMeta};
use glue_runtime::{Deadline, Error, Hint, Kind, Result};
use schemars::JsonSchema;
use serde::Deserialize;

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

    fn account(&self) -> &str {
        self.profile.as_deref().unwrap_or_default()
    }

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

/// Loads the machine's own credentials by the SDK's default chain.
///
/// # Errors
/// `connection` when there are none or they cannot be used; `timeout` or `cancelled`.
pub(crate) async fn load_from_machine(
    profile: Option<&str>,
    sdk: &SdkContext,
    deadline: &Deadline,
) -> Result<Credentials> {
    let mut config = ProviderConfig::without_region().with_region(sdk.config().region().cloned());
    if let Some(http) = sdk.config().http_client() {
        config = config.with_http_client(http);
    }
    let mut chain = DefaultCredentialsChain::builder().configure(config);
    if let Some(profile) = profile {
        chain = chain.profile_name(profile);
    }
    let load = async { chain.build().await.provide_credentials().await };
    deadline.run("while the machine's credentials were looked for", load).await?.map_err(|problem| explain(&problem))
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
