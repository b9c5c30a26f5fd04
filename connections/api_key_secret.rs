//! `apiKeySecret`: an access key and its secret.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::connection::{Fields, Meta, Plan};
use crate::credentials::{Keys, Source};
use crate::error::Result;
use crate::secret::Secret;
use crate::settings::Settings;

/// The form of an access key connection.
#[derive(Deserialize, JsonSchema)]
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
    #[serde(flatten)]
    settings: Settings,
}

impl Fields for ApiKeySecret {
    const META: Meta = Meta {
        key: "apiKeySecret",
        label: "AWS Glue Access Key and Secret",
        description: "Authenticates requests to AWS Glue using an API Key and API Secret.",
    };

    fn plan(self) -> Result<Plan> {
        let keys = Keys {
            access_key_id: self.access_key_id,
            secret_access_key: self.secret_access_key,
            session_token: self.session_token,
        };
        Ok(Plan { source: Source::Keys(keys), settings: self.settings })
    }
}
