//! `listCrawls`

use aws_sdk_glue::operation::list_crawls::{self, ListCrawlsInput};
use glue_connections::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CRAWLERS;
use crate::described::Described;
use crate::named::CrawlerName;
use crate::paging::{End, Listing, Paging};
use crate::wire::Operation;
use crate::{Access, Action, Context, Meta, Permission};

impl Operation for ListCrawlsInput {
    type Plugin = list_crawls::ListCrawls;
}

/// Lists what a crawler did.
#[derive(Debug)]
pub struct ListCrawls;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    #[serde(flatten)]
    crawler: CrawlerName,
    #[serde(flatten)]
    paging: Paging<1000>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Crawls
    /// The crawls.
    #[serde(default)]
    crawls: Vec<Described>,
    #[serde(flatten)]
    end: End,
}

impl Listing for Output {
    type Item = Described;

    fn items(&mut self) -> &mut Vec<Described> {
        &mut self.crawls
    }

    fn end(&mut self) -> &mut End {
        &mut self.end
    }

    fn name(item: &Described) -> &str {
        item.text("CrawlId").unwrap_or_default()
    }
}

impl Action for ListCrawls {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        key: "listCrawls",
        label: "List Crawls",
        description: "Lists the crawls of a crawler, newest first.",
        operation: "ListCrawls",
        access: Access::Reads,
        permissions: &[Permission { action: "glue:ListCrawls", resources: CRAWLERS }],
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        let name = &input.crawler.name;
        let page = |size: Option<i32>, token: Option<String>| {
            cx.read(ListCrawlsInput::builder().crawler_name(name).set_max_results(size).set_next_token(token).build())
        };
        input.paging.fetch(page).await
    }
}
