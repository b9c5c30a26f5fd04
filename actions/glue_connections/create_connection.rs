//! `createConnection`: creates a connection definition in the Data Catalog.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_glue::operation::create_connection::{self, CreateConnectionInput};
use aws_sdk_glue::operation::get_connection::GetConnectionInput;
use aws_sdk_glue::types::ConnectionInput;
use glue_runtime::action::LostAnswer;
use glue_runtime::aws::Timestamp;
use glue_runtime::reconcile::{Attribution, SETTLED_AFTER, Verdict};
use glue_runtime::{Action, Context, Error, Kind, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::authentication::{Authentication, NetworkRequirements};
use super::glue_connection::CONNECTIONS;
use crate::fields::CatalogId;
use crate::glue::{Operation, glue};
use crate::group;
use crate::limits::{self, CONNECTION_TYPES, DESCRIPTION, NAME};

impl Operation for CreateConnectionInput {
    type Sdk = create_connection::CreateConnection;
}

/// The time within which AWS makes a connection whose credentials it validates first: it connects, and may wait for a
/// network that does not answer.
const VALIDATED_AFTER: Duration = Duration::from_mins(1);

/// The action `createConnection`.
#[derive(Debug)]
pub struct CreateConnection;

/// The form of `createConnection`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// # Name
    /// The name of the connection.
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME))]
    name: String,
    /// # Connection Type
    /// The type of the connection, for example JDBC, KAFKA, MONGODB, NETWORK, MARKETPLACE, CUSTOM or SALESFORCE. SFTP is not supported.
    #[schemars(length(min = 1), extend("examples" = CONNECTION_TYPES))]
    connection_type: String,
    /// # Connection Properties
    /// These key-value pairs define parameters for the connection. For credentials give the name of a secret as SECRET_ID rather than USERNAME and PASSWORD. A NETWORK connection needs none: give an empty set.
    #[schemars(schema_with = "limits::connection_properties")]
    connection_properties: HashMap<String, String>,
    /// # Description
    /// The description of the connection.
    #[schemars(length(max = 2048), regex(pattern = DESCRIPTION))]
    description: Option<String>,
    /// # Match Criteria
    /// A list of criteria that can be used in selecting this connection.
    #[schemars(length(max = 10), inner(length(min = 1, max = 255), regex(pattern = NAME)))]
    match_criteria: Option<Vec<String>>,
    /// # Spark Properties
    /// Connection properties specific to the Spark compute environment.
    #[serde(default)]
    #[schemars(schema_with = "limits::properties")]
    spark_properties: Option<HashMap<String, String>>,
    /// # Athena Properties
    /// Connection properties specific to the Athena compute environment.
    #[serde(default)]
    #[schemars(schema_with = "limits::properties")]
    athena_properties: Option<HashMap<String, String>>,
    /// # Python Properties
    /// Connection properties specific to the Python compute environment.
    #[serde(default)]
    #[schemars(schema_with = "limits::properties")]
    python_properties: Option<HashMap<String, String>>,
    /// # Physical Connection Requirements
    /// The physical connection requirements, such as virtual private cloud (VPC) and security groups, that are needed to successfully make this connection.
    physical_connection_requirements: Option<NetworkRequirements>,
    /// # Authentication Configuration
    /// The authentication properties of the connection.
    authentication_configuration: Option<Authentication>,
    /// # Validate Credentials
    /// Validate the credentials while creating the connection. AWS does when this is left blank.
    validate_credentials: Option<bool>,
    /// # Validate For Compute Environments
    /// The compute environments that the connection properties are validated against.
    #[schemars(extend("items" = { "type": "string", "enum": ["SPARK", "ATHENA", "PYTHON"] }))]
    validate_for_compute_environments: Option<Vec<String>>,
    /// # Catalog ID
    /// The ID of the Data Catalog in which to create the connection. If none is provided, the AWS account ID is used by default.
    catalog_id: Option<CatalogId>,
    /// # Tags
    /// The tags you assign to the connection.
    #[serde(default)]
    #[schemars(schema_with = "limits::tags")]
    tags: Option<HashMap<String, String>>,
}

/// The data of `createConnection`.
#[serde_with::skip_serializing_none]
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Create Connection Status
    /// READY, IN_PROGRESS or FAILED. Creating can take a while where a token is exchanged over a VPC.
    create_connection_status: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Action for CreateConnection {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        group: group::CONNECTIONS,
        operation: Some("CreateConnection"),
        permissions: &[
            Permission::on("glue:CreateConnection", CONNECTIONS),
            Permission::on("glue:TagResource", &["connection/*"]),
            Permission::on("glue:GetConnection", CONNECTIONS),
        ],
        lost_answer: Some(LostAnswer {
            applied: "A connection by this name was made after the request was sent.",
            not_applied: "There is no connection by this name, or an older one: after five seconds, or after a minute where AWS validates the credentials.",
            unknown: "The connection was made too close to the request to tell, or the deadline left no time to see.",
        }),
        example: include_str!("create_connection.json"),
        ..Meta::start("createConnection", "Create Connection", "Creates a connection definition in the Data Catalog.")
    };

    /// Checks what AWS's documentation of `ConnectionInput` calls required for each type.
    fn validate(input: &Input) -> Result<()> {
        match input.connection_type.as_str() {
            "JDBC" => {
                input.require("a JDBC connection", &[&["JDBC_CONNECTION_URL"], &["HOST", "PORT", "JDBC_ENGINE"]])?;
                input.require_credentials("a JDBC connection")
            }
            "MONGODB" => {
                input.require("a MONGODB connection", &[&["CONNECTION_URL"]])?;
                input.require_credentials("a MONGODB connection")
            }
            "KAFKA" => input.require("a KAFKA connection", &[&["KAFKA_BOOTSTRAP_SERVERS"]]),
            "MARKETPLACE" => {
                input.require(
                    "a MARKETPLACE connection",
                    &[&["CONNECTOR_TYPE", "CONNECTOR_URL", "CONNECTOR_CLASS_NAME", "CONNECTION_URL"]],
                )?;
                match input.connection_properties.get("CONNECTOR_TYPE") {
                    Some(connector) if connector.eq_ignore_ascii_case("JDBC") => {
                        input.require_credentials("a MARKETPLACE connection of the connector type JDBC")
                    }
                    _ => Ok(()),
                }
            }
            "SALESFORCE" if input.authentication_configuration.is_none() => Err(Error::invalid_input(
                "/authenticationConfiguration",
                "A SALESFORCE connection needs an Authentication Configuration.",
            )),
            "NETWORK" if input.physical_connection_requirements.is_none() => Err(Error::invalid_input(
                "/physicalConnectionRequirements",
                "A NETWORK connection needs Physical Connection Requirements.",
            )),
            "SFTP" => Err(Error::invalid_input("/connectionType", "AWS Glue does not support SFTP connections.")),
            _ => Ok(()),
        }
    }

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        let (catalog_id, tags) = (input.catalog_id.clone().map(|id| id.0), input.tags.clone());
        let name = input.name.clone();
        let settled_after = if input.validate_credentials == Some(false) { SETTLED_AFTER } else { VALIDATED_AFTER };
        let connection = input.into_connection()?;
        let sent = Timestamp::now();
        let request = CreateConnectionInput::builder()
            .set_catalog_id(catalog_id.clone())
            .connection_input(connection)
            .set_tags(tags)
            .build();
        let outcome = cx.change(glue(request)).await;
        cx.reconcile_slow(outcome, settled_after, || probe(cx, &name, catalog_id.as_deref(), sent)).await
    }
}

/// Probes the name: a connection that was made after the request was sent is its own, since AWS refuses to replace one.
async fn probe(cx: &Context, name: &str, catalog_id: Option<&str>, sent: Timestamp) -> Result<Verdict<Output>> {
    let request = GetConnectionInput::builder()
        .name(name)
        .set_catalog_id(catalog_id.map(str::to_owned))
        .hide_password(true)
        .build();
    let found: Value = match cx.read(glue(request)).await {
        Err(error) if error.kind == Kind::NotFound => return Ok(Verdict::NotApplied),
        answer => answer?,
    };
    let found = &found["Connection"];
    let Ok(made) = Timestamp::deserialize(&found["CreationTime"]) else { return Ok(Verdict::Uncertain) };
    Ok(match cx.attribute(made, sent) {
        Attribution::Ours => Verdict::Applied(Output {
            create_connection_status: found["Status"].as_str().map(str::to_owned),
            rest: Map::new(),
        }),
        Attribution::Others => Verdict::NotApplied,
        Attribution::Ambiguous => Verdict::Uncertain,
    })
}

impl Input {
    /// One of the `alternatives` must be there in full.
    fn require(&self, who: &str, alternatives: &[&[&str]]) -> Result<()> {
        let complete = |keys: &[&str]| keys.iter().all(|key| self.connection_properties.contains_key(*key));
        if alternatives.iter().any(|keys| complete(keys)) {
            return Ok(());
        }
        let choices: Vec<_> = alternatives.iter().map(|keys| keys.join(", ")).collect();
        Err(Error::invalid_input(
            "/connectionProperties",
            format!("Connection Properties of {who} must have {}.", choices.join("; or ")),
        ))
    }

    fn require_credentials(&self, who: &str) -> Result<()> {
        if self.authentication_configuration.is_some() {
            return Ok(());
        }
        self.require(who, &[&["SECRET_ID"], &["USERNAME", "PASSWORD"], &["USERNAME", "ENCRYPTED_PASSWORD"]]).map_err(
            |error| {
                Error::invalid_input(
                    "/connectionProperties",
                    format!("{} An Authentication Configuration does as well.", error.message),
                )
            },
        )
    }

    fn into_connection(self) -> Result<ConnectionInput> {
        let properties = self.connection_properties.into_iter().map(|(key, value)| (key.as_str().into(), value));
        let environments = self.validate_for_compute_environments;
        ConnectionInput::builder()
            .name(self.name)
            .connection_type(self.connection_type.as_str().into())
            .set_connection_properties(Some(properties.collect()))
            .set_description(self.description)
            .set_match_criteria(self.match_criteria)
            .set_spark_properties(self.spark_properties)
            .set_athena_properties(self.athena_properties)
            .set_python_properties(self.python_properties)
            .set_physical_connection_requirements(self.physical_connection_requirements.map(Into::into))
            .set_authentication_configuration(self.authentication_configuration.map(Into::into))
            .set_validate_credentials(self.validate_credentials)
            .set_validate_for_compute_environments(
                environments.map(|list| list.iter().map(|name| name.as_str().into()).collect()),
            )
            .build()
            .map_err(|problem| Error::new(Kind::Internal, format!("The connection cannot be put together: {problem}.")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::run;

    #[test]
    fn groups_that_were_left_blank_are_not_sent() {
        let given = json!({
            "name": "c",
            "connectionType": "CUSTOM",
            "connectionProperties": { "CONNECTOR_URL": "s3://x" },
            "physicalConnectionRequirements": { "subnetId": "", "availabilityZone": null },
            "authenticationConfiguration": { "oAuth2Properties": { "oAuth2Credentials": { "accessToken": "" } } },
        });
        let wanted = json!({ "ConnectionInput": { "Name": "c", "ConnectionType": "CUSTOM", "ConnectionProperties": { "CONNECTOR_URL": "s3://x" } } });
        assert_eq!(run(&CreateConnection, given, &[json!({})]).body(), &wanted);
    }

    #[test]
    fn what_a_type_requires_is_named() {
        let given = json!({ "name": "c", "connectionType": "JDBC", "connectionProperties": { "JDBC_CONNECTION_URL": "jdbc:x", "USERNAME": "u" } });
        let run = run(&CreateConnection, given, &[json!({})]);
        assert!(run.sent.is_empty());
        assert_eq!(
            run.error().message,
            "Connection Properties of a JDBC connection must have SECRET_ID; or USERNAME, PASSWORD; or USERNAME, ENCRYPTED_PASSWORD. \
             An Authentication Configuration does as well."
        );
    }
}
