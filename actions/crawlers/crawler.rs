//! A crawler: its ARN, its state, and the form of actions that wait for its crawl.

use aws_sdk_glue::operation::get_crawler::GetCrawlerInput;
use glue_runtime::polling::Wait;
use glue_runtime::{Context, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::fields::{CrawlerName, WaitMarker};
use crate::glue::glue;

/// The end of the ARN of every crawler.
pub(super) const CRAWLERS: &[&str] = &["crawler/*"];

/// The state of a crawler: READY, RUNNING or STOPPING.
pub(super) async fn state(cx: &Context, name: &str) -> Result<Option<String>> {
    let answer: Value = cx.read(glue(GetCrawlerInput::builder().name(name).build())).await?;
    Ok(answer["Crawler"]["State"].as_str().map(str::to_owned))
}

/// The form of actions that wait for a crawl.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CrawlToWaitFor {
    pub(super) name: CrawlerName,
    #[serde(flatten)]
    pub(super) wait: Wait,
    /// # Marker
    /// The marker of a wait that ended at its timeout: the wait for that crawl goes on, in whichever process, and nothing is started.
    pub(super) marker: Option<WaitMarker>,
}
