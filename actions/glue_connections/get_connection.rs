//! `getConnection`: retrieves a connection definition from the Data Catalog.

use aws_sdk_glue::operation::get_connection::{self, GetConnectionInput};
use glue_runtime::{Action, Context, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::glue_connection::{CONNECTIONS, GlueConnection, hidden};
use crate::fields::{CatalogId, RevealSecrets};
use crate::glue::{Operation, glue};
use crate::group;
use crate::limits::NAME;

impl Operation for GetConnectionInput {
    type Sdk = get_connection::GetConnection;
}

/// The action `getConnection`.
#[derive(Debug)]
pub struct GetConnection;

/// The form of `getConnection`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// # Name
    /// The name of the connection definition to retrieve.
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME), extend("x-data-source" = { "key": "connections", "inputs": [] }))]
    name: String,
    /// # Catalog ID
    /// The ID of the Data Catalog in which the connection resides. If none is provided, the AWS account ID is used by default.
    catalog_id: Option<CatalogId>,
    /// # Hide Password
    /// Retrieve the connection metadata without the password. Needs no permission on the KMS key that encrypts it.
    #[serde(default = "hidden")]
    hide_password: bool,
    /// # Apply Override For Compute Environment
    /// Return the properties as they are in this compute environment.
    #[schemars(extend("enum" = ["SPARK", "ATHENA", "PYTHON"]))]
    apply_override_for_compute_environment: Option<String>,
    #[serde(default)]
    reveal_secrets: RevealSecrets,
}

/// The data of `getConnection`.
#[serde_with::skip_serializing_none]
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Connection
    /// The requested connection definition.
    connection: Option<GlueConnection>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Action for GetConnection {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        group: group::CONNECTIONS,
        operation: Some("GetConnection"),
        permissions: &[Permission::on("glue:GetConnection", CONNECTIONS)],
        example: include_str!("get_connection.json"),
        ..Meta::read("getConnection", "Get Connection", "Retrieves a connection definition from the Data Catalog.")
    };

    fn reveals_secrets(input: &Input) -> bool {
        input.reveal_secrets.0
    }

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        let request = GetConnectionInput::builder()
            .name(input.name)
            .set_catalog_id(input.catalog_id.map(|id| id.0))
            .hide_password(input.hide_password)
            .set_apply_override_for_compute_environment(
                input.apply_override_for_compute_environment.as_deref().map(Into::into),
            )
            .build();
        cx.read(glue(request)).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::run;

    #[test]
    fn passwords_are_hidden_unless_asked_for() {
        let given = json!({ "name": "c", "applyOverrideForComputeEnvironment": "SPARK" });
        let wanted = json!({ "Name": "c", "HidePassword": true, "ApplyOverrideForComputeEnvironment": "SPARK" });
        assert_eq!(run(&GetConnection, given, &[json!({})]).body(), &wanted);
        assert_eq!(
            run(&GetConnection, json!({ "name": "c", "hidePassword": "false" }), &[json!({})]).body()["HidePassword"],
            false
        );
    }
}
