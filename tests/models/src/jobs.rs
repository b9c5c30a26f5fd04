//! What stands around the start of a job with an idempotency key: an AWS that shows runs late and loses answers. What
//! no model is about is there in name only.
#![expect(
    clippy::unused_async,
    clippy::unused_self,
    clippy::struct_field_names,
    reason = "signatures are the real ones'"
)]

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::aws::Timestamp;
use crate::aws::session::Digest;
use crate::backoff::Backoff;
use crate::check::any_of;
use crate::context::Context;
use crate::error::{Effect, Error, Kind, Result};
use crate::reconcile::SETTLED_AFTER;
use crate::task::yield_now;
use job_run::JobRun;
use start_job_run::{Input, Output, WhenRunning};

#[path = "../../../actions/jobs/idempotency.rs"]
mod idempotency;
#[path = "../../../actions/jobs/start_once.rs"]
mod start_once;

/// The runs of one job, all with one key.
#[derive(Debug)]
pub struct Aws {
    runs: Mutex<Vec<Run>>,
    manner: Manner,
}

/// How AWS treats a start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Manner {
    /// It shows the run at once.
    Prompt,
    /// It may show the run late.
    Late,
    /// It may also lose the request, or the answer.
    Lossy,
}

#[derive(Debug)]
struct Run {
    shown: JobRun,
    /// The time at which AWS shows it.
    visible: Timestamp,
}

impl Aws {
    /// An AWS without runs.
    #[must_use]
    pub fn new(manner: Manner) -> Arc<Self> {
        Arc::new(Self { runs: Mutex::default(), manner })
    }

    /// The IDs of the runs that nobody has stopped.
    pub fn going_on(&self) -> Vec<String> {
        let runs = self.runs.lock();
        let on = runs.iter().filter(|run| runs::goes_on(run.shown.job_run_state.as_deref()));
        on.filter_map(|run| run.shown.id.clone()).collect()
    }

    /// The number of runs that were started.
    pub fn started(&self) -> usize {
        self.runs.lock().len()
    }

    async fn start(&self) -> Result<Output> {
        let lossy = self.manner == Manner::Lossy;
        // Whatever becomes of the request from here on, AWS has acted on it or never will.
        let run = if lossy && any_of(3) == 0 { None } else { Some(self.add_run()) };
        yield_now().await;
        match run {
            Some(run) if !lossy || any_of(2) == 0 => Ok(Output { job_run_id: Some(run) }),
            _ => Err(Error::new(Kind::BadResponse, "The answer was lost.").with_effect(Effect::Unknown)),
        }
    }

    fn add_run(&self) -> String {
        let mut runs = self.runs.lock();
        let (id, now) = (format!("jr_{}", runs.len()), Timestamp::now());
        let late = if self.manner == Manner::Prompt { 0.0 } else { [0.0, 0.5, 0.9][any_of(3)] };
        let shown = JobRun { id: Some(id.clone()), started_on: Some(now), job_run_state: None };
        runs.push(Run { shown, visible: now.plus(SETTLED_AFTER.mul_f64(late)) });
        id
    }

    async fn visible(&self) -> Result<Vec<JobRun>> {
        yield_now().await;
        if self.manner == Manner::Lossy && any_of(4) == 0 {
            return Err(Error::new(Kind::Service, "AWS failed.").retryable(None));
        }
        let runs = self.runs.lock();
        Ok(runs.iter().filter(|run| run.visible <= Timestamp::now()).map(|run| run.shown.clone()).collect())
    }

    async fn stop(&self, ids: &[String]) {
        yield_now().await;
        for run in self.runs.lock().iter_mut() {
            if run.shown.id.as_ref().is_some_and(|id| ids.contains(id)) {
                run.shown.job_run_state = Some("STOPPING".to_owned());
            }
        }
    }
}

/// Starts a run with a key, and gives back its ID.
///
/// # Errors
/// As the action `startJobRun`.
pub async fn start_once(cx: &Context) -> Result<Option<String>> {
    let argument = idempotency::KEY_ARGUMENT.to_owned();
    let input =
        Input { name: JobName("job".to_owned()), idempotency_argument: argument, when_running: WhenRunning::Fail };
    input.start_once(cx, "key").await.map(|output| output.job_run_id)
}

/// The name of a job.
#[derive(Debug)]
pub struct JobName(String);

mod job_run {
    use crate::aws::Timestamp;

    #[derive(Clone, Debug)]
    pub struct JobRun {
        pub id: Option<String>,
        pub started_on: Option<Timestamp>,
        pub job_run_state: Option<String>,
    }
}

mod runs {
    use super::{Context, Digest, Duration, JobRun, Result, SETTLED_AFTER, Timestamp};

    pub fn scope(_: &Context, job: &str) -> (Digest, String) {
        (Digest::default(), job.to_owned())
    }

    pub fn now(_: &Context) -> Timestamp {
        Timestamp::now()
    }

    pub fn goes_on(state: Option<&str>) -> bool {
        state != Some("STOPPING")
    }

    pub fn until_settled(_: &Context, run: &JobRun) -> Duration {
        let age = run.started_on.map(|started| Timestamp::now().since(started));
        age.map_or(Duration::ZERO, |age| SETTLED_AFTER.saturating_sub(age))
    }

    pub async fn with_argument(cx: &Context, _: &str, _: &str, _: &str) -> Result<Vec<JobRun>> {
        cx.aws().visible().await
    }

    pub async fn in_progress(_: &Context, _: &str) -> Result<Option<JobRun>> {
        Ok(None)
    }
}

mod start_job_run {
    use super::{Backoff, Context, Duration, Error, JobName, JobRun, Result};

    #[derive(Debug)]
    pub struct Input {
        pub name: JobName,
        pub idempotency_argument: String,
        pub when_running: WhenRunning,
    }

    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum WhenRunning {
        Fail,
        Join,
    }

    #[derive(Debug)]
    pub struct Output {
        pub job_run_id: Option<String>,
    }

    impl Output {
        pub fn reused(run: String) -> Self {
            Self { job_run_id: Some(run) }
        }

        pub fn joined(run: JobRun) -> Self {
            Self { job_run_id: run.id }
        }

        pub fn with_stopped(self, _: Vec<String>) -> Self {
            self
        }
    }

    impl Input {
        pub async fn send(&self, cx: &Context) -> Result<Output> {
            cx.aws().start().await
        }

        pub fn pauses_at_limit() -> Backoff {
            Backoff::new(Duration::ZERO, Duration::ZERO, 1.0, (1.0, 1.0))
        }

        pub async fn at_limit(&self, _: &Context, refused: Box<Error>, _: &mut Backoff) -> Result<Option<Output>> {
            Err(refused)
        }
    }

    pub fn is_at_limit(_: &Error) -> bool {
        false
    }
}

mod stop_job_run {
    use super::{Context, Result};

    pub const BATCH: usize = 25;

    pub struct Stopped;

    impl Stopped {
        pub const fn is_complete(&self) -> bool {
            true
        }
    }

    pub async fn stop_runs(cx: &Context, _: &str, ids: &[String]) -> Result<Stopped> {
        cx.aws().stop(ids).await;
        Ok(Stopped)
    }
}

/// The context of a request to this AWS, in a process with this store.
#[must_use]
pub fn context(aws: &Arc<Aws>, store: &Arc<crate::store::Store>) -> Context {
    Context::new(Arc::clone(aws), Arc::clone(store), crate::check::no_deadline())
}
