//! A Glue connection, as AWS describes it.

use std::collections::BTreeMap;

use glue_runtime::aws::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The ends of the ARNs that a permission needs: a Glue connection is read and made within its catalog.
pub(super) const CONNECTIONS: &[&str] = &["catalog", "connection/*"];

/// The default of Hide Password: passwords are asked for, never volunteered.
pub(super) const fn hidden() -> bool {
    true
}

/// The description of a data store and how to reach it.
#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct GlueConnection {
    /// # Name
    /// The name of the connection definition.
    pub(crate) name: Option<String>,
    /// # Description
    /// Its purpose.
    description: Option<String>,
    /// # Connection Type
    /// The kind of store, for example JDBC.
    connection_type: Option<String>,
    /// # Match Criteria
    /// Criteria that can be used in selecting this connection.
    match_criteria: Option<Vec<String>>,
    /// # Connection Properties
    /// The parameters of the connection, for example JDBC_CONNECTION_URL.
    connection_properties: Option<BTreeMap<String, String>>,
    /// # Spark Properties
    /// Parameters for the Spark compute environment.
    spark_properties: Option<BTreeMap<String, String>>,
    /// # Athena Properties
    /// Parameters for the Athena compute environment.
    athena_properties: Option<BTreeMap<String, String>>,
    /// # Python Properties
    /// Parameters for the Python compute environment.
    python_properties: Option<BTreeMap<String, String>>,
    /// # Physical Connection Requirements
    /// The network that the connection needs.
    physical_connection_requirements: Option<PhysicalConnectionRequirements>,
    /// # Creation Time
    /// When it was made.
    creation_time: Option<Timestamp>,
    /// # Last Updated Time
    /// When it was last changed.
    last_updated_time: Option<Timestamp>,
    /// # Last Updated By
    /// The user who last changed it.
    last_updated_by: Option<String>,
    /// # Status
    /// READY, IN_PROGRESS or FAILED.
    status: Option<String>,
    /// # Status Reason
    /// The reason of the status.
    status_reason: Option<String>,
    /// # Last Connection Validation Time
    /// When the connection was last validated.
    last_connection_validation_time: Option<Timestamp>,
    /// # Authentication Configuration
    /// The way to log in to the store.
    authentication_configuration: Option<AuthenticationConfiguration>,
    /// # Connection Schema Version
    /// 1, or 2 for connections with properties for specific compute environments.
    connection_schema_version: Option<i64>,
    /// # Compatible Compute Environments
    /// The environments in which the connection can be used: SPARK, ATHENA, PYTHON.
    compatible_compute_environments: Option<Vec<String>>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The network that a connection needs.
#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct PhysicalConnectionRequirements {
    /// # Subnet ID
    /// The subnet.
    subnet_id: Option<String>,
    /// # Security Group ID List
    /// The security groups.
    security_group_id_list: Option<Vec<String>>,
    /// # Availability Zone
    /// The availability zone.
    availability_zone: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The login to a store.
#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct AuthenticationConfiguration {
    /// # Authentication Type
    /// BASIC, OAUTH2, CUSTOM or IAM.
    authentication_type: Option<String>,
    /// # Secret ARN
    /// The secret in Secrets Manager that holds the credentials.
    secret_arn: Option<String>,
    /// # KMS Key ARN
    /// The key that encrypts the credentials.
    kms_key_arn: Option<String>,
    /// # OAuth2 Properties
    /// The properties of OAuth2.
    #[serde(rename = "OAuth2Properties")]
    oauth2_properties: Option<OAuth2Properties>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The properties of OAuth2.
#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct OAuth2Properties {
    /// # OAuth2 Grant Type
    /// AUTHORIZATION_CODE, CLIENT_CREDENTIALS, JWT_BEARER or REFRESH_TOKEN.
    #[serde(rename = "OAuth2GrantType")]
    grant_type: Option<String>,
    /// # OAuth2 Client Application
    /// The client application.
    #[serde(rename = "OAuth2ClientApplication")]
    client_application: Option<OAuth2ClientApplication>,
    /// # Token URL
    /// The URL at which an authorization code is exchanged for an access token.
    token_url: Option<String>,
    /// # Token URL Parameters
    /// Parameters of the token request.
    token_url_parameters_map: Option<BTreeMap<String, String>>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// A client application.
#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct OAuth2ClientApplication {
    /// # User Managed Client ID
    /// The client ID of an application of your own.
    user_managed_client_application_client_id: Option<String>,
    /// # AWS Managed Reference
    /// The reference of an application that AWS manages.
    #[serde(rename = "AWSManagedClientApplicationReference")]
    aws_managed_client_application_reference: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}
