//! Waits come and go, and share status checks.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use glue_models::check::{any_of, at_once, explore, no_deadline};
use glue_models::deadline::Deadline;
use glue_models::error::{Error, Kind, Result};
use glue_models::shared_poller::{SharedPoller, StatusChecks};
use glue_models::task::{spawn, yield_now};
use glue_models::time::sleep;
use tokio_util::sync::CancellationToken;

/// The item that a status is of, and the check that saw it.
type Status = (String, usize);

/// What AWS does.
#[derive(Clone, Copy, PartialEq)]
enum Aws {
    /// Answers.
    Answers,
    /// Answers, and leaves items out as it likes.
    LeavesItemsOut,
    /// Answers, is too slow, or throttles.
    Fails,
    /// Takes a second.
    TakesTime,
}

/// A set of items at AWS, and the waits on them.
struct Set {
    aws: Aws,
    poller: Arc<SharedPoller<Status>>,
    under_way: AtomicUsize,
    made: AtomicUsize,
    /// The latest check that somebody has waited for.
    seen: AtomicUsize,
    /// Only one item is waited for.
    alone: AtomicBool,
}

/// An item that is not there.
const GONE: &str = "gone";
/// An item that is waited for all the time.
const KEPT: &str = "kept";

/// The checks that the wait of this number began.
struct Checks(Arc<Set>, usize);

impl Checks {
    async fn check(&self) -> Result<usize> {
        let Self(set, wait) = self;
        assert_eq!(set.under_way.fetch_add(1, SeqCst), 0, "two checks at once");
        match set.aws {
            Aws::TakesTime => sleep(Duration::from_secs(1)).await,
            _ => yield_now().await,
        }
        set.under_way.fetch_sub(1, SeqCst);
        let failure = |kind| Err(Error::new(kind, wait.to_string()).retryable(None));
        match if set.aws == Aws::Fails { any_of(3) } else { 0 } {
            0 => Ok(set.made.fetch_add(1, SeqCst) + 1),
            1 => failure(Kind::Timeout),
            _ => failure(Kind::Throttled),
        }
    }
}

impl StatusChecks<Status> for Checks {
    async fn one(&self, id: &str) -> Result<Status> {
        let check = self.check().await?;
        if id == GONE { Err(Error::new(Kind::NotFound, id)) } else { Ok((id.to_owned(), check)) }
    }

    async fn several(&self, ids: &HashSet<String>) -> Result<HashMap<String, Status>> {
        let alone = self.0.alone.load(SeqCst);
        assert!(!alone && ids.contains(KEPT), "{ids:?} were waited for");
        let check = self.check().await?;
        let found = |id: &&String| *id != GONE && (self.0.aws != Aws::LeavesItemsOut || any_of(2) == 0);
        Ok(ids.iter().filter(found).map(|id| (id.clone(), (id.clone(), check))).collect())
    }
}

impl Set {
    fn new(aws: Aws) -> Arc<Self> {
        let alone = AtomicBool::new(false);
        let (under_way, made, seen) = Default::default();
        Arc::new(Self { aws, poller: Arc::default(), under_way, made, seen, alone })
    }

    /// Waits on an item, and asks for its status.
    async fn status(self: &Arc<Self>, wait: usize, id: &str, deadline: &Deadline, max_age: Duration) -> Result<Status> {
        let item = self.poller.wait(id);
        let seen = self.seen.load(SeqCst);
        let status = item.status(|| Checks(Arc::clone(self), wait), deadline, max_age).await?;
        assert_eq!(status.0, id, "a status of another item");
        assert!(status.1 > seen || !max_age.is_zero(), "the check was made before it was asked for");
        // One that is kept may be had an instant before those that wait for its check have it.
        if max_age.is_zero() {
            self.seen.fetch_max(status.1, SeqCst);
        }
        Ok(status)
    }
}

const FRESH: Duration = Duration::from_secs(10);

#[test]
fn every_wait_gets_the_status_of_its_item_and_only_what_is_waited_for_is_checked() {
    explore(|| async {
        let set = Set::new(Aws::LeavesItemsOut);
        let kept = set.poller.wait(KEPT);
        at_once((0..3).zip([KEPT, GONE, "other"]).map(|(wait, id)| {
            let set = Arc::clone(&set);
            async move {
                for max_age in [Duration::ZERO, FRESH, Duration::ZERO] {
                    match set.status(wait, id, &no_deadline(), max_age).await {
                        Ok(_) => assert_ne!(id, GONE),
                        Err(error) => assert_eq!((id, error.kind, &*error.message), (GONE, Kind::NotFound, GONE)),
                    }
                }
            }
        }))
        .await;
        drop(kept);
        set.alone.store(true, SeqCst);
        set.status(3, "last", &no_deadline(), Duration::ZERO).await.expect("a status");
    });
}

#[test]
fn waits_that_come_together_share_one_check() {
    explore(|| async {
        let set = Set::new(Aws::Answers);
        let kept = [KEPT, "a", "b"].map(|id| set.poller.wait(id));
        at_once((0..3).zip([KEPT, "a", "b"]).map(|(wait, id)| {
            let set = Arc::clone(&set);
            async move { assert_eq!(set.status(wait, id, &no_deadline(), FRESH).await.expect("a status").1, 1) }
        }))
        .await;
        drop(kept);
        assert_eq!(set.made.load(SeqCst), 1);
    });
}

#[test]
fn a_wait_that_ends_early_ends_no_other() {
    explore(|| async {
        let set = Set::new(Aws::TakesTime);
        let kept = set.poller.wait(KEPT);
        let host = CancellationToken::new();
        let impatient = Duration::from_millis(500 * (1 + any_of(3) as u64));
        let waits = [
            (Deadline::new(glue_models::time::NEVER, host.clone()), Some(Kind::Cancelled)),
            (Deadline::uncancellable(impatient), Some(Kind::Timeout)),
            (no_deadline(), None),
        ];
        let dropped = {
            let set = Arc::clone(&set);
            spawn(async move { set.status(3, KEPT, &no_deadline(), FRESH).await })
        };
        let cancel = spawn(async move {
            dropped.abort();
            host.cancel();
        });
        at_once(waits.into_iter().enumerate().map(|(wait, (deadline, end))| {
            let set = Arc::clone(&set);
            async move {
                for _ in 0..2 {
                    let id = if any_of(2) == 0 { KEPT } else { "other" };
                    if let Err(error) = set.status(wait, id, &deadline, Duration::ZERO).await {
                        assert_eq!(Some(error.kind), end, "{error}");
                    }
                }
            }
        }))
        .await;
        cancel.await.expect("a task that ends");
        drop(kept);
    });
}

#[test]
fn the_time_out_of_a_check_reaches_only_the_wait_that_began_it() {
    explore(|| async {
        let set = Set::new(Aws::Fails);
        let kept = set.poller.wait(KEPT);
        at_once((0..3).zip([KEPT, KEPT, "other"]).map(|(wait, id)| {
            let set = Arc::clone(&set);
            async move {
                for max_age in [FRESH, Duration::ZERO] {
                    match set
                        .status(wait, id, &no_deadline(), max_age)
                        .await
                        .map_err(|error| (error.kind, error.message))
                    {
                        Ok(_) | Err((Kind::Throttled, _)) => {}
                        Err((kind, began_by)) => assert_eq!((kind, began_by), (Kind::Timeout, wait.to_string())),
                    }
                }
            }
        }))
        .await;
        drop(kept);
    });
}
