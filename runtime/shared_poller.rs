//! A poller that many waits share: one status check serves all that wait on items of one set.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::aws::session::Digest;
use crate::deadline::Deadline;
use crate::error::{Error, Kind, Result};
use crate::lru_map::LruMap;
use crate::single_flight::SingleFlight;

/// The longest status check, retries included, whatever the deadlines of the waits that share it.
pub const CHECK_TIMEOUT: Duration = Duration::from_secs(30);
/// A failed check answers all that ask within this time.
const FAILURE_SHARED: Duration = Duration::from_secs(1);

/// The pollers of a process, by the session and the set that each is for. One that is forgotten while it is used only
/// costs one more check.
pub type SharedPollers<T> = LruMap<(Digest, String), SharedPoller<T>, 4096>;

/// The items of one set that are waited for, and the latest status of each.
#[derive(Debug)]
pub struct SharedPoller<T> {
    /// The number of waits on each item.
    waits: Mutex<HashMap<String, usize>>,
    latest: Mutex<Option<Arc<Check<T>>>>,
    checking: SingleFlight<Arc<Check<T>>>,
}

/// The outcome of a status check.
#[derive(Debug)]
struct Check<T> {
    at: Instant,
    items: HashMap<String, T>,
    /// The item that was checked by itself could not be: it is about this item alone.
    refused: Option<(String, Box<Error>)>,
    failure: Option<Box<Error>>,
}

impl<T> Default for SharedPoller<T> {
    fn default() -> Self {
        Self { waits: Mutex::default(), latest: Mutex::new(None), checking: SingleFlight::default() }
    }
}

/// The status checks of a set: of one item, and of as many as one check can see. They run in a task of their own, under
/// [`CHECK_TIMEOUT`] and not under the deadline of a wait.
pub trait StatusChecks<T>: Send + Sync + 'static {
    /// Checks one item.
    fn one(&self, id: &str) -> impl Future<Output = Result<T>> + Send;
    /// Checks several items, as far as they are found.
    fn several(&self, ids: &HashSet<String>) -> impl Future<Output = Result<HashMap<String, T>>> + Send;
}

/// A wait on one item; the item is polled until this is dropped.
#[derive(Debug)]
pub struct PolledItem<T> {
    poller: Arc<SharedPoller<T>>,
    id: String,
}

impl<T> SharedPoller<T> {
    /// Adds a wait on an item.
    pub fn wait(self: &Arc<Self>, id: &str) -> PolledItem<T> {
        *self.waits.lock().entry(id.to_owned()).or_default() += 1;
        PolledItem { poller: Arc::clone(self), id: id.to_owned() }
    }

    /// Checks all items that are waited for, and `id` by itself where it was not among those that were found.
    async fn check(&self, checks: impl StatusChecks<T>, id: String) -> Check<T> {
        let ids: HashSet<_> = self.waits.lock().keys().cloned().collect();
        let found = if ids.len() > 1 { checks.several(&ids).await } else { Ok(HashMap::new()) };
        let (mut items, mut failure) = found.map_or_else(|error| (HashMap::new(), Some(error)), |items| (items, None));
        let mut refused = None;
        if failure.is_none() && !items.contains_key(&id) {
            match checks.one(&id).await {
                Ok(item) => drop(items.insert(id, item)),
                Err(error) if error.retryable => failure = Some(error),
                Err(error) => refused = Some((id, error)),
            }
        }
        Check { at: Instant::now(), items, refused, failure }
    }
}

impl<T> Drop for PolledItem<T> {
    fn drop(&mut self) {
        let mut waits = self.poller.waits.lock();
        if let Some(count) = waits.get_mut(&self.id) {
            *count -= 1;
            if *count == 0 {
                waits.remove(&self.id);
            }
        }
    }
}

impl<T: Clone + Send + Sync + 'static> PolledItem<T> {
    /// The status of the item, no older than `max_age`, from this wait's check or another's.
    ///
    /// # Errors
    /// The failure of the check, for a second; `timeout` or `cancelled` when `deadline` ends this wait.
    pub async fn status<C: StatusChecks<T>>(
        &self,
        checks: impl Fn() -> C,
        deadline: &Deadline,
        max_age: Duration,
    ) -> Result<T> {
        loop {
            let (check, started) = {
                let latest = self.poller.latest.lock();
                if let Some(known) = latest.as_ref().and_then(|latest| latest.known(&self.id, max_age)) {
                    return known;
                }
                // Under the lock of the latest check: one that has just ended is not made again.
                self.poller.checking.join(|| {
                    let (poller, checks, id) = (Arc::clone(&self.poller), checks(), self.id.clone());
                    async move {
                        let check = Arc::new(poller.check(checks, id).await);
                        *poller.latest.lock() = Some(Arc::clone(&check));
                        check
                    }
                })
            };
            let broken_off = || Error::new(Kind::Internal, "The status check broke off.").retryable(None);
            let check = deadline.run("while the status was checked", check.outcome()).await?.ok_or_else(broken_off)?;
            if let Some(known) = check.about(&self.id) {
                return known;
            }
            match &check.failure {
                // The time of a check that hung is nobody else's.
                Some(failure) if started || failure.kind != Kind::Timeout => return Err(failure.clone()),
                _ => {}
            }
        }
    }
}

impl<T: Clone> Check<T> {
    /// What the check says of an item, while it is fresh: a status for `max_age`, a failure for a second.
    fn known(&self, id: &str, max_age: Duration) -> Option<Result<T>> {
        let age = self.at.elapsed();
        let status = self.items.get(id).filter(|_| age < max_age).cloned().map(Ok);
        let failure = self.failure.as_ref().filter(|failure| failure.kind != Kind::Timeout);
        let failure = failure.filter(|_| age < max_age.min(FAILURE_SHARED)).cloned().map(Err);
        status.or(failure)
    }

    /// What the check found about an item.
    fn about(&self, id: &str) -> Option<Result<T>> {
        let refused = self.refused.as_ref().filter(|(other, _)| other == id).map(|(_, error)| Err(error.clone()));
        self.items.get(id).cloned().map(Ok).or(refused)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio_util::sync::CancellationToken;

    use super::*;

    /// Checks that take a while, each with the next outcome of a script; the last is repeated.
    #[derive(Clone)]
    struct Scripted {
        takes: Duration,
        outcomes: Arc<Vec<Result<u8>>>,
        made: Arc<AtomicUsize>,
    }

    impl Scripted {
        fn new(takes: Duration, outcomes: impl Into<Vec<Result<u8>>>) -> Self {
            Self { takes, outcomes: Arc::new(outcomes.into()), made: Arc::default() }
        }

        async fn next(&self) -> Result<u8> {
            let made = self.made.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(self.takes).await;
            self.outcomes[made.min(self.outcomes.len() - 1)].clone()
        }

        fn made(&self) -> usize {
            self.made.load(Ordering::SeqCst)
        }
    }

    impl StatusChecks<u8> for Scripted {
        async fn one(&self, _: &str) -> Result<u8> {
            self.next().await
        }

        async fn several(&self, ids: &HashSet<String>) -> Result<HashMap<String, u8>> {
            let status = self.next().await?;
            Ok(ids.iter().map(|id| (id.clone(), status)).collect())
        }
    }

    const FRESH: Duration = Duration::from_secs(10);

    fn ten_seconds() -> Deadline {
        Deadline::uncancellable(FRESH)
    }

    fn failure(kind: Kind) -> Result<u8> {
        Err(Error::new(kind, "It did not work.").retryable(None))
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_wait_does_not_end_the_check_that_another_shares() {
        let checks = Scripted::new(Duration::from_secs(2), [Ok(1)]);
        let poller = Arc::<SharedPoller<u8>>::default();
        let (a, b) = (poller.wait("a"), poller.wait("b"));
        let cancelled = CancellationToken::new();
        let deadline = Deadline::new(FRESH, cancelled.clone());
        let cancel = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            cancelled.cancel();
        };
        let make = || checks.clone();
        let other = ten_seconds();
        let (first, second, ()) = tokio::join!(a.status(make, &deadline, FRESH), b.status(make, &other, FRESH), cancel);
        assert_eq!(first.expect_err("cancelled").kind, Kind::Cancelled);
        assert_eq!((second, checks.made()), (Ok(1), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_check_that_hung_is_the_failure_of_the_wait_that_began_it() {
        let checks = Scripted::new(Duration::from_secs(2), [failure(Kind::Timeout), Ok(1)]);
        let poller = Arc::<SharedPoller<u8>>::default();
        let (a, b) = (poller.wait("a"), poller.wait("b"));
        let make = || checks.clone();
        let (deadline, other) = (ten_seconds(), ten_seconds());
        let (first, second) = tokio::join!(a.status(make, &deadline, FRESH), b.status(make, &other, FRESH));
        assert_eq!(first.expect_err("a time-out").kind, Kind::Timeout);
        assert_eq!(second, Ok(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_shared_for_a_second() {
        let checks = Scripted::new(Duration::ZERO, [failure(Kind::Throttled), Ok(1)]);
        let poller = Arc::<SharedPoller<u8>>::default();
        let item = poller.wait("a");
        let status = async || item.status(|| checks.clone(), &ten_seconds(), FRESH).await;
        for _ in 0..3 {
            assert_eq!(status().await.expect_err("a failure").kind, Kind::Throttled);
        }
        assert_eq!(checks.made(), 1);
        tokio::time::sleep(FAILURE_SHARED).await;
        assert_eq!((status().await, status().await, checks.made()), (Ok(1), Ok(1), 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_thousand_waits_make_one_check() {
        let checks = Scripted::new(Duration::from_secs(1), [Ok(7)]);
        let poller = Arc::<SharedPoller<u8>>::default();
        let mut waits = tokio::task::JoinSet::new();
        for id in 0..1000 {
            let (item, checks) = (poller.wait(&id.to_string()), checks.clone());
            waits.spawn(async move { item.status(|| checks.clone(), &ten_seconds(), FRESH).await });
        }
        assert!(waits.join_all().await.iter().all(|status| *status == Ok(7)));
        assert_eq!(checks.made(), 1);
    }
}
