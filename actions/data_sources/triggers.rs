//! `triggers`: the triggers of the account.

use aws_sdk_glue::operation::list_triggers::ListTriggersInput;
use glue_runtime::{Action, Context, Meta, Permission, Result};

use super::choices::{Choices, RawPage, Search};
use crate::glue::glue;
use crate::group;

/// The data source `triggers`.
#[derive(Debug)]
pub struct Triggers;

impl Action for Triggers {
    type Input = Search;
    type Output = Choices;
    const META: Meta = Meta {
        group: group::TRIGGERS,
        operation: Some("ListTriggers"),
        permissions: &[Permission::unlimited("glue:ListTriggers")],
        example: include_str!("triggers.json"),
        ..Meta::read("triggers", "Triggers", "The triggers of the account.")
    };

    async fn run(&self, cx: &Context, input: Search) -> Result<Choices> {
        let page = |token| async {
            let request = ListTriggersInput::builder().max_results(200).set_next_token(token).build();
            let page: RawPage = cx.read(glue(request)).await?;
            Ok(page.names("TriggerNames"))
        };
        input.collect(page).await
    }
}
