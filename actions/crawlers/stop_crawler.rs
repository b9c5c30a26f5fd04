//! `stopCrawler`

use aws_sdk_glue::operation::stop_crawler::{self, StopCrawlerInput};
use glue_connections::Result;

use super::{CRAWLERS, state};
use crate::named::{CrawlerName, Nothing};
use crate::settle::Finding;
use crate::wire::Operation;
use crate::{Access, Action, Context, Meta, Permission};

impl Operation for StopCrawlerInput {
    type Plugin = stop_crawler::StopCrawler;
}

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
        permissions: &[
            Permission { action: "glue:StopCrawler", resources: CRAWLERS },
            Permission { action: "glue:GetCrawler", resources: CRAWLERS },
        ],
    };

    async fn run(&self, cx: &Context, input: CrawlerName) -> Result<Nothing> {
        let outcome = cx.change(StopCrawlerInput::builder().name(&input.name).build()).await;
        cx.settle(outcome, || look(cx, &input.name)).await
    }
}

/// A crawler that is ready may have been stopped, or may have finished by itself.
async fn look(cx: &Context, name: &str) -> Result<Finding<Nothing>> {
    Ok(match state(cx, name).await?.as_deref() {
        Some("STOPPING") => Finding::Applied(Nothing::default()),
        Some("RUNNING") => Finding::NotApplied,
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
        let run = run(&StopCrawler, json!({ "name": " \u{1f600} \"a\"" }), &[json!({ "Tomorrow": 1 })]);
        assert_eq!(run.sent, [("StopCrawler".to_owned(), json!({ "Name": " \u{1f600} \"a\"" }))]);
        assert_eq!(run.data(), &json!({ "Tomorrow": 1 }));
    }
}
