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
