//! `crawlers`: the crawlers of the account.

use aws_sdk_glue::operation::list_crawlers::ListCrawlersInput;
use glue_runtime::{Action, Context, Meta, Permission, Result};

use super::choices::{Choices, RawPage, Search};
use crate::glue::glue;
use crate::group;

/// The data source `crawlers`.
#[derive(Debug)]
pub struct Crawlers;

impl Action for Crawlers {
    type Input = Search;
    type Output = Choices;
    const META: Meta = Meta {
        group: group::CRAWLERS,
        operation: Some("ListCrawlers"),
        permissions: &[Permission::unlimited("glue:ListCrawlers")],
        example: include_str!("crawlers.json"),
        ..Meta::read("crawlers", "Crawlers", "The crawlers of the account.")
    };

    async fn run(&self, cx: &Context, input: Search) -> Result<Choices> {
        let page = |token| async {
            let request = ListCrawlersInput::builder().max_results(1000).set_next_token(token).build();
            let page: RawPage = cx.read(glue(request)).await?;
            Ok(page.names("CrawlerNames"))
        };
        input.collect(page).await
    }
}
