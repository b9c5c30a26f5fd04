//! `getCrawler`

use aws_sdk_glue::operation::get_crawler::{self, GetCrawlerInput};
use glue_connections::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::CRAWLERS;
use crate::described::Described;
use crate::named::CrawlerName;
use crate::wire::Operation;
use crate::{Access, Action, Context, Meta, Permission};

impl Operation for GetCrawlerInput {
    type Plugin = get_crawler::GetCrawler;
}

/// Looks at a crawler.
#[derive(Debug)]
pub struct GetCrawler;

#[serde_with::skip_serializing_none]
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Crawler
    /// The crawler.
    crawler: Option<Described>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Action for GetCrawler {
    type Input = CrawlerName;
    type Output = Output;
    const META: Meta = Meta {
        key: "getCrawler",
        label: "Get Crawler",
        description: "Retrieves a crawler and its state.",
        operation: "GetCrawler",
        access: Access::Reads,
        permissions: &[Permission { action: "glue:GetCrawler", resources: CRAWLERS }],
    };

    async fn run(&self, cx: &Context, input: CrawlerName) -> Result<Output> {
        cx.read(GetCrawlerInput::builder().name(&input.name).build()).await
    }
}
