//! `stopCrawler`: if the specified crawler is running, stops the crawl.

use aws_sdk_glue::operation::stop_crawler::{self, StopCrawlerInput};
use glue_runtime::action::LostAnswer;
use glue_runtime::reconcile::Verdict;
use glue_runtime::{Action, Context, Meta, Permission, Result};

use super::crawler::{CRAWLERS, state};
use crate::empty::Empty;
use crate::fields::OneCrawler;
use crate::glue::{Operation, glue};
use crate::group;

impl Operation for StopCrawlerInput {
    type Sdk = stop_crawler::StopCrawler;
}

/// The action `stopCrawler`.
#[derive(Debug)]
pub struct StopCrawler;

impl Action for StopCrawler {
    type Input = OneCrawler;
    type Output = Empty;
    const META: Meta = Meta {
        group: group::CRAWLERS,
        operation: Some("StopCrawler"),
        permissions: &[Permission::on("glue:StopCrawler", CRAWLERS), Permission::on("glue:GetCrawler", CRAWLERS)],
        lost_answer: Some(LostAnswer {
            applied: "The crawler is stopping.",
            not_applied: "The crawler runs.",
            unknown: "The crawler is ready: it may have finished by itself.",
        }),
        example: include_str!("stop_crawler.json"),
        ..Meta::stop("stopCrawler", "Stop Crawler", "If the specified crawler is running, stops the crawl")
    };

    async fn run(&self, cx: &Context, input: OneCrawler) -> Result<Empty> {
        let outcome = cx.change(glue(StopCrawlerInput::builder().name(&input.name.0).build())).await;
        cx.reconcile(outcome, || probe(cx, &input.name.0)).await
    }
}

/// Probes the crawler: one that is ready may have been stopped, or may have finished by itself.
async fn probe(cx: &Context, name: &str) -> Result<Verdict<Empty>> {
    Ok(match state(cx, name).await?.as_deref() {
        Some("STOPPING") => Verdict::Applied(Empty::default()),
        Some("RUNNING") => Verdict::NotApplied,
        _ => Verdict::Uncertain,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::assert_sends_its_name;

    #[test]
    fn the_name_is_sent_as_it_was_given() {
        assert_sends_its_name(&StopCrawler, "StopCrawler");
    }
}
