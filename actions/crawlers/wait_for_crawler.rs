//! `waitForCrawler`: waits until the latest crawl of a crawler has ended, and says how.

use glue_runtime::{Action, Context, Meta, Permission, Result};

use super::crawl::{self, Crawl, Output};
use super::crawler::{CRAWLERS, CrawlToWaitFor};
use crate::group;

/// The action `waitForCrawler`.
#[derive(Debug)]
pub struct WaitForCrawler;

impl Action for WaitForCrawler {
    type Input = CrawlToWaitFor;
    type Output = Output;
    const META: Meta = Meta {
        group: group::CRAWLERS,
        operation: Some("ListCrawls"),
        permissions: &[Permission::on("glue:ListCrawls", CRAWLERS)],
        example: include_str!("wait_for_crawler.json"),
        ..Meta::read(
            "waitForCrawler",
            "Wait For Crawler",
            "Waits until the latest crawl of a crawler has ended, and says how.",
        )
    };

    async fn run(&self, cx: &Context, input: CrawlToWaitFor) -> Result<Output> {
        let is_meant = |crawl: &Crawl| input.marker.as_ref().is_none_or(|marker| crawl.id.as_ref() == Some(&marker.0));
        crawl::poll(cx, &input.name.0, &input.wait, is_meant).await
    }
}
