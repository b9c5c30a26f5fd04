//! `awsAssumeRole`: temporary credentials of a role, requested with a key pair or with the machine's own credentials.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sdk_sts::operation::assume_role::AssumeRoleOutput;
use glue_runtime::aws::retry::{self, Attempts, SendFuture};
use glue_runtime::aws::sts::SdkContext;
use glue_runtime::connection::{Connection, ConnectionMeta};
use glue_runtime::http::transport::Sent;
use glue_runtime::{Deadline, Error, Kind, Result, Secret};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::default_chain::load_from_machine;

/// The form of an assumed role connection.
#[derive(Debug, Deserialize, JsonSchema)]
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
    /// Session name in AWS's logs. Default: `glue-connector`.
    #[schemars(length(min = 2, max = 64), regex(pattern = r"^[\w+=,.@-]*$"), extend("x-advanced" = true))]
    role_session_name: Option<String>,
    /// # Session Duration
    /// Lifetime of the temporary credentials, in seconds; the role may allow less. Default: 3600.
    #[schemars(range(min = 900, max = 43200), extend("x-advanced" = true))]
    duration_seconds: Option<i32>,
    /// # STS Region
    /// The region whose STS is asked for the credentials. Default: the region of the request.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[A-Za-z0-9-]+$"), extend("x-advanced" = true))]
    sts_region: Option<String>,
}

impl Connection for AssumeRole {
    const META: ConnectionMeta = ConnectionMeta {
        key: "awsAssumeRole",
        label: "AWS Role ARN",
        description: "Connect to AWS using an assumed role",
    };

    /// A key pair is whole or absent.
    fn validate(&self) -> Result<()> {
        let missing = |name: &str| {
            let message = format!(
                "`{name}` is required with the other half of the key pair. Give both, or leave both blank to use the \
                 machine's own credentials."
            );
            Err(Error::invalid_input(format!("/{name}"), message))
        };
        match (&self.access_key_id, &self.secret_access_key) {
            (None, Some(_)) => missing("accessKeyId"),
            (None, None) if self.session_token.is_some() => missing("accessKeyId"),
            (Some(_), None) => missing("secretAccessKey"),
            _ => Ok(()),
        }
    }

    fn uses_machine_identity(&self) -> bool {
        self.access_key_id.is_none()
    }

    async fn load(&self, sdk: &SdkContext, deadline: &Deadline) -> Result<Credentials> {
        let base = match self.key_pair() {
            Some(keys) => keys,
            None => load_from_machine(None, sdk, deadline).await?,
        };
        let sts = sdk.sts(self.sts_region.as_deref(), base);
        let request = |_: &Sent| -> SendFuture<'_, AssumeRoleOutput> {
            let request = sts
                .assume_role()
                .role_arn(&self.role_arn)
                .role_session_name(self.role_session_name.as_deref().unwrap_or("glue-connector"))
                .set_external_id(self.external_id.clone())
                .set_duration_seconds(self.duration_seconds);
            Box::pin(async { Ok(request.send().await?) })
        };
        let answer =
            retry::send(&sdk.sts_call("AssumeRole"), None, None, deadline, &Attempts::default(), &request).await;
        let keys = answer.map_err(explain_refusal)?.credentials;
        let no_keys = || Error::new(Kind::BadResponse, "STS answered AssumeRole without credentials.");
        let keys = keys.ok_or_else(no_keys)?;
        let expiry = SystemTime::try_from(keys.expiration).ok();
        let token = Some(keys.session_token);
        Ok(Credentials::new(keys.access_key_id, keys.secret_access_key, token, expiry, Self::META.key))
    }
}

impl AssumeRole {
    /// The credentials that assume the role, if the form has some.
    fn key_pair(&self) -> Option<Credentials> {
        let (id, secret) = (self.access_key_id.as_ref()?, self.secret_access_key.as_ref()?);
        let token = self.session_token.as_ref().map(|token| token.expose().to_owned());
        Some(Credentials::new(id, secret.expose(), token, None, Self::META.key))
    }
}

/// Makes a refusal by STS an error of the connection, whatever STS calls it.
fn explain_refusal(mut error: Box<Error>) -> Box<Error> {
    if matches!(error.kind, Kind::AccessDenied | Kind::InvalidInput | Kind::NotFound) {
        error.kind = Kind::Connection;
        error.message = format!(
            "The role could not be assumed: {} Check the Role ARN, the External ID, and that the role's trust policy \
             names the base credentials.",
            error.message
        );
    }
    error
}
