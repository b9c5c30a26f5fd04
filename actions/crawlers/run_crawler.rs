//! `runCrawler`

use glue_connections::{Effect, Result};

use super::crawl::{self, Crawl, Output};
use super::{CrawlerToFollow, StartCrawler};
use crate::settle::Origin;
use crate::timestamp::Timestamp;
use crate::{Access, Action, Context, Meta};

/// Starts a crawl and waits for its end.
#[derive(Debug)]
pub struct RunCrawler;

impl Action for RunCrawler {
    type Input = CrawlerToFollow;
    type Output = Output;
    const META: Meta = Meta {
        key: "runCrawler",
        label: "Run Crawler",
        description: "Starts a crawler, waits until its crawl has ended, and says how.",
        operation: "StartCrawler",
        access: Access::ChangesEachTime,
        permissions: StartCrawler::META.permissions,
    };

    async fn run(&self, cx: &Context, input: CrawlerToFollow) -> Result<Output> {
        let CrawlerToFollow { crawler, wait, marker } = input;
        let name = crawler.name.clone();
        if let Some(id) = marker {
            return crawl::follow(cx, &name, &wait, |crawl| crawl.id.as_deref() == Some(&id)).await;
        }
        let sent = Timestamp::now();
        Action::run(&StartCrawler, cx, crawler).await?;
        // What began before is another's. AWS runs one crawl at a time: what began since is this one.
        let ours = |crawl: &Crawl| crawl.start_time.is_some_and(|started| cx.origin(started, sent) != Origin::Others);
        crawl::follow(cx, &name, &wait, ours).await.map_err(|error| error.with_effect(Effect::Applied))
    }
}
