//! `connections`: the Glue connections of the account.

use aws_sdk_glue::operation::get_connections::GetConnectionsInput;
use glue_runtime::{Action, Context, Meta, Permission, Result};

use super::choices::{Choices, RawPage, Search};
use crate::glue::glue;
use crate::group;

/// The data source `connections`.
#[derive(Debug)]
pub struct Connections;

impl Action for Connections {
    type Input = Search;
    type Output = Choices;
    const META: Meta = Meta {
        group: group::CONNECTIONS,
        operation: Some("GetConnections"),
        permissions: &[Permission::on("glue:GetConnections", &["catalog", "connection/*"])],
        example: include_str!("connections.json"),
        ..Meta::read("connections", "Connections", "The Glue connections of the account.")
    };

    async fn run(&self, cx: &Context, input: Search) -> Result<Choices> {
        let page = |token| async {
            let request =
                GetConnectionsInput::builder().hide_password(true).max_results(1000).set_next_token(token).build();
            let page: RawPage = cx.read(glue(request)).await?;
            Ok(page.named_items("ConnectionList"))
        };
        input.collect(page).await
    }
}
