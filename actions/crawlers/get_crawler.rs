//! `getCrawler`: retrieves a crawler and its state.

use aws_sdk_glue::operation::get_crawler::{self, GetCrawlerInput};
use glue_runtime::{Action, Context, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::crawler::CRAWLERS;
use crate::fields::OneCrawler;
use crate::glue::{Operation, glue};
use crate::group;
use crate::resource::Resource;

impl Operation for GetCrawlerInput {
    type Sdk = get_crawler::GetCrawler;
}

/// The action `getCrawler`.
#[derive(Debug)]
pub struct GetCrawler;

/// The data of `getCrawler`.
#[serde_with::skip_serializing_none]
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Crawler
    /// The crawler.
    crawler: Option<Resource>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Action for GetCrawler {
    type Input = OneCrawler;
    type Output = Output;
    const META: Meta = Meta {
        group: group::CRAWLERS,
        operation: Some("GetCrawler"),
        permissions: &[Permission::on("glue:GetCrawler", CRAWLERS)],
        example: include_str!("get_crawler.json"),
        ..Meta::read("getCrawler", "Get Crawler", "Retrieves a crawler and its state.")
    };

    async fn run(&self, cx: &Context, input: OneCrawler) -> Result<Output> {
        cx.read(glue(GetCrawlerInput::builder().name(input.name.0).build())).await
    }
}
