//! The recent runs of a job, which is where a run is looked for.

use std::time::Duration;

use aws_sdk_glue::operation::get_job_runs::GetJobRunsInput;
use glue_connections::Result;
use serde::Deserialize;

use super::JobRun;
use crate::Context;
use crate::paging::End;
use crate::states::{Phase, Thing};
use crate::timestamp::Timestamp;

/// How far back runs are looked at: this many, and this old.
pub(crate) const SEARCHED_RUNS: usize = 10_000;
pub(crate) const SEARCHED_AGE: Duration = Duration::from_hours(24);

/// The argument that carries an idempotency key. The job's script may read it.
pub(crate) const KEY_ARGUMENT: &str = "--idempotency_key";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct JobRuns {
    #[serde(default)]
    job_runs: Vec<JobRun>,
    #[serde(flatten)]
    end: End,
}

/// The recent runs of a job that `wanted` picks. AWS lists the newest first, but does not promise to.
async fn recent(cx: &Context, job: &str, wanted: impl Fn(&JobRun) -> bool + Send + Sync) -> Result<Vec<JobRun>> {
    let oldest = Timestamp::now().minus(SEARCHED_AGE);
    let mut found = Vec::new();
    let mut seen = 0;
    let mut token = None;
    loop {
        let page: JobRuns =
            cx.read(GetJobRunsInput::builder().job_name(job).max_results(200).set_next_token(token).build()).await?;
        seen += page.job_runs.len();
        let bounds =
            (page.job_runs.first().and_then(|run| run.started_on), page.job_runs.last().and_then(|run| run.started_on));
        // Only a page that falls is known to be followed by older ones.
        let too_old = matches!(bounds, (Some(first), Some(last)) if last < oldest && last <= first);
        found.extend(page.job_runs.into_iter().filter(&wanted));
        token = page.end.into_token();
        if token.is_none() || too_old || seen >= SEARCHED_RUNS {
            return Ok(found);
        }
    }
}

/// The recent runs that carry an idempotency key, the oldest first.
pub(super) async fn with_key(cx: &Context, job: &str, key: &str) -> Result<Vec<JobRun>> {
    let carries = |run: &JobRun| {
        run.arguments.as_ref().and_then(|arguments| arguments.get(KEY_ARGUMENT)).is_some_and(|value| value == key)
    };
    let mut found = recent(cx, job, carries).await?;
    found.sort_by(|a, b| (a.started_on, &a.id).cmp(&(b.started_on, &b.id)));
    Ok(found)
}

/// The newest run that goes on.
pub(super) async fn going_on(cx: &Context, job: &str) -> Result<Option<JobRun>> {
    let found = recent(cx, job, |run| Thing::JobRun.phase(run.job_run_state.as_deref()) == Phase::GoesOn).await?;
    Ok(found.into_iter().max_by_key(|run| run.started_on))
}
