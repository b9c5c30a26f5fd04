//! `apiKeySecret`: an access key and its secret.

use aws_credential_types::Credentials;
use glue_runtime::aws::sts::SdkContext;
use glue_runtime::connection::{Connection, ConnectionMeta};
use glue_runtime::{Deadline, Result, Secret};
use schemars::JsonSchema;
use serde::Deserialize;

/// The form of an access key connection.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeySecret {
    /// # Access Key ID
    /// An AWS IAM Access Key ID
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^\w+$"))]
    access_key_id: String,
    /// # Secret Access Key
    /// An AWS IAM Secret Access Key
    #[schemars(length(min = 1, max = 1024), regex(pattern = r"^\S+$"))]
    secret_access_key: Secret,
    /// # Session Token
    /// The token that belongs to temporary keys. Leave it blank for the keys of an IAM user.
    #[schemars(length(max = 16384), regex(pattern = r"^\S+$"))]
    session_token: Option<Secret>,
}

impl Connection for ApiKeySecret {
    const META: ConnectionMeta = ConnectionMeta {
        key: "apiKeySecret",
        label: "AWS Glue Access Key and Secret",
        description: "Authenticates requests to AWS Glue using an API Key and API Secret.",
    };
    const STATIC: bool = true;

    fn uses_machine_identity(&self) -> bool {
        false
    }

    async fn load(&self, _: &SdkContext, _: &Deadline) -> Result<Credentials> {
        let token = self.session_token.as_ref().map(|token| token.expose().to_owned());
        Ok(Credentials::new(&self.access_key_id, self.secret_access_key.expose(), token, None, Self::META.key))
    }
}
