//! `stopCrawler`

use glue_connections::Result;

use super::CRAWLERS;
use crate::named::{CrawlerName, Nothing};
use crate::{Access, Action, Context, Meta, Permission};

/// Stops the crawl that runs.
#[derive(Debug)]
pub struct StopCrawler;

impl Action for StopCrawler {
    type Input = CrawlerName;
    type Output = Nothing;
    const META: Meta = Meta {
        key: "stopCrawler",
        label: "Stop Crawler",
        description: "If the specified crawler is running, stops the crawl",
        operation: "StopCrawler",
        access: Access::Changes,
        permissions: &[Permission { action: "glue:StopCrawler", resources: CRAWLERS }],
    };

    async fn run(&self, cx: &Context, input: CrawlerName) -> Result<Nothing> {
        cx.change("StopCrawler", |glue| glue.stop_crawler().name(&input.name).send()).await
    }
}
