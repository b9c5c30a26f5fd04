//! The runs of a job: one of them, a page of them, a walk through the recent ones, and status checks for waits.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::time::Duration;

use aws_sdk_glue::operation::get_job_run::GetJobRunInput;
use aws_sdk_glue::operation::get_job_runs::{self, GetJobRunsInput};
use glue_runtime::aws::Timestamp;
use glue_runtime::aws::session::Digest;
use glue_runtime::pages::PageEnd;
use glue_runtime::polling::Phase;
use glue_runtime::reconcile::SETTLED_AFTER;
use glue_runtime::shared_poller::{CHECK_TIMEOUT, StatusChecks};
use glue_runtime::{Context, LruMap, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::idempotency::KEY_AGE;
use super::job_run::JobRun;
use crate::glue::{Operation, glue};
use crate::status::ResourceKind;

/// The most runs that a search goes through; those that began before this age end it.
const SEARCHED_RUNS: usize = 10_000;
const SEARCHED_AGE: Duration = KEY_AGE;

/// The most runs in a page of `GetJobRuns` (`PageSize`).
pub(crate) const PAGE_SIZE: i32 = 200;

/// The most pages that a status check of several runs goes through; runs further down are checked one by one.
const CHECKED_PAGES: usize = 5;

/// The time after its start within which AWS shows a run, wherever it is looked for.
pub(super) const VISIBLE_AFTER: Duration = Duration::from_secs(30);

/// The runs that this process has started of late, and when.
type Starts = LruMap<((Digest, String), String), OnceLock<Instant>, 1024>;

/// Notes that a run was started by this process just now.
pub(super) fn note_start(cx: &Context, job: &str, run: &str) {
    // Noted before, if a key has found it again.
    let _ = cx.store().get::<Starts>().get((scope(cx, job), run.to_owned())).set(Instant::now());
}

/// The time until AWS shows a run that this process has started; zero for any other.
pub(super) fn until_visible(cx: &Context, job: &str, run: &str) -> Duration {
    let started = cx.store().get::<Starts>().get((scope(cx, job), run.to_owned()));
    started.get().map_or(Duration::ZERO, |started| VISIBLE_AFTER.saturating_sub(started.elapsed()))
}

impl Operation for GetJobRunsInput {
    type Sdk = get_job_runs::GetJobRuns;
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Runs {
    #[serde(default)]
    job_runs: Vec<JobRun>,
    #[serde(flatten)]
    end: PageEnd,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Run {
    job_run: JobRun,
}

/// A page of a job's runs. AWS lists the newest first, but does not promise to.
pub(crate) async fn page<P: DeserializeOwned>(
    cx: &Context,
    job: &str,
    size: Option<i32>,
    token: Option<String>,
) -> Result<P> {
    cx.read(glue(GetJobRunsInput::builder().job_name(job).set_max_results(size).set_next_token(token).build())).await
}

/// One run of a job.
pub(super) async fn get(cx: &Context, job: &str, run: &str) -> Result<JobRun> {
    let found: Run = cx.read(glue(GetJobRunInput::builder().job_name(job).run_id(run).build())).await?;
    Ok(found.job_run)
}

/// Goes through a job's runs page by page, until `visit` breaks.
async fn walk(cx: &Context, job: &str, mut visit: impl FnMut(Vec<JobRun>) -> ControlFlow<()> + Send) -> Result<()> {
    let mut token = None;
    loop {
        let Runs { job_runs, end } = page(cx, job, Some(PAGE_SIZE), token).await?;
        token = end.into_token();
        if visit(job_runs).is_break() || token.is_none() {
            return Ok(());
        }
    }
}

/// The recent runs of a job that `wanted` picks.
async fn recent(cx: &Context, job: &str, wanted: impl Fn(&JobRun) -> bool + Send + Sync) -> Result<Vec<JobRun>> {
    let oldest = now(cx).minus(SEARCHED_AGE);
    let mut found = Vec::new();
    let mut seen = 0;
    walk(cx, job, |runs| {
        seen += runs.len();
        let started = |run: Option<&JobRun>| run.and_then(|run| run.started_on);
        // Only a page that falls is known to be followed by older ones.
        let too_old = matches!(
            (started(runs.first()), started(runs.last())),
            (Some(first), Some(last)) if last < oldest && last <= first
        );
        found.extend(runs.into_iter().filter(&wanted));
        if too_old || seen >= SEARCHED_RUNS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .await?;
    Ok(found)
}

/// The present on AWS's clock.
pub(super) fn now(cx: &Context) -> Timestamp {
    Timestamp::now().plus(cx.clock_offset())
}

/// The time until AWS shows what was started at the same time as this run.
pub(super) fn until_settled(cx: &Context, run: &JobRun) -> Duration {
    let age = run.started_on.map(|started| now(cx).since(started));
    // Clocks that differ may put the start into the future.
    age.map_or(Duration::ZERO, |age| SETTLED_AFTER.saturating_sub(age.try_into().unwrap_or_default()))
}

/// The runs of the last 24 hours with this argument, the oldest first.
pub(super) async fn with_argument(cx: &Context, job: &str, name: &str, value: &str) -> Result<Vec<JobRun>> {
    let has =
        |run: &JobRun| run.arguments.as_ref().and_then(|arguments| arguments.get(name)).is_some_and(|it| it == value);
    let mut found = recent(cx, job, has).await?;
    let oldest = now(cx).minus(KEY_AGE);
    found.retain(|run| run.started_on.is_none_or(|started| started > oldest));
    found.sort_by(|a, b| (a.started_on, &a.id).cmp(&(b.started_on, &b.id)));
    Ok(found)
}

/// True for the state of a run that goes on, and is not being stopped.
pub(super) fn goes_on(state: Option<&str>) -> bool {
    state != Some("STOPPING") && ResourceKind::JobRun.phase(state) == Phase::InProgress
}

/// The newest run that has not ended.
pub(super) async fn in_progress(cx: &Context, job: &str) -> Result<Option<JobRun>> {
    let in_progress = |run: &JobRun| ResourceKind::JobRun.phase(run.job_run_state.as_deref()) == Phase::InProgress;
    let found = recent(cx, job, in_progress).await?;
    Ok(found.into_iter().max_by_key(|run| run.started_on))
}

/// The scope of a job's shared state: whoever does not hold the same credentials, with the same settings and in the same
/// region, shares nothing.
pub(super) fn scope(cx: &Context, job: &str) -> (Digest, String) {
    (*cx.session().fingerprint(), job.to_owned())
}

/// Status checks of a job's runs.
pub(super) struct RunChecks {
    cx: Context,
    job: String,
}

impl RunChecks {
    /// Checks that outlive the wait which needs them first, as others may share them.
    pub(super) fn new(cx: &Context, job: &str) -> Self {
        Self { cx: cx.for_shared_work(CHECK_TIMEOUT), job: job.to_owned() }
    }
}

impl StatusChecks<JobRun> for RunChecks {
    async fn one(&self, run: &str) -> Result<JobRun> {
        get(&self.cx, &self.job, run).await
    }

    async fn several(&self, ids: &HashSet<String>) -> Result<HashMap<String, JobRun>> {
        let mut found = HashMap::new();
        let mut pages = 0;
        walk(&self.cx, &self.job, |runs| {
            pages += 1;
            let wanted = runs.into_iter().filter_map(|run| Some((run.id.clone().filter(|id| ids.contains(id))?, run)));
            found.extend(wanted);
            let done = pages == CHECKED_PAGES || found.len() == ids.len();
            if done { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .await?;
        Ok(found)
    }
}
