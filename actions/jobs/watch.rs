//! Looking at runs that are waited for: one look for all waits on the runs of a job.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_glue::operation::get_job_run::GetJobRunInput;
use aws_sdk_glue::operation::get_job_runs::GetJobRunsInput;
use glue_connections::{Error, Kind, Result};
use lru::LruCache;
use serde::Deserialize;
use tokio::time::Instant;

use super::JobRun;
use crate::Context;
use crate::paging::End;

/// Jobs whose watches are kept; a watch that is dropped while it is used only looks once more.
const JOBS: NonZeroUsize = NonZeroUsize::new(4096).expect("not zero");
/// Pages that a look goes through for several runs; runs further down are looked at one by one.
const PAGES: usize = 5;

/// The watches of a process, by account, region and job.
#[derive(Debug)]
pub(crate) struct Watches(Mutex<LruCache<String, Arc<Watch>>>);

impl Default for Watches {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(JOBS)))
    }
}

impl Watches {
    /// The watch on a job, which all waits in one account and region share.
    pub(crate) fn on(&self, scope: String) -> Arc<Watch> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(scope, Arc::default).clone()
    }
}

/// What is watched of one job, and what the latest look saw.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// Runs that are waited for, and by how many.
    watched: Mutex<HashMap<String, usize>>,
    /// Who holds it looks; the others wait for what is seen.
    latest: tokio::sync::Mutex<Latest>,
}

#[derive(Debug, Default)]
struct Latest {
    at: Option<Instant>,
    runs: HashMap<String, JobRun>,
    failure: Option<Box<Error>>,
}

/// A run that is waited for; it is watched until this is dropped.
pub(crate) struct Watched<'a> {
    watch: &'a Watch,
    run: &'a str,
}

impl Watch {
    pub(crate) fn run<'a>(&'a self, run: &'a str) -> Watched<'a> {
        *self.watched.lock().unwrap_or_else(PoisonError::into_inner).entry(run.to_owned()).or_default() += 1;
        Watched { watch: self, run }
    }

    fn ids(&self) -> HashSet<String> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        let mut watched = self.watch.watched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = watched.get_mut(self.run) {
            *count -= 1;
            if *count == 0 {
                watched.remove(self.run);
            }
        }
    }
}

impl Watched<'_> {
    /// The run as it was seen no longer ago than `age`, by this wait or by another.
    pub(crate) async fn look(&self, cx: &Context, job: &str, age: Duration) -> Result<JobRun> {
        let waited = cx.deadline.bound(self.watch.latest.lock()).await;
        let mut latest = waited.map_err(|stop| stop.into_error("while another request looked at the job's runs"))?;
        if latest.at.is_some_and(|at| at.elapsed() < age) {
            if let Some(run) = latest.runs.get(self.run) {
                return Ok(run.clone());
            }
            if let Some(failure) = &latest.failure {
                return Err(failure.clone());
            }
        }
        let ids = self.watch.ids();
        let seen = if ids.len() > 1 { several(cx, job, &ids).await } else { Ok(HashMap::new()) };
        let (mut runs, mut failure) = seen.map_or_else(|error| (HashMap::new(), Some(error)), |runs| (runs, None));
        if failure.is_none() && !runs.contains_key(self.run) {
            match one(cx, job, self.run).await {
                Ok(run) => drop(runs.insert(self.run.to_owned(), run)),
                // It is about this run alone.
                Err(error) if !error.retryable => return Err(error),
                Err(error) => failure = Some(error),
            }
        }
        let outcome = runs.get(self.run).cloned().ok_or_else(|| failure.clone());
        *latest = Latest { at: Some(Instant::now()), runs, failure };
        outcome.map_err(|failure| {
            failure.unwrap_or_else(|| Error::new(Kind::Internal, "A run was neither seen nor refused."))
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct One {
    job_run: JobRun,
}

async fn one(cx: &Context, job: &str, run: &str) -> Result<JobRun> {
    let found: One = cx.read(GetJobRunInput::builder().job_name(job).run_id(run).build()).await?;
    Ok(found.job_run)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default)]
    job_runs: Vec<JobRun>,
    #[serde(flatten)]
    end: End,
}

/// The runs that are watched, as far as they stand on the first pages; AWS lists the newest first.
async fn several(cx: &Context, job: &str, ids: &HashSet<String>) -> Result<HashMap<String, JobRun>> {
    let mut found = HashMap::new();
    let mut token = None;
    for _ in 0..PAGES {
        let page: Page =
            cx.read(GetJobRunsInput::builder().job_name(job).max_results(200).set_next_token(token).build()).await?;
        let watched = page
            .job_runs
            .into_iter()
            .filter_map(|run| run.id.clone().filter(|id| ids.contains(id)).map(|id| (id, run)));
        found.extend(watched);
        token = page.end.into_token();
        if token.is_none() || found.len() == ids.len() {
            break;
        }
    }
    Ok(found)
}
