//! `listCrawlers`: list Crawlers available in AWS Glue.

use aws_sdk_glue::operation::list_crawlers::{self, ListCrawlersInput};
use glue_runtime::pages::{Page, PageEnd};
use glue_runtime::{Action, Context, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fields::Tagged;
use crate::glue::{Operation, glue};
use crate::group;

impl Operation for ListCrawlersInput {
    type Sdk = list_crawlers::ListCrawlers;
}

/// The action `listCrawlers`.
#[derive(Debug)]
pub struct ListCrawlers;

/// The data of `listCrawlers`.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Crawler Names
    /// The names of the crawlers.
    #[serde(default)]
    crawler_names: Vec<String>,
    #[serde(flatten)]
    end: PageEnd,
}

impl Page for Output {
    type Item = String;

    fn items(&mut self) -> &mut Vec<String> {
        &mut self.crawler_names
    }

    fn end(&mut self) -> &mut PageEnd {
        &mut self.end
    }

    fn name(item: &String) -> &str {
        item
    }
}

impl Action for ListCrawlers {
    type Input = Tagged<1000>;
    type Output = Output;
    const META: Meta = Meta {
        group: group::CRAWLERS,
        operation: Some("ListCrawlers"),
        permissions: &[Permission::unlimited("glue:ListCrawlers")],
        example: include_str!("list_crawlers.json"),
        ..Meta::read("listCrawlers", "List Crawlers", "List Crawlers available in AWS Glue")
    };

    async fn run(&self, cx: &Context, input: Tagged<1000>) -> Result<Output> {
        let page = |size: Option<i32>, token: Option<String>| {
            cx.read(glue(
                ListCrawlersInput::builder()
                    .set_max_results(size)
                    .set_next_token(token)
                    .set_tags(input.tags.clone())
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
    fn tags_filter() {
        let run = run(
            &ListCrawlers,
            json!({ "tags": [{ "key": "team", "value": "sales" }] }),
            &[json!({ "CrawlerNames": ["a"] })],
        );
        assert_eq!(run.body(), &json!({ "Tags": { "team": "sales" } }));
        assert_eq!(run.data(), &json!({ "CrawlerNames": ["a"] }));
    }
}
