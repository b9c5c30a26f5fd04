//! A crawl, as `ListCrawls` has it, and the wait for its end.

use aws_sdk_glue::operation::list_crawls::ListCrawlsInput;
use glue_runtime::aws::Timestamp;
use glue_runtime::polling::{Phase, PollResult, Pollable, Wait};
use glue_runtime::{Context, Error, Kind, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::glue::glue;
use crate::status::ResourceKind;

/// A crawl.
#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Crawl {
    /// # Crawl ID
    /// The ID of the crawl.
    #[serde(rename = "CrawlId")]
    pub(super) id: Option<String>,
    /// # State
    /// RUNNING, COMPLETED, FAILED or STOPPED.
    pub(super) state: Option<String>,
    /// # Start Time
    /// When the crawl began.
    pub(super) start_time: Option<Timestamp>,
    /// # End Time
    /// When the crawl ended.
    end_time: Option<Timestamp>,
    /// # Summary
    /// The changes in the catalog, as Glue writes them: JSON.
    summary: Option<String>,
    /// # Error Message
    /// The reason of a failure.
    error_message: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Crawls {
    #[serde(default)]
    crawls: Vec<Crawl>,
}

/// The latest crawls of a crawler, newest first.
pub(super) async fn latest(cx: &Context, name: &str) -> Result<Vec<Crawl>> {
    let mut found: Crawls =
        cx.read(glue(ListCrawlsInput::builder().crawler_name(name).max_results(100).build())).await?;
    found.crawls.sort_by_key(|crawl| std::cmp::Reverse(crawl.start_time));
    Ok(found.crawls)
}

/// The result of a wait for a crawl.
#[serde_with::skip_serializing_none]
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Done
    /// True when the crawl has ended.
    done: bool,
    /// # State
    /// The state of the crawl: the final one, or the latest that was seen.
    state: Option<String>,
    /// # Marker
    /// Present when the crawl has not ended: give it to this action again to wait on.
    marker: Option<String>,
    /// # Tables Created
    /// The number of tables that the crawl added to the catalog, where Glue says so.
    tables_created: Option<u64>,
    /// # Tables Updated
    /// The number of tables that the crawl changed, where Glue says so.
    tables_updated: Option<u64>,
    /// # Tables Deleted
    /// The number of tables that the crawl removed, where Glue says so.
    tables_deleted: Option<u64>,
    /// # Duration Seconds
    /// From the start of the crawl to its end, or until it was seen last.
    duration_seconds: Option<f64>,
    /// # Crawl
    /// The crawl.
    crawl: Option<Crawl>,
}

/// Waits for the end of the crawl that `is_meant` picks from the latest ones.
///
/// # Errors
/// `jobFailed` for an unsuccessful end, unless that is to be data; `cancelled`; a permanent failure before
/// any check has succeeded.
pub(super) async fn poll(
    cx: &Context,
    name: &str,
    wait: &Wait,
    is_meant: impl Fn(&Crawl) -> bool + Send + Sync,
) -> Result<Output> {
    let is_meant = &is_meant;
    let check = |_| async move {
        // AWS lists a crawl a moment after it has begun.
        let none_yet =
            || Error::new(Kind::NotFound, format!("The crawler {name} has no such crawl, yet.")).retryable(None);
        latest(cx, name).await?.into_iter().find(is_meant).ok_or_else(none_yet)
    };
    Ok(Output::new(wait.poll(cx, &format!("The crawl of {name}"), check).await?))
}

impl Pollable for Crawl {
    const NAME: &'static str = "Crawl";

    fn phase(&self) -> Phase {
        ResourceKind::Crawl.phase(self.state())
    }

    fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    fn started(&self) -> Option<Timestamp> {
        self.start_time
    }

    fn ended(&self) -> Option<Timestamp> {
        self.end_time
    }

    fn reason(&self) -> Option<&str> {
        self.error_message.as_deref()
    }
}

impl Output {
    fn new(result: PollResult<Crawl>) -> Self {
        let latest = result.latest.as_ref();
        let summary = latest.and_then(|crawl| crawl.summary.as_deref());
        let summary = summary.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let tables =
            |change: &str| summary.as_ref().map(|all| all["TABLE"][change]["Count"].as_u64().unwrap_or_default());
        Self {
            done: result.done,
            state: result.state(),
            marker: latest.and_then(|crawl| crawl.id.clone()).filter(|_| !result.done),
            tables_created: tables("ADD"),
            tables_updated: tables("UPDATE"),
            tables_deleted: tables("DELETE"),
            duration_seconds: result.duration_seconds(),
            crawl: result.latest,
        }
    }
}
