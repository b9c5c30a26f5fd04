//! `getConnection`

use aws_sdk_glue::operation::get_connection::{self, GetConnectionInput};
use glue_connections::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{CONNECTIONS, GlueConnection, hidden};
use crate::limits::NAME;
use crate::mask::{mask_members, may_reveal};
use crate::wire::Operation;
use crate::{Access, Action, Context, Meta, Permission};

impl Operation for GetConnectionInput {
    type Plugin = get_connection::GetConnection;
}

/// Looks at one Glue connection.
#[derive(Debug)]
pub struct GetConnection;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// # Name
    /// The name of the connection definition to retrieve.
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME), extend("x-data-source" = { "key": "connections", "inputs": ["awsRegion"] }))]
    name: String,
    /// # Catalog ID
    /// The ID of the Data Catalog in which the connection resides. If none is provided, the AWS account ID is used by default.
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME))]
    catalog_id: Option<String>,
    /// # Hide Password
    /// Retrieve the connection metadata without the password. Needs no permission on the KMS key that encrypts it.
    #[serde(default = "hidden")]
    hide_password: bool,
    /// # Apply Override For Compute Environment
    /// Return the properties as they are in this compute environment.
    #[schemars(extend("enum" = ["SPARK", "ATHENA", "PYTHON"]))]
    apply_override_for_compute_environment: Option<String>,
    /// # Reveal Secrets
    /// Return passwords and other secrets as they are instead of `***`. The host has to allow it with --allow-reveal.
    #[serde(default)]
    reveal_secrets: bool,
}

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
        key: "getConnection",
        label: "Get Connection",
        description: "Retrieves a connection definition from the Data Catalog.",
        operation: "GetConnection",
        access: Access::Reads,
        permissions: &[Permission { action: "glue:GetConnection", resources: CONNECTIONS }],
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        let reveal = may_reveal(cx, input.reveal_secrets)?;
        let request = GetConnectionInput::builder()
            .name(input.name)
            .set_catalog_id(input.catalog_id)
            .hide_password(input.hide_password)
            .set_apply_override_for_compute_environment(
                input.apply_override_for_compute_environment.as_deref().map(Into::into),
            )
            .build();
        let mut output: Output = cx.read(request).await?;
        if !reveal {
            output.connection.iter_mut().for_each(GlueConnection::mask);
            mask_members(&mut output.rest);
        }
        Ok(output)
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
