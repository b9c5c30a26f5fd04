//! The credential cache: loads credentials in a task of its own, and refreshes them in the background before they expire.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_credential_types::Credentials;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::sts::SdkContext;
use crate::backoff::Backoff;
use crate::deadline::Deadline;
use crate::error::{Error, Kind, Result};
use crate::single_flight::{Flight, SingleFlight};

/// Credentials this close to their end are refreshed in the background. Those that live shorter are used until the last
/// minute.
const REFRESH_BEFORE_EXPIRY: Duration = Duration::from_mins(5);
const SHORT_LIVED_REFRESH: Duration = Duration::from_mins(1);
/// Credentials that have just been loaded are used at least this long: a lifetime that seems shorter comes from a wrong
/// clock, and AWS says so when they have expired.
const SHORTEST_LIFETIME: Duration = Duration::from_mins(1);
/// The longest load, whatever the deadlines of those that wait for it.
const LOAD_TIMEOUT: Duration = Duration::from_secs(30);
/// A failed load answers all that ask within this time.
const FAILURE_SHARED: Duration = Duration::from_secs(1);
/// The first and the longest pause after a failed refresh, while the present credentials hold.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// A source of credentials: the object-safe twin of [`Connection`](crate::Connection).
#[async_trait]
pub trait CredentialSource: Debug + Send + Sync {
    /// The profile of the shared files whose region applies, if one is named.
    fn profile(&self) -> Option<&str>;

    /// True when the same credentials come back each time and nobody has to be asked for them.
    fn is_static(&self) -> bool;

    /// True when the machine's own credentials are used.
    fn uses_machine_identity(&self) -> bool;

    /// Loads credentials.
    async fn load(&self, sdk: &SdkContext, deadline: &Deadline) -> Result<Credentials>;
}

/// The credentials of one connection.
#[derive(Debug)]
pub struct CredentialCache {
    source: Arc<dyn CredentialSource>,
    sdk: Arc<SdkContext>,
    state: Mutex<State>,
    loading: SingleFlight<Result<Snapshot>>,
}

/// Credentials as they were at one moment, and which in the order of those that were loaded.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The credentials.
    pub credentials: Credentials,
    generation: u64,
}

#[derive(Debug)]
struct State {
    generation: u64,
    /// The latest generation that AWS called expired.
    expired: u64,
    current: Option<Current>,
    /// The latest load, when it failed.
    failure: Option<(Instant, Box<Error>)>,
    /// The pauses between failed refreshes, and the end of the present one.
    backoff: Backoff,
    refresh_after: Instant,
}

#[derive(Clone, Debug)]
struct Current {
    snapshot: Snapshot,
    /// None: they do not expire.
    lifetime: Option<Lifetime>,
}

#[derive(Clone, Copy, Debug)]
struct Lifetime {
    refresh: Instant,
    end: Instant,
}

/// What a request for credentials finds.
enum Found {
    Fresh(Snapshot),
    /// They hold, and are to be refreshed.
    Expiring(Snapshot),
    Failed(Box<Error>),
    Nothing,
}

impl CredentialCache {
    pub(super) fn new(source: Arc<dyn CredentialSource>, sdk: Arc<SdkContext>) -> Arc<Self> {
        let state = Mutex::new(State::new());
        Arc::new(Self { source, sdk, state, loading: SingleFlight::default() })
    }

    /// Credentials that hold. Callers that find none wait for one load, and share its failure.
    pub(super) async fn get(self: &Arc<Self>, deadline: &Deadline) -> Result<Snapshot> {
        loop {
            let loading = {
                let mut state = self.state.lock();
                match state.find() {
                    Found::Fresh(snapshot) => return Ok(snapshot),
                    Found::Expiring(snapshot) => {
                        self.load(&mut state);
                        return Ok(snapshot);
                    }
                    Found::Failed(error) => return Err(error),
                    Found::Nothing if self.source.is_static() => None,
                    Found::Nothing => Some(self.load(&mut state)),
                }
            };
            let Some(loading) = loading else {
                let loaded = self.source.load(&self.sdk, deadline).await?;
                return Ok(self.state.lock().store(loaded));
            };
            let loaded = deadline.run("while the credentials were loaded", loading.outcome()).await?;
            let broken_off = || Err(Error::new(Kind::Internal, "The load of the credentials broke off."));
            let loaded = loaded.unwrap_or_else(broken_off)?;
            // They can be used, and called expired, before those that wait for the load have them.
            if loaded.generation > self.state.lock().expired {
                return Ok(loaded);
            }
        }
    }

    /// Forgets credentials that AWS calls expired, unless others have come since. True when the source can give others.
    pub(super) fn expire(&self, expired: &Snapshot) -> bool {
        let mut state = self.state.lock();
        if state.current.as_ref().is_some_and(|current| current.snapshot.generation == expired.generation) {
            state.current = None;
            state.expired = expired.generation;
        }
        !self.source.is_static()
    }

    /// True when the next request has to wait until somebody was asked for credentials.
    pub(super) fn must_load(&self) -> bool {
        !self.source.is_static() && matches!(self.state.lock().find(), Found::Nothing)
    }

    /// Joins the load that is under way, or starts one. The caller holds the state, so that no load is begun while the
    /// outcome of another is on its way.
    fn load(self: &Arc<Self>, _: &mut State) -> Flight<Result<Snapshot>> {
        let cache = Arc::clone(self);
        let work = async move {
            let deadline = Deadline::uncancellable(LOAD_TIMEOUT);
            let loaded = cache.source.load(&cache.sdk, &deadline).await.map_err(in_time);
            let mut state = cache.state.lock();
            loaded.map(|credentials| state.store(credentials)).inspect_err(|error| state.note_failure(error))
        };
        self.loading.join(|| work).0
    }
}

impl State {
    fn new() -> Self {
        let refresh_after = Instant::now();
        Self { generation: 0, expired: 0, current: None, failure: None, backoff: backoff(), refresh_after }
    }

    fn find(&self) -> Found {
        let now = Instant::now();
        match &self.current {
            Some(Current { snapshot, lifetime }) if lifetime.is_none_or(|life| now < life.end) => {
                let expires = lifetime.is_some_and(|life| now >= life.refresh);
                let find = if expires && now >= self.refresh_after { Found::Expiring } else { Found::Fresh };
                find(snapshot.clone())
            }
            _ => match &self.failure {
                Some((at, error)) if at.elapsed() < FAILURE_SHARED => Found::Failed(error.clone()),
                _ => Found::Nothing,
            },
        }
    }

    fn store(&mut self, credentials: Credentials) -> Snapshot {
        let lifetime = credentials.expiry().map(|end| Lifetime::until(end, Instant::now()));
        self.generation += 1;
        let snapshot = Snapshot { credentials, generation: self.generation };
        self.current = Some(Current { snapshot: snapshot.clone(), lifetime });
        (self.failure, self.backoff) = (None, backoff());
        snapshot
    }

    fn note_failure(&mut self, error: &Error) {
        tracing::warn!(kind = ?error.kind, "credentials could not be loaded");
        let now = Instant::now();
        self.failure = Some((now, Box::new(error.clone())));
        self.refresh_after = now + self.backoff.next_pause();
    }
}

impl Lifetime {
    fn until(end: SystemTime, now: Instant) -> Self {
        let whole = end.duration_since(SystemTime::now()).unwrap_or_default().max(SHORTEST_LIFETIME);
        let before_end = match whole {
            long if long > REFRESH_BEFORE_EXPIRY => REFRESH_BEFORE_EXPIRY,
            short => SHORT_LIVED_REFRESH.min(short / 2),
        };
        Self { refresh: now + whole.saturating_sub(before_end), end: now + whole }
    }
}

fn backoff() -> Backoff {
    Backoff::new(FIRST_PAUSE, LONGEST_PAUSE, 2.0, (0.5, 1.0))
}

/// A load that took too long: its deadline is none that a caller has set.
fn in_time(error: Box<Error>) -> Box<Error> {
    if error.kind != Kind::Timeout {
        return error;
    }
    let message = format!("The credentials did not come within {} seconds.", LOAD_TIMEOUT.as_secs());
    Error::new(Kind::Unreachable, message).retryable(Some(FIRST_PAUSE))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A source that takes a while, and fails when it is told to. Its keys are numbered.
    #[derive(Debug)]
    struct Numbered {
        takes: Mutex<Duration>,
        lifetime: Duration,
        loads: AtomicUsize,
        fails: Mutex<bool>,
    }

    #[async_trait]
    impl CredentialSource for Numbered {
        fn uses_machine_identity(&self) -> bool {
            false
        }

        fn profile(&self) -> Option<&str> {
            None
        }

        fn is_static(&self) -> bool {
            false
        }

        async fn load(&self, _: &SdkContext, deadline: &Deadline) -> Result<Credentials> {
            let number = self.loads.fetch_add(1, Ordering::SeqCst) + 1;
            let takes = *self.takes.lock();
            deadline.sleep("while it slept", takes).await?;
            if *self.fails.lock() {
                return Err(Error::new(Kind::Connection, "The role is refused."));
            }
            let expiry = SystemTime::now() + self.lifetime;
            Ok(Credentials::new(format!("AKIA{number}"), "secret", None, Some(expiry), "test"))
        }
    }

    fn numbered(lifetime: Duration) -> (Arc<Numbered>, Arc<CredentialCache>) {
        let takes = Mutex::new(Duration::from_secs(1));
        let source = Arc::new(Numbered { takes, lifetime, loads: AtomicUsize::new(0), fails: Mutex::new(false) });
        let sdk = Arc::new(SdkContext::offline());
        (Arc::clone(&source), CredentialCache::new(source, sdk))
    }

    async fn key(cache: &Arc<CredentialCache>) -> String {
        let found = cache.get(&Deadline::uncancellable(Duration::from_secs(5))).await.expect("credentials");
        found.credentials.access_key_id().to_owned()
    }

    const HOUR: Duration = Duration::from_hours(1);

    #[tokio::test(start_paused = true)]
    async fn first_uses_load_once_and_outlive_the_one_that_began() {
        let (source, cache) = numbered(HOUR);
        let impatient = Deadline::uncancellable(Duration::from_millis(10));
        let (late, first, second) = tokio::join!(cache.get(&impatient), key(&cache), key(&cache));
        assert_eq!(late.expect_err("too late").kind, Kind::Timeout);
        assert_eq!((first.as_str(), second.as_str()), ("AKIA1", "AKIA1"));
        assert_eq!(source.loads.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_load_is_shared_for_a_second() {
        let (source, cache) = numbered(HOUR);
        *source.fails.lock() = true;
        let deadline = Deadline::uncancellable(HOUR);
        for _ in 0..10 {
            assert_eq!(cache.get(&deadline).await.expect_err("refused").kind, Kind::Connection);
        }
        assert_eq!(source.loads.load(Ordering::SeqCst), 1);
        *source.fails.lock() = false;
        tokio::time::sleep(FAILURE_SHARED).await;
        assert_eq!(key(&cache).await, "AKIA2");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refresh_makes_nobody_wait_and_its_failure_fails_nobody_before_expiry() {
        let (source, cache) = numbered(HOUR);
        assert_eq!(key(&cache).await, "AKIA1");
        tokio::time::sleep(HOUR.saturating_sub(REFRESH_BEFORE_EXPIRY)).await;
        *source.fails.lock() = true;
        let mut asked = 0;
        let began = Instant::now();
        while began.elapsed() + Duration::from_secs(5) < REFRESH_BEFORE_EXPIRY {
            let before = Instant::now();
            assert_eq!(key(&cache).await, "AKIA1");
            assert_eq!(before.elapsed(), Duration::ZERO, "a request waited for a refresh");
            tokio::time::sleep(Duration::from_millis(500)).await;
            asked += 1;
        }
        let loads = source.loads.load(Ordering::SeqCst);
        assert!(loads > 3 && loads < asked / 10, "{loads} loads for {asked} requests");
        *source.fails.lock() = false;
        tokio::time::sleep(LONGEST_PAUSE).await;
        // They have expired by now: this one waits.
        assert_eq!(key(&cache).await, format!("AKIA{}", loads + 1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_expiry_clears_only_the_credentials_that_it_was_said_of() {
        let (source, cache) = numbered(HOUR);
        let deadline = Deadline::uncancellable(HOUR);
        let old = cache.get(&deadline).await.expect("credentials");
        assert!(cache.expire(&old));
        assert_eq!(key(&cache).await, "AKIA2");
        // A request that was signed with the old ones is told late.
        assert!(cache.expire(&old));
        assert_eq!(key(&cache).await, "AKIA2");
        assert_eq!(source.loads.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn short_lived_credentials_are_used_until_their_last_minute() {
        let (source, cache) = numbered(Duration::from_mins(3));
        assert_eq!(key(&cache).await, "AKIA1");
        for _ in 0..23 {
            tokio::time::sleep(Duration::from_secs(5)).await;
            assert_eq!(key(&cache).await, "AKIA1");
        }
        assert_eq!(source.loads.load(Ordering::SeqCst), 1);
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert_eq!(key(&cache).await, "AKIA1");
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!((key(&cache).await.as_str(), source.loads.load(Ordering::SeqCst)), ("AKIA2", 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_load_that_hangs_ends_by_itself() {
        let (source, cache) = numbered(HOUR);
        *source.takes.lock() = HOUR;
        let patient = Deadline::uncancellable(HOUR);
        let error = cache.get(&patient).await.expect_err("nothing came");
        assert_eq!((error.kind, error.retryable), (Kind::Unreachable, true));
        *source.takes.lock() = Duration::ZERO;
        tokio::time::sleep(FAILURE_SHARED).await;
        assert_eq!(key(&cache).await, "AKIA2");
    }
}
