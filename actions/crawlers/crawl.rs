//! A crawl, as `ListCrawls` has it, and waiting for its end.

use aws_sdk_glue::operation::list_crawls::ListCrawlsInput;
use glue_connections::{Error, Kind, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Context;
use crate::states::Thing;
use crate::timestamp::Timestamp;
use crate::wait::{Followed, Wait, Waited};

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
    /// What the crawl changed in the catalog, as Glue writes it: JSON.
    summary: Option<String>,
    /// # Error Message
    /// Why the crawl failed.
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
    let mut found: Crawls = cx.read(ListCrawlsInput::builder().crawler_name(name).max_results(100).build()).await?;
    found.crawls.sort_by_key(|crawl| std::cmp::Reverse(crawl.start_time));
    Ok(found.crawls)
}

/// What became of a crawl that was waited for.
#[serde_with::skip_serializing_none]
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Done
    /// Whether the crawl has ended.
    done: bool,
    /// # State
    /// The state of the crawl: the final one, or the one that was seen last.
    state: Option<String>,
    /// # Marker
    /// Where the crawl has not ended: give it to this action again to wait on.
    marker: Option<String>,
    /// # Tables Created
    /// How many tables the crawl added to the catalog, where Glue says so.
    tables_created: Option<u64>,
    /// # Tables Updated
    /// How many tables the crawl changed, where Glue says so.
    tables_updated: Option<u64>,
    /// # Tables Deleted
    /// How many tables the crawl removed, where Glue says so.
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
/// `jobFailed` for an unsuccessful end, unless that is to be data; `cancelled`; what the first look says for good.
pub(super) async fn follow(
    cx: &Context,
    name: &str,
    wait: &Wait,
    is_meant: impl Fn(&Crawl) -> bool + Send + Sync,
) -> Result<Output> {
    let is_meant = &is_meant;
    let look = |_| async move {
        // AWS lists a crawl a moment after it has begun.
        let none_yet =
            || Error::new(Kind::NotFound, format!("The crawler {name} has no such crawl, yet.")).retryable(None);
        latest(cx, name).await?.into_iter().find(is_meant).ok_or_else(none_yet)
    };
    Ok(Output::new(wait.follow(cx, &format!("The crawl of {name}"), look).await?))
}

impl Followed for Crawl {
    const THING: Thing = Thing::Crawl;

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
    fn new(waited: Waited<Crawl>) -> Self {
        let seen = waited.seen.as_ref();
        let summary =
            seen.and_then(|crawl| crawl.summary.as_deref()).and_then(|text| serde_json::from_str::<Value>(text).ok());
        let tables = |change: &str| {
            summary.as_ref().map(|summary| summary["TABLE"][change]["Count"].as_u64().unwrap_or_default())
        };
        Self {
            done: waited.done,
            state: waited.state(),
            marker: seen.and_then(|crawl| crawl.id.clone()).filter(|_| !waited.done),
            tables_created: tables("ADD"),
            tables_updated: tables("UPDATE"),
            tables_deleted: tables("DELETE"),
            duration_seconds: waited.duration_seconds(),
            crawl: waited.seen,
        }
    }
}
