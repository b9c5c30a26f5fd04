//! `runCrawler`: starts a crawler, waits until its crawl has ended, and says how.

use glue_runtime::aws::Timestamp;
use glue_runtime::reconcile::Attribution;
use glue_runtime::{Action, Context, Effect, Meta, Result};

use super::crawl::{self, Crawl, Output};
use super::crawler::CrawlToWaitFor;
use super::start_crawler::StartCrawler;
use crate::fields::OneCrawler;
use crate::group;

/// The action `runCrawler`.
#[derive(Debug)]
pub struct RunCrawler;

impl Action for RunCrawler {
    type Input = CrawlToWaitFor;
    type Output = Output;
    const META: Meta = Meta {
        group: group::CRAWLERS,
        operation: Some("StartCrawler"),
        polls: &["ListCrawls"],
        permissions: StartCrawler::META.permissions,
        lost_answer: StartCrawler::META.lost_answer,
        example: include_str!("run_crawler.json"),
        ..Meta::start("runCrawler", "Run Crawler", "Starts a crawler, waits until its crawl has ended, and says how.")
    };

    async fn run(&self, cx: &Context, input: CrawlToWaitFor) -> Result<Output> {
        let CrawlToWaitFor { name, wait, marker } = input;
        if let Some(id) = marker {
            return crawl::poll(cx, &name.0, &wait, |crawl| crawl.id.as_deref() == Some(&id.0)).await;
        }
        let sent = Timestamp::now();
        Action::run(&StartCrawler, cx, OneCrawler { name: name.clone() }).await?;
        // A crawl that began before is another's. AWS runs one at a time: one that began since is this one.
        let ours =
            |crawl: &Crawl| crawl.start_time.is_some_and(|started| cx.attribute(started, sent) != Attribution::Others);
        crawl::poll(cx, &name.0, &wait, ours).await.map_err(|error| error.with_effect(Effect::Applied))
    }
}
