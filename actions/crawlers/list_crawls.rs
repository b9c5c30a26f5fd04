//! `listCrawls`: lists the crawls of a crawler, newest first.

use aws_sdk_glue::operation::list_crawls::{self, ListCrawlsInput};
use glue_runtime::pages::{Page, PageEnd, Paging};
use glue_runtime::{Action, Context, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::crawler::CRAWLERS;
use crate::fields::CrawlerName;
use crate::glue::{Operation, glue};
use crate::group;
use crate::resource::Resource;

impl Operation for ListCrawlsInput {
    type Sdk = list_crawls::ListCrawls;
}

/// The action `listCrawls`.
#[derive(Debug)]
pub struct ListCrawls;

/// The form of `listCrawls`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    name: CrawlerName,
    #[serde(flatten)]
    paging: Paging<1000>,
}

/// The data of `listCrawls`.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Crawls
    /// The crawls.
    #[serde(default)]
    crawls: Vec<Resource>,
    #[serde(flatten)]
    end: PageEnd,
}

impl Page for Output {
    type Item = Resource;

    fn items(&mut self) -> &mut Vec<Resource> {
        &mut self.crawls
    }

    fn end(&mut self) -> &mut PageEnd {
        &mut self.end
    }

    fn name(item: &Resource) -> &str {
        item.text("CrawlId").unwrap_or_default()
    }
}

impl Action for ListCrawls {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        group: group::CRAWLERS,
        operation: Some("ListCrawls"),
        permissions: &[Permission::on("glue:ListCrawls", CRAWLERS)],
        renamed: &[("CrawlerName", "name")],
        omitted: &["Filters"],
        example: include_str!("list_crawls.json"),
        ..Meta::read("listCrawls", "List Crawls", "Lists the crawls of a crawler, newest first.")
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        let name = &input.name.0;
        let page = |size: Option<i32>, token: Option<String>| {
            cx.read(glue(
                ListCrawlsInput::builder().crawler_name(name).set_max_results(size).set_next_token(token).build(),
            ))
        };
        input.paging.fetch(page).await
    }
}
