//! `listConnections`: retrieves a list of connection definitions from the Data Catalog.

use aws_sdk_glue::operation::get_connections::{self, GetConnectionsInput};
use aws_sdk_glue::types::GetConnectionsFilter;
use glue_runtime::pages::{Page, PageEnd, Paging};
use glue_runtime::{Action, Context, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::glue_connection::{CONNECTIONS, GlueConnection, hidden};
use crate::fields::{CatalogId, RevealSecrets};
use crate::glue::{Operation, glue};
use crate::group;
use crate::limits::{CONNECTION_TYPES, NAME};

impl Operation for GetConnectionsInput {
    type Sdk = get_connections::GetConnections;
}

/// The action `listConnections`.
#[derive(Debug)]
pub struct ListConnections;

/// The form of `listConnections`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    catalog_id: Option<CatalogId>,
    /// # Match Criteria
    /// Return only connections that record all of these criteria.
    #[schemars(length(max = 10), inner(length(min = 1, max = 255), regex(pattern = NAME)))]
    match_criteria: Option<Vec<String>>,
    /// # Connection Type
    /// The type of connections to return. Currently, SFTP is not supported.
    #[schemars(extend("examples" = CONNECTION_TYPES))]
    connection_type: Option<String>,
    /// # Connection Schema Version
    /// Return only connections created with schema version 1 or 2.
    #[schemars(range(min = 1, max = 2))]
    connection_schema_version: Option<i32>,
    /// # Hide Password
    /// Retrieve the connection metadata without the passwords. Needs no permission on the KMS key that encrypts them.
    #[serde(default = "hidden")]
    hide_password: bool,
    #[serde(default)]
    reveal_secrets: RevealSecrets,
    #[serde(flatten)]
    paging: Paging<1000>,
}

/// The data of `listConnections`.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Connection List
    /// The connection definitions.
    #[serde(default)]
    connection_list: Vec<GlueConnection>,
    #[serde(flatten)]
    end: PageEnd,
}

impl Page for Output {
    type Item = GlueConnection;

    fn items(&mut self) -> &mut Vec<GlueConnection> {
        &mut self.connection_list
    }

    fn end(&mut self) -> &mut PageEnd {
        &mut self.end
    }

    fn name(item: &GlueConnection) -> &str {
        item.name.as_deref().unwrap_or_default()
    }
}

impl Input {
    /// No criteria, no filter.
    fn filter(&self) -> Option<GetConnectionsFilter> {
        let given =
            self.match_criteria.is_some() || self.connection_type.is_some() || self.connection_schema_version.is_some();
        given.then(|| {
            GetConnectionsFilter::builder()
                .set_match_criteria(self.match_criteria.clone())
                .set_connection_type(self.connection_type.as_deref().map(Into::into))
                .set_connection_schema_version(self.connection_schema_version)
                .build()
        })
    }
}

impl Action for ListConnections {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        group: group::CONNECTIONS,
        operation: Some("GetConnections"),
        permissions: &[Permission::on("glue:GetConnections", CONNECTIONS)],
        example: include_str!("list_connections.json"),
        ..Meta::read(
            "listConnections",
            "List Connections",
            "Retrieves a list of connection definitions from the Data Catalog.",
        )
    };

    fn reveals_secrets(input: &Input) -> bool {
        input.reveal_secrets.0
    }

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        let input = &input;
        let page = |size: Option<i32>, token: Option<String>| {
            cx.read(glue(
                GetConnectionsInput::builder()
                    .set_catalog_id(input.catalog_id.as_ref().map(|id| id.0.clone()))
                    .set_filter(input.filter())
                    .hide_password(input.hide_password)
                    .set_max_results(size)
                    .set_next_token(token)
                    .build(),
            ))
        };
        input.paging.fetch(page).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::run;

    #[test]
    fn a_filter_is_sent_only_when_there_are_criteria() {
        assert_eq!(
            run(&ListConnections, json!({ "matchCriteria": "" }), &[json!({})]).body(),
            &json!({ "HidePassword": true })
        );
        let given = json!({ "matchCriteria": ["a"], "connectionSchemaVersion": "2" });
        assert_eq!(
            run(&ListConnections, given, &[json!({})]).body()["Filter"],
            json!({ "MatchCriteria": ["a"], "ConnectionSchemaVersion": 2 })
        );
    }

    #[test]
    fn connections_of_all_pages_are_told_apart_by_name() {
        let pages = [
            json!({ "ConnectionList": [{ "Name": "a" }], "NextToken": "2" }),
            json!({ "ConnectionList": [{ "Name": "a" }, { "Name": "b" }] }),
        ];
        let run = run(&ListConnections, json!({ "fetchAll": true }), &pages);
        assert_eq!(run.data(), &json!({ "ConnectionList": [{ "Name": "a" }, { "Name": "b" }] }));
    }
}
