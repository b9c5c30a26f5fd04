//! The start of a job with an idempotency key: at most one run of the key goes on, whatever becomes of answers,
//! processes and other machines.

use std::pin::pin;
use std::time::Duration;

use glue_runtime::aws::Timestamp;
use glue_runtime::backoff::Backoff;
use glue_runtime::reconcile::SETTLED_AFTER;
use glue_runtime::{Context, Effect, Error, Kind, Result};
use serde_json::json;
use tokio::sync::MutexGuard;
use tokio::time::{Instant, timeout};

use super::idempotency::{self, KeySlot, KeyState};
use super::job_run::JobRun;
use super::runs;
use super::start_job_run::{Input, Output, WhenRunning, is_at_limit};
use super::stop_job_run::{BATCH, stop_runs};

/// The time for which a search that fails transiently is repeated once a run is started: the caller waits for its ID.
const SECOND_SEARCH_LIMIT: Duration = Duration::from_secs(10);
/// The answers in a row that cannot be read after which a search fails: they are no accident.
const MOST_UNREADABLE: u32 = 10;

/// The first and the longest pause between searches.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The time for which a request waits for another with the same key before it searches by itself.
const PATIENCE: Duration = Duration::from_secs(5);
/// The shortest such time, near the deadline.
const LEAST_PATIENCE: Duration = Duration::from_millis(500);

/// The time that a search and a start take at least.
const ROOM: Duration = Duration::from_millis(500);

/// What one turn with the lock in hand came to.
enum Turn {
    /// The run of the key.
    Done(Output),
    /// No run is to be seen, and AWS may still show one for this long.
    Unsettled(Duration),
    /// The run is to be seen, and AWS may still show younger ones for this long.
    Young(Duration),
    /// The job is at its limit.
    AtLimit(Box<Error>),
}

/// What a request has come by in its turns.
#[derive(Default)]
struct History {
    /// Its start whose answer was lost, until it is certain that AWS did not act on it.
    lost: Option<Box<Error>>,
    /// The run of the key, once it was seen.
    seen: Option<String>,
    /// The younger runs that it stopped.
    stopped: Vec<String>,
}

impl Input {
    /// Starts a run unless one with this key was started before: by this process, by another, or by a request whose
    /// answer was lost.
    ///
    /// The lock of the key is held only while AWS is asked, never during a pause: whoever waits for a free slot, or for
    /// AWS to show a run, keeps nobody else waiting.
    pub(super) async fn start_once(&self, cx: &Context, key: &str) -> Result<Output> {
        let slot = idempotency::slot(cx, &self.name.0, &self.idempotency_argument, key);
        let mut at_limit = Self::pauses_at_limit();
        let mut unsettled = Backoff::new(FIRST_PAUSE / 5, LONGEST_PAUSE, 2.0, (1.0, 1.0));
        let mut history = History::default();
        loop {
            match self.turn(cx, key, &slot, &mut history).await {
                Ok(Turn::Done(output)) => return Ok(output.with_stopped(history.stopped)),
                Ok(Turn::AtLimit(refused)) => {
                    if let Some(joined) = self.at_limit(cx, refused, &mut at_limit).await? {
                        return Ok(joined);
                    }
                }
                Ok(Turn::Unsettled(left)) => {
                    let pause = unsettled.next_pause().min(left);
                    let during = "while a start whose answer was lost was looked for";
                    if cx.deadline().remaining() <= pause + ROOM || cx.sleep(during, pause).await.is_err() {
                        return Err(open(history.lost.as_deref()));
                    }
                }
                Ok(Turn::Young(left)) => cx.sleep("while younger runs were looked for", left).await?,
                // The second look failed, the first did not.
                Err(error)
                    if error.effect == Effect::None && error.kind != Kind::Cancelled && history.seen.is_some() =>
                {
                    return Ok(Output::reused(history.seen.unwrap_or_default()).with_stopped(history.stopped));
                }
                Err(error) if error.effect == Effect::None && history.lost.is_some() => {
                    return Err(open(history.lost.as_deref()));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes a turn: looks for the run of the key, and starts one if it is certain that there is none.
    async fn turn(&self, cx: &Context, key: &str, slot: &KeySlot, history: &mut History) -> Result<Turn> {
        let mut state = match self.lock(cx, key, slot, &mut history.stopped).await? {
            Ok(state) => state,
            Err(found) => return Ok(Turn::Done(found)),
        };
        if let Some(run) = state.run(runs::now(cx))
            && idempotency::may_answer_from_memory(cx)
        {
            return Ok(Turn::Done(Output::reused(run.to_owned())));
        }
        // Asked before AWS is: what AWS shows in the meantime is not in its answer.
        let unsettled = state.until_settled();
        if let Some(run) = self.look(cx, key, &mut history.stopped).await? {
            // A start that was sent before this run was to be seen may still be on its way, and its process may be gone.
            let left = unsettled.unwrap_or_default().max(runs::until_settled(cx, &run));
            if !left.is_zero() && history.seen.is_none() && left + ROOM < cx.deadline().remaining() {
                history.seen = run.id;
                return Ok(Turn::Young(left));
            }
            *state = known(&run);
            return Ok(Turn::Done(Output::reused(run.id.unwrap_or_default())));
        }
        // AWS has accepted the credentials by now, and may not show the run yet.
        if let Some(run) = state.run(runs::now(cx)) {
            return Ok(Turn::Done(Output::reused(run.to_owned())));
        }
        if let Some(left) = unsettled {
            return Ok(Turn::Unsettled(left));
        }
        if self.when_running == WhenRunning::Join
            && let Some(run) = runs::in_progress(cx, &self.name.0).await?
        {
            return Ok(Turn::Done(Output::joined(run)));
        }
        history.lost = None;
        *state = KeyState::UnderWay;
        let outcome = self.send(cx).await;
        *state = KeyState::Unknown;
        match outcome {
            Ok(started) => self.settle(cx, key, started, &mut state, &mut history.stopped).await.map(Turn::Done),
            Err(error) if error.effect == Effect::Unknown => {
                *state = KeyState::Lost(Instant::now());
                history.lost = Some(error);
                Ok(Turn::Unsettled(SETTLED_AFTER))
            }
            Err(error) if is_at_limit(&error) => Ok(Turn::AtLimit(error)),
            Err(error) => Err(error),
        }
    }

    /// Locks the key, or finds its run while another request holds it: that one may be slow, and its fate is its own.
    async fn lock<'a>(
        &self,
        cx: &Context,
        key: &str,
        slot: &'a KeySlot,
        stopped: &mut Vec<String>,
    ) -> Result<std::result::Result<MutexGuard<'a, KeyState>, Output>> {
        let mut lock = pin!(slot.lock());
        loop {
            let patience = (cx.deadline().remaining() / 2).clamp(LEAST_PATIENCE, PATIENCE);
            let during = "while another request with the same idempotency key was answered";
            if let Ok(state) = cx.wait_for(during, timeout(patience, &mut lock)).await? {
                return Ok(Ok(state));
            }
            if let Ok(Some(run)) = self.look(cx, key, stopped).await {
                return Ok(Err(Output::reused(run.id.unwrap_or_default())));
            }
        }
    }

    /// The run of the key at AWS, if one is to be seen. Younger ones are stopped.
    async fn look(&self, cx: &Context, key: &str, stopped: &mut Vec<String>) -> Result<Option<JobRun>> {
        let found = self.search(cx, key, cx.deadline().remaining()).await?;
        if found.is_empty() { Ok(None) } else { self.keep_oldest(cx, key, found, stopped).await.map(Some) }
    }

    /// Searches for the runs with this key, the oldest first. A search that fails transiently is repeated: without one
    /// nothing is started.
    async fn search(&self, cx: &Context, key: &str, limit: Duration) -> Result<Vec<JobRun>> {
        let began = Instant::now();
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE, 2.0, (0.5, 1.0));
        let mut unreadable = 0;
        loop {
            let failed = match runs::with_argument(cx, &self.name.0, &self.idempotency_argument, key).await {
                Err(error) if error.retryable => {
                    unreadable = 0;
                    error
                }
                Err(error) if error.kind == Kind::BadResponse && unreadable < MOST_UNREADABLE => {
                    unreadable += 1;
                    error
                }
                outcome => return outcome,
            };
            let pause = backoff.next_pause();
            if began.elapsed() + pause >= limit || pause >= cx.deadline().remaining() {
                return Err(failed);
            }
            cx.sleep("before the runs with the idempotency key were searched again", pause).await?;
        }
    }

    /// Settles a run that was just started: if another machine started one with the same key at the same instant, the
    /// older stays.
    async fn settle(
        &self,
        cx: &Context,
        key: &str,
        started: Output,
        state: &mut KeyState,
        stopped: &mut Vec<String>,
    ) -> Result<Output> {
        let Some(own) = started.job_run_id.clone() else { return Ok(started) };
        *state = KeyState::Run { id: own.clone(), started: runs::now(cx) };
        let is_own = |run: &JobRun| run.id.as_ref() == Some(&own);
        let until = Instant::now() + SETTLED_AFTER;
        let found = loop {
            // What cannot be seen cannot be narrowed; the run itself is started.
            let Ok(found) = self.search(cx, key, SECOND_SEARCH_LIMIT).await else { return Ok(started) };
            if found.is_empty() {
                return Ok(started);
            }
            if found.iter().any(is_own) {
                break found;
            }
            // Without our own run in the list, both sides could take theirs for the younger.
            let during = "while the run that was started was looked for";
            if Instant::now() >= until || cx.sleep(during, LONGEST_PAUSE).await.is_err() {
                return Ok(started);
            }
        };
        let oldest = self.keep_oldest(cx, key, found, stopped).await?;
        *state = known(&oldest);
        Ok(if is_own(&oldest) { started } else { Output::reused(oldest.id.unwrap_or_default()) })
    }

    /// Stops all of these runs of one key that go on, but the oldest, and gives back that one.
    async fn keep_oldest(
        &self,
        cx: &Context,
        key: &str,
        mut found: Vec<JobRun>,
        stopped: &mut Vec<String>,
    ) -> Result<JobRun> {
        let oldest = found.remove(0);
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE, 2.0, (0.5, 1.0));
        loop {
            let younger = |run: JobRun| {
                run.id.filter(|id| runs::goes_on(run.job_run_state.as_deref()) && Some(id) != oldest.id.as_ref())
            };
            let younger: Vec<String> = found.into_iter().filter_map(younger).take(BATCH).collect();
            if younger.is_empty() {
                return Ok(oldest);
            }
            let unknown: Vec<_> = younger.iter().filter(|id| !stopped.contains(id)).cloned().collect();
            stopped.extend(unknown);
            let refused = match stop_runs(cx, &self.name.0, &younger).await {
                Ok(answer) if answer.is_complete() && younger.len() < BATCH => return Ok(oldest),
                Ok(_) => None,
                Err(error) if error.retryable || error.effect == Effect::Unknown => None,
                Err(error) => Some(error),
            };
            // A lost answer, or runs that could not be stopped: what has become of them by now decides.
            let pause = backoff.next_pause();
            let give_up = refused.is_some() || pause >= cx.deadline().remaining();
            if give_up || cx.sleep("while younger runs were stopped", pause).await.is_err() {
                return Err(not_stopped(&oldest, &younger, refused.as_deref()));
            }
            found =
                self.search(cx, key, SECOND_SEARCH_LIMIT).await.map_err(|_| not_stopped(&oldest, &younger, None))?;
        }
    }
}

/// The state of a key that this run carries.
fn known(run: &JobRun) -> KeyState {
    run.id
        .clone()
        .map_or(KeyState::Unknown, |id| KeyState::Run { id, started: run.started_on.unwrap_or_else(Timestamp::now) })
}

/// The error for a key of which no run is to be seen although a start was sent: by this request, whose answer was
/// `lost`, or by another.
fn open(lost: Option<&Error>) -> Box<Error> {
    let Some(lost) = lost else {
        let message = "Another request has started the job with this idempotency key, its answer was lost, and no run is to \
                       be seen yet. Send the request again with the same key: that starts no second run.";
        return Error::new(Kind::Conflict, message).retryable(Some(SETTLED_AFTER));
    };
    let message = "The answer to StartJobRun was lost, and no run with this idempotency key is to be seen yet. Send the \
                   request again with the same key: that starts no second run.";
    let mut open = Error::new(lost.kind, message).retryable(Some(SETTLED_AFTER));
    open.effect = Effect::Unknown;
    open.code.clone_from(&lost.code);
    open.status = lost.status;
    open.request_id.clone_from(&lost.request_id);
    open
}

/// The error for runs of one key that go on beside the oldest. With the key, the same request stops them and starts
/// nothing.
fn not_stopped(oldest: &JobRun, younger: &[String], refused: Option<&Error>) -> Box<Error> {
    let reason = refused.map(|error| format!(": {}", error.message.trim_end_matches('.'))).unwrap_or_default();
    let message = format!(
        "Several runs were started with this idempotency key, and the younger could not be stopped{reason}. `details` \
         names them. Send the request again with the same key: that stops them, and starts no other."
    );
    let details = json!({ "JobRunId": oldest.id, "NotStopped": younger });
    let mut error = Error::new(Kind::PartialFailure, message).with_effect(Effect::Applied).with_details(details);
    if let Some(refused) = refused {
        error.code.clone_from(&refused.code);
        error.status = refused.status;
        error.request_id.clone_from(&refused.request_id);
        return error;
    }
    error.retryable(Some(SETTLED_AFTER))
}
