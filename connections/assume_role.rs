//! `awsAssumeRole`: temporary credentials of a role, asked for with a key pair or the default chain.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::connection::{Fields, Meta, Plan};
use crate::credentials::{Keys, Role, Source};
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::settings::Settings;

/// The form of an assumed role connection.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssumeRole {
    /// # Role ARN
    /// An AWS IAM Role ARN
    #[schemars(length(min = 20, max = 2048), regex(pattern = r"^arn:[a-z0-9-]+:iam::[0-9]{12}:role/[^\x00-\x1F]+$"), extend("x-aliases" = ["roleARN"]))]
    role_arn: String,
    /// # Access Key ID
    /// An AWS IAM Access Key ID. Leave it and its secret blank to assume the role with the machine's own credentials.
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^\w+$"))]
    access_key_id: Option<String>,
    /// # Secret Access Key
    /// An AWS IAM Secret Access Key
    #[schemars(length(min = 1, max = 1024), regex(pattern = r"^\S+$"))]
    secret_access_key: Option<Secret>,
    /// # Session Token
    /// The token that belongs to temporary keys. Leave it blank for the keys of an IAM user.
    #[schemars(length(max = 16384), regex(pattern = r"^\S+$"))]
    session_token: Option<Secret>,
    /// # External ID
    /// The ID that the role's trust policy demands. Optional, but recommended: it keeps others from using your role through the same third party.
    #[schemars(length(min = 2, max = 1224), regex(pattern = r"^[\w+=,.@:/-]*$"))]
    external_id: Option<String>,
    /// # Role Session Name
    /// How the session is called in AWS's logs. Without it: glue-connector.
    #[schemars(length(min = 2, max = 64), regex(pattern = r"^[\w+=,.@-]*$"), extend("x-advanced" = true))]
    role_session_name: Option<String>,
    /// # Session Duration
    /// How long the temporary credentials last, in seconds; the role may allow less. Without it: 3600.
    #[schemars(range(min = 900, max = 43200), extend("x-advanced" = true))]
    duration_seconds: Option<i32>,
    /// # STS Region
    /// The region whose STS is asked for the credentials. Without it: the region of the request.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[A-Za-z0-9-]+$"), extend("x-advanced" = true))]
    sts_region: Option<String>,
    #[serde(flatten)]
    settings: Settings,
}

impl Fields for AssumeRole {
    const META: Meta =
        Meta { key: "awsAssumeRole", label: "AWS Role ARN", description: "Connect to AWS using an assumed role" };

    fn plan(self) -> Result<Plan> {
        let missing = |name: &str| {
            let message = format!(
                "`{name}` is required with the other half of the key pair. Give both, or leave both blank to use the machine's own credentials."
            );
            Error::invalid_input(format!("/connection/fields/{name}"), message)
        };
        let base = match (self.access_key_id, self.secret_access_key) {
            (Some(access_key_id), Some(secret_access_key)) => {
                Some(Keys { access_key_id, secret_access_key, session_token: self.session_token })
            }
            (None, None) if self.session_token.is_none() => None,
            (None, _) => return Err(missing("accessKeyId")),
            (Some(_), None) => return Err(missing("secretAccessKey")),
        };
        let role = Role {
            arn: self.role_arn,
            base,
            external_id: self.external_id,
            session_name: self.role_session_name.unwrap_or_else(|| "glue-connector".to_owned()),
            duration_seconds: self.duration_seconds,
            sts_region: self.sts_region,
        };
        Ok(Plan { source: Source::Role(Box::new(role)), settings: self.settings })
    }
}
