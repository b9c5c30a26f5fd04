//! `listConnections`

use aws_sdk_glue::operation::get_connections::{self, GetConnectionsInput};
use aws_sdk_glue::types::GetConnectionsFilter;
use glue_connections::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CONNECTIONS, GlueConnection, hidden};
use crate::limits::{CONNECTION_TYPES, NAME};
use crate::mask::{mask_members, may_reveal};
use crate::paging::{End, Listing, Paging};
use crate::wire::Operation;
use crate::{Access, Action, Context, Meta, Permission};

impl Operation for GetConnectionsInput {
    type Plugin = get_connections::GetConnections;
}

/// Lists Glue connections.
#[derive(Debug)]
pub struct ListConnections;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// # Catalog ID
    /// The ID of the Data Catalog in which the connections reside. If none is provided, the AWS account ID is used by default.
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME))]
    catalog_id: Option<String>,
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
    /// # Reveal Secrets
    /// Return passwords and other secrets as they are instead of `***`. The host has to allow it with --allow-reveal.
    #[serde(default)]
    reveal_secrets: bool,
    #[serde(flatten)]
    paging: Paging<1000>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Connection List
    /// The connection definitions.
    #[serde(default)]
    connection_list: Vec<GlueConnection>,
    #[serde(flatten)]
    end: End,
}

impl Listing for Output {
    type Item = GlueConnection;

    fn items(&mut self) -> &mut Vec<GlueConnection> {
        &mut self.connection_list
    }

    fn end(&mut self) -> &mut End {
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
        key: "listConnections",
        label: "List Connections",
        description: "Retrieves a list of connection definitions from the Data Catalog.",
        operation: "GetConnections",
        access: Access::Reads,
        permissions: &[Permission { action: "glue:GetConnections", resources: CONNECTIONS }],
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        let reveal = may_reveal(cx, input.reveal_secrets)?;
        let input = &input;
        let page = |size: Option<i32>, token: Option<String>| {
            cx.read(
                GetConnectionsInput::builder()
                    .set_catalog_id(input.catalog_id.clone())
                    .set_filter(input.filter())
                    .hide_password(input.hide_password)
                    .set_max_results(size)
                    .set_next_token(token)
                    .build(),
            )
        };
        let mut output: Output = input.paging.fetch(page).await?;
        if !reveal {
            output.connection_list.iter_mut().for_each(GlueConnection::mask);
            mask_members(output.end.rest());
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
