//! `getCrawler`

use glue_connections::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::CRAWLERS;
use crate::described::Described;
use crate::named::CrawlerName;
use crate::{Access, Action, Context, Meta, Permission};

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
        cx.read("GetCrawler", |glue| glue.get_crawler().name(&input.name).send()).await
    }
}
