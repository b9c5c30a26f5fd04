//! Crawlers.

mod get_crawler;
mod list_crawlers;
mod list_crawls;
mod start_crawler;
mod stop_crawler;

use glue_connections::Result;
use serde_json::Value;

use crate::Context;

pub use get_crawler::GetCrawler;
pub use list_crawlers::ListCrawlers;
pub use list_crawls::ListCrawls;
pub use start_crawler::StartCrawler;
pub use stop_crawler::StopCrawler;

/// The end of the ARN of every crawler.
const CRAWLERS: &[&str] = &["crawler/*"];

/// The state of a crawler: READY, RUNNING or STOPPING.
async fn state(cx: &Context, name: &str) -> Result<Option<String>> {
    let answer: Value = cx.read("GetCrawler", |glue| glue.get_crawler().name(name).send()).await?;
    Ok(answer["Crawler"]["State"].as_str().map(str::to_owned))
}
