//! `startCrawler`: starts an existing crawler in AWS Glue.

use aws_sdk_glue::operation::start_crawler::{self, StartCrawlerInput};
use glue_runtime::action::LostAnswer;
use glue_runtime::aws::Timestamp;
use glue_runtime::reconcile::{Attribution, Verdict};
use glue_runtime::{Action, Context, Meta, Permission, Result};

use super::crawl;
use super::crawler::{CRAWLERS, state};
use crate::empty::Empty;
use crate::fields::OneCrawler;
use crate::glue::{Operation, glue};
use crate::group;

impl Operation for StartCrawlerInput {
    type Sdk = start_crawler::StartCrawler;
}

/// The action `startCrawler`.
#[derive(Debug)]
pub struct StartCrawler;

impl Action for StartCrawler {
    type Input = OneCrawler;
    type Output = Empty;
    const META: Meta = Meta {
        group: group::CRAWLERS,
        operation: Some("StartCrawler"),
        permissions: &[
            Permission::on("glue:StartCrawler", CRAWLERS),
            Permission::on("glue:GetCrawler", CRAWLERS),
            Permission::on("glue:ListCrawls", CRAWLERS),
        ],
        lost_answer: Some(LostAnswer {
            applied: "A crawl began after the request was sent.",
            not_applied: "No crawl began, or another's still runs.",
            unknown: "A crawl began too close to the request to tell.",
        }),
        example: include_str!("start_crawler.json"),
        ..Meta::start("startCrawler", "Start Crawler", "Starts an existing crawler in AWS Glue.")
    };

    async fn run(&self, cx: &Context, input: OneCrawler) -> Result<Empty> {
        let sent = Timestamp::now();
        let outcome = cx.change(glue(StartCrawlerInput::builder().name(&input.name.0).build())).await;
        cx.reconcile(outcome, || probe(cx, &input.name.0, sent)).await
    }
}

/// Probes the crawler: a crawl that began after the request was sent is its own, since AWS starts none while another's
/// runs.
async fn probe(cx: &Context, name: &str, sent: Timestamp) -> Result<Verdict<Empty>> {
    let state = state(cx, name).await?;
    let newest = crawl::latest(cx, name).await?.into_iter().next();
    let attribution = newest.as_ref().and_then(|crawl| crawl.start_time).map(|started| cx.attribute(started, sent));
    let runs = newest.is_some_and(|crawl| crawl.state.as_deref() == Some("RUNNING"));
    Ok(match (attribution, state.as_deref()) {
        (Some(Attribution::Ours), _) => Verdict::Applied(Empty::default()),
        (Some(Attribution::Ambiguous), _) => Verdict::Uncertain,
        (_, Some("READY")) => Verdict::NotApplied,
        // Another's crawl runs, and is the one that is seen.
        (Some(Attribution::Others), Some("RUNNING")) if runs => Verdict::NotApplied,
        _ => Verdict::Uncertain,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::assert_sends_its_name;

    #[test]
    fn the_name_is_sent_as_it_was_given() {
        assert_sends_its_name(&StartCrawler, "StartCrawler");
    }
}
