//! `securityConfigurations`: the security configurations of the account.

use aws_sdk_glue::operation::get_security_configurations::{self, GetSecurityConfigurationsInput};
use glue_runtime::{Action, Context, Group, Meta, Permission, Result};

use super::choices::{Choices, RawPage, Search};
use crate::glue::{Operation, glue};

impl Operation for GetSecurityConfigurationsInput {
    type Sdk = get_security_configurations::GetSecurityConfigurations;
}

/// The data source `securityConfigurations`.
#[derive(Debug)]
pub struct SecurityConfigurations;

impl Action for SecurityConfigurations {
    type Input = Search;
    type Output = Choices;
    const META: Meta = Meta {
        group: Group::OTHER,
        operation: Some("GetSecurityConfigurations"),
        permissions: &[Permission::unlimited("glue:GetSecurityConfigurations")],
        example: include_str!("security_configurations.json"),
        ..Meta::read("securityConfigurations", "Security Configurations", "The security configurations of the account.")
    };

    async fn run(&self, cx: &Context, input: Search) -> Result<Choices> {
        let page = |token| async {
            let request = GetSecurityConfigurationsInput::builder().max_results(1000).set_next_token(token).build();
            let page: RawPage = cx.read(glue(request)).await?;
            Ok(page.named_items("SecurityConfigurations"))
        };
        input.collect(page).await
    }
}
