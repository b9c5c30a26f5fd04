//! The login to a store and the network to it, as `createConnection` takes them.

use std::collections::HashMap;

use aws_sdk_glue::types;
use glue_runtime::Secret;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::limits::{self, NAME, NO_SPACE, PRINTABLE};

/// The authentication properties of the connection.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Authentication {
    /// # Authentication Type
    /// The way to log in to the store.
    #[serde(rename = "authenticationType")]
    #[schemars(extend("enum" = ["BASIC", "OAUTH2", "CUSTOM", "IAM"]))]
    kind: Option<String>,
    /// # Secret ARN
    /// The secret in Secrets Manager that holds the credentials. Prefer it to every field that takes a credential itself.
    #[schemars(regex(pattern = r"^arn:aws(-(cn|us-gov|iso(-[bef])?))?:secretsmanager:.*$"))]
    secret_arn: Option<String>,
    /// # KMS Key ARN
    /// The key that encrypts the credentials.
    #[schemars(regex(pattern = r"^(|arn:aws[a-z0-9-]*:kms:.*)$"))]
    kms_key_arn: Option<String>,
    /// # Basic Authentication Credentials
    /// A user name and its password. Prefer a Secret ARN.
    basic_authentication_credentials: Option<BasicCredentials>,
    /// # Custom Authentication Credentials
    /// Names and values of credentials of a type of its own. Prefer a Secret ARN.
    #[serde(default)]
    #[schemars(schema_with = "limits::credentials")]
    custom_authentication_credentials: Option<HashMap<String, Secret>>,
    /// # OAuth2 Properties
    /// The properties for OAuth2 authentication.
    #[serde(rename = "oAuth2Properties")]
    oauth2_properties: Option<OAuth2Properties>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct BasicCredentials {
    /// # Username
    /// The username to connect to the data source.
    #[schemars(length(max = 512), regex(pattern = NO_SPACE))]
    username: Option<String>,
    /// # Password
    /// The password to connect to the data source.
    #[schemars(length(max = 512))]
    password: Option<Secret>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct OAuth2Properties {
    /// # OAuth2 Grant Type
    /// The way to obtain a token.
    #[serde(rename = "oAuth2GrantType")]
    #[schemars(extend("enum" = ["AUTHORIZATION_CODE", "CLIENT_CREDENTIALS", "JWT_BEARER", "REFRESH_TOKEN"]))]
    grant_type: Option<String>,
    /// # OAuth2 Client Application
    /// The client application: one that AWS manages, or one of your own.
    #[serde(rename = "oAuth2ClientApplication")]
    client_application: Option<ClientApplication>,
    /// # Token URL
    /// The URL of the provider's authentication server, to exchange an authorization code for an access token.
    #[schemars(
        length(max = 256),
        regex(pattern = r"^(https?)://[-a-zA-Z0-9+&@#/%?=~_|!:,.;]*[-a-zA-Z0-9+&@#/%=~_|]$")
    )]
    token_url: Option<String>,
    /// # Token URL Parameters
    /// Parameters that are added to the token GET request.
    #[serde(default)]
    #[schemars(schema_with = "limits::token_url_parameters")]
    token_url_parameters_map: Option<HashMap<String, String>>,
    /// # Authorization Code Properties
    /// The properties of the grant type AUTHORIZATION_CODE.
    authorization_code_properties: Option<AuthorizationCode>,
    /// # OAuth2 Credentials
    /// Credentials for OAuth2. Prefer a Secret ARN.
    #[serde(rename = "oAuth2Credentials")]
    credentials: Option<OAuth2Credentials>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ClientApplication {
    /// # User Managed Client ID
    /// The client ID of an application of your own.
    #[schemars(length(max = 2048), regex(pattern = NO_SPACE))]
    user_managed_client_application_client_id: Option<String>,
    /// # AWS Managed Reference
    /// The reference to an application that AWS manages.
    #[schemars(length(max = 2048), regex(pattern = NO_SPACE))]
    aws_managed_client_application_reference: Option<String>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AuthorizationCode {
    /// # Authorization Code
    /// A single-use code, which is exchanged for an access token.
    #[schemars(length(min = 1, max = 4096), regex(pattern = NO_SPACE))]
    authorization_code: Option<Secret>,
    /// # Redirect URI
    /// The URL to which the authorization server sends the user with the code.
    #[schemars(length(max = 512), regex(pattern = r"^(https?)://[^\s/$.?#].[^\s]*$"))]
    redirect_uri: Option<String>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct OAuth2Credentials {
    /// # User Managed Client Secret
    /// The client secret of an application of your own.
    #[schemars(length(max = 512), regex(pattern = PRINTABLE))]
    user_managed_client_application_client_secret: Option<Secret>,
    /// # Access Token
    /// The access token.
    #[schemars(length(max = 4096), regex(pattern = PRINTABLE))]
    access_token: Option<Secret>,
    /// # Refresh Token
    /// The refresh token.
    #[schemars(length(max = 4096), regex(pattern = PRINTABLE))]
    refresh_token: Option<Secret>,
    /// # JWT Token
    /// The JSON Web Token.
    #[schemars(length(max = 8000), regex(pattern = r"^([a-zA-Z0-9_=]+)\.([a-zA-Z0-9_=]+)\.([a-zA-Z0-9_\-+/=]*)$"))]
    jwt_token: Option<Secret>,
}

/// The network that the connection needs.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NetworkRequirements {
    /// # Subnet ID
    /// The subnet ID used by the connection.
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME))]
    subnet_id: Option<String>,
    /// # Security Group IDs
    /// The security group ID list used by the connection.
    #[schemars(length(max = 50), inner(length(min = 1, max = 255), regex(pattern = NAME)))]
    security_group_id_list: Option<Vec<String>>,
    /// # Availability Zone
    /// The connection's Availability Zone.
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME))]
    availability_zone: Option<String>,
}

impl From<NetworkRequirements> for types::PhysicalConnectionRequirements {
    fn from(given: NetworkRequirements) -> Self {
        Self::builder()
            .set_subnet_id(given.subnet_id)
            .set_security_group_id_list(given.security_group_id_list)
            .set_availability_zone(given.availability_zone)
            .build()
    }
}

impl From<Authentication> for types::AuthenticationConfigurationInput {
    fn from(given: Authentication) -> Self {
        let custom = given.custom_authentication_credentials;
        Self::builder()
            .set_authentication_type(given.kind.as_deref().map(Into::into))
            .set_secret_arn(given.secret_arn)
            .set_kms_key_arn(given.kms_key_arn)
            .set_basic_authentication_credentials(given.basic_authentication_credentials.map(Into::into))
            .set_custom_authentication_credentials(
                custom.map(|map| map.into_iter().map(|(key, value)| (key, value.into())).collect()),
            )
            .set_o_auth2_properties(given.oauth2_properties.map(Into::into))
            .build()
    }
}

impl From<BasicCredentials> for types::BasicAuthenticationCredentials {
    fn from(given: BasicCredentials) -> Self {
        Self::builder().set_username(given.username).set_password(given.password.map(Into::into)).build()
    }
}

impl From<OAuth2Properties> for types::OAuth2PropertiesInput {
    fn from(given: OAuth2Properties) -> Self {
        Self::builder()
            .set_o_auth2_grant_type(given.grant_type.as_deref().map(Into::into))
            .set_o_auth2_client_application(given.client_application.map(Into::into))
            .set_token_url(given.token_url)
            .set_token_url_parameters_map(given.token_url_parameters_map)
            .set_authorization_code_properties(given.authorization_code_properties.map(Into::into))
            .set_o_auth2_credentials(given.credentials.map(Into::into))
            .build()
    }
}

impl From<ClientApplication> for types::OAuth2ClientApplication {
    fn from(given: ClientApplication) -> Self {
        Self::builder()
            .set_user_managed_client_application_client_id(given.user_managed_client_application_client_id)
            .set_aws_managed_client_application_reference(given.aws_managed_client_application_reference)
            .build()
    }
}

impl From<AuthorizationCode> for types::AuthorizationCodeProperties {
    fn from(given: AuthorizationCode) -> Self {
        Self::builder()
            .set_authorization_code(given.authorization_code.map(Into::into))
            .set_redirect_uri(given.redirect_uri)
            .build()
    }
}

impl From<OAuth2Credentials> for types::OAuth2Credentials {
    fn from(given: OAuth2Credentials) -> Self {
        Self::builder()
            .set_user_managed_client_application_client_secret(
                given.user_managed_client_application_client_secret.map(Into::into),
            )
            .set_access_token(given.access_token.map(Into::into))
            .set_refresh_token(given.refresh_token.map(Into::into))
            .set_jwt_token(given.jwt_token.map(Into::into))
            .build()
    }
}
