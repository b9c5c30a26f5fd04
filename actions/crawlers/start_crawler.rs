//! `startCrawler`

use glue_connections::Result;

use super::CRAWLERS;
use crate::named::{CrawlerName, Nothing};
use crate::{Access, Action, Context, Meta, Permission};

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
        permissions: &[Permission { action: "glue:StartCrawler", resources: CRAWLERS }],
    };

    async fn run(&self, cx: &Context, input: CrawlerName) -> Result<Nothing> {
        cx.change("StartCrawler", |glue| glue.start_crawler().name(&input.name).send()).await
    }
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
