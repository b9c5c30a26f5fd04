//! `startCrawler`

use aws_sdk_glue::operation::start_crawler::{self, StartCrawlerInput};
use glue_connections::Result;

use super::{CRAWLERS, crawl, state};
use crate::named::{CrawlerName, Nothing};
use crate::settle::{Finding, Origin};
use crate::timestamp::Timestamp;
use crate::wire::Operation;
use crate::{Access, Action, Context, Meta, Permission};

impl Operation for StartCrawlerInput {
    type Plugin = start_crawler::StartCrawler;
}

/// Starts a crawl.
#[derive(Debug)]
pub struct StartCrawler;

impl Action for StartCrawler {
    type Input = CrawlerName;
    type Output = Nothing;
    const META: Meta = Meta {
        key: "startCrawler",
        label: "Start Crawler",
        description: "Starts an existing crawler in AWS Glue.",
        operation: "StartCrawler",
        access: Access::ChangesEachTime,
        permissions: &[
            Permission { action: "glue:StartCrawler", resources: CRAWLERS },
            Permission { action: "glue:GetCrawler", resources: CRAWLERS },
            Permission { action: "glue:ListCrawls", resources: CRAWLERS },
        ],
    };

    async fn run(&self, cx: &Context, input: CrawlerName) -> Result<Nothing> {
        let sent = Timestamp::now();
        let outcome = cx.change(StartCrawlerInput::builder().name(&input.name).build()).await;
        cx.settle(outcome, || look(cx, &input.name, sent)).await
    }
}

/// A crawl that began after the request was sent is its own: while another's runs, AWS refuses to start one.
async fn look(cx: &Context, name: &str, sent: Timestamp) -> Result<Finding<Nothing>> {
    let state = state(cx, name).await?;
    let newest = crawl::latest(cx, name).await?.into_iter().next();
    let origin = newest.as_ref().and_then(|crawl| crawl.start_time).map(|started| cx.origin(started, sent));
    let runs = newest.is_some_and(|crawl| crawl.state.as_deref() == Some("RUNNING"));
    Ok(match (origin, state.as_deref()) {
        (Some(Origin::Ours), _) => Finding::Applied(Nothing::default()),
        (Some(Origin::TooClose), _) => Finding::Uncertain,
        (_, Some("READY")) => Finding::NotApplied,
        // Another's crawl runs, and is the one that is seen.
        (Some(Origin::Others), Some("RUNNING")) if runs => Finding::NotApplied,
        _ => Finding::Uncertain,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::run;

    #[test]
    fn the_name_is_sent_as_it_was_given() {
        let run = run(&StartCrawler, json!({ "name": " \u{1f600} \"a\"" }), &[json!({ "Tomorrow": 1 })]);
        assert_eq!(run.sent, [("StartCrawler".to_owned(), json!({ "Name": " \u{1f600} \"a\"" }))]);
        assert_eq!(run.data(), &json!({ "Tomorrow": 1 }));
    }
}
