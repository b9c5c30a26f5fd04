//! `waitForCrawler`

use glue_connections::Result;

use super::crawl::{self, Crawl, Output};
use super::{CRAWLERS, CrawlerToFollow};
use crate::{Access, Action, Context, Meta, Permission};

/// Waits for the end of a crawl.
#[derive(Debug)]
pub struct WaitForCrawler;

impl Action for WaitForCrawler {
    type Input = CrawlerToFollow;
    type Output = Output;
    const META: Meta = Meta {
        key: "waitForCrawler",
        label: "Wait For Crawler",
        description: "Waits until the latest crawl of a crawler has ended, and says how.",
        operation: "ListCrawls",
        access: Access::Reads,
        permissions: &[Permission { action: "glue:ListCrawls", resources: CRAWLERS }],
    };

    async fn run(&self, cx: &Context, input: CrawlerToFollow) -> Result<Output> {
        let is_meant = |crawl: &Crawl| input.marker.is_none() || crawl.id == input.marker;
        crawl::follow(cx, &input.crawler.name, &input.wait, is_meant).await
    }
}
