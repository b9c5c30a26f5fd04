//! Crawlers.

mod crawl;
mod get_crawler;
mod list_crawlers;
mod list_crawls;
mod run_crawler;
mod start_crawler;
mod stop_crawler;
mod wait_for_crawler;

use aws_sdk_glue::operation::get_crawler::GetCrawlerInput;
use glue_connections::Result;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::Context;
use crate::limits::NAME;
use crate::named::CrawlerName;
use crate::wait::Wait;

pub use get_crawler::GetCrawler;
pub use list_crawlers::ListCrawlers;
pub use list_crawls::ListCrawls;
pub use run_crawler::RunCrawler;
pub use start_crawler::StartCrawler;
pub use stop_crawler::StopCrawler;
pub use wait_for_crawler::WaitForCrawler;

/// The end of the ARN of every crawler.
const CRAWLERS: &[&str] = &["crawler/*"];

/// The state of a crawler: READY, RUNNING or STOPPING.
async fn state(cx: &Context, name: &str) -> Result<Option<String>> {
    let answer: Value = cx.read(GetCrawlerInput::builder().name(name).build()).await?;
    Ok(answer["Crawler"]["State"].as_str().map(str::to_owned))
}

/// What the actions take that wait for a crawl.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CrawlerToFollow {
    #[serde(flatten)]
    crawler: CrawlerName,
    #[serde(flatten)]
    wait: Wait,
    /// # Marker
    /// The marker of a wait that ended at its time: the wait for that crawl goes on, in whichever process, and nothing is started.
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME))]
    marker: Option<String>,
}
