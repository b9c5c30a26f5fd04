//! Credentials that many requests use, and that expire.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use glue_models::Credentials;
use glue_models::aws::Cache;
use glue_models::aws::credential_cache::CredentialSource;
use glue_models::aws::sts::SdkContext;
use glue_models::check::{any_of, at_once, explore, no_deadline};
use glue_models::deadline::Deadline;
use glue_models::error::{Error, Kind, Result};
use glue_models::task::yield_now;
use glue_models::time::{Instant, sleep, sleep_until};
use parking_lot::Mutex;

/// How a load ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Load {
    /// With credentials that do not expire.
    Lasting,
    /// With credentials that hold for a minute.
    Expiring,
    /// The first with credentials that hold for a minute, all others with a failure.
    ExpiringOnce,
    /// With an answer, a failure, or not before its deadline.
    Any,
}

#[derive(Debug)]
struct Source {
    load: Load,
    under_way: AtomicUsize,
    loads: AtomicUsize,
}

#[async_trait]
impl CredentialSource for Source {
    fn profile(&self) -> Option<&str> {
        None
    }

    fn is_static(&self) -> bool {
        false
    }

    fn uses_machine_identity(&self) -> bool {
        false
    }

    async fn load(&self, _: &SdkContext, deadline: &Deadline) -> Result<Credentials> {
        assert_eq!(self.under_way.fetch_add(1, SeqCst), 0, "two loads at once");
        let number = self.loads.fetch_add(1, SeqCst) + 1;
        yield_now().await;
        let way = if self.load == Load::Any { any_of(3) } else { 0 };
        let late = if way == 1 { deadline.sleep("while it hung", glue_models::time::NEVER).await } else { Ok(()) };
        self.under_way.fetch_sub(1, SeqCst);
        late?;
        if way == 2 || self.load == Load::ExpiringOnce && number > 1 {
            return Err(Error::new(Kind::Connection, "The role is refused."));
        }
        Ok(Credentials { number, expire: self.load != Load::Lasting })
    }
}

fn cache(load: Load) -> (Arc<Source>, Cache) {
    let source = Arc::new(Source { load, under_way: AtomicUsize::new(0), loads: AtomicUsize::new(0) });
    (Arc::clone(&source), Cache::new(source))
}

/// The time for which expiring credentials hold.
const MINUTE: Duration = Duration::from_mins(1);

#[test]
fn first_uses_load_once_whoever_gives_up() {
    explore(|| async {
        let (source, cache) = cache(Load::Lasting);
        at_once((0..4).map(|request| {
            let cache = cache.clone();
            async move {
                let deadline = no_deadline();
                let credentials = cache.get(&deadline);
                if request == 0 {
                    drop(credentials.now_or_never());
                } else {
                    assert_eq!(credentials.await.expect("credentials").credentials.number, 1);
                }
            }
        }))
        .await;
        assert_eq!(source.loads.load(SeqCst), 1);
    });
}

#[test]
fn an_expiry_clears_only_the_credentials_that_it_is_said_of() {
    explore(|| async {
        let (source, cache) = cache(Load::Lasting);
        let expired = Arc::<Mutex<BTreeSet<usize>>>::default();
        at_once((0..3).map(|_| {
            let (cache, expired) = (cache.clone(), Arc::clone(&expired));
            async move {
                for _ in 0..2 {
                    let old = cache.get(&no_deadline()).await.expect("credentials");
                    yield_now().await;
                    expired.lock().insert(old.credentials.number);
                    cache.expire(&old);
                    let new = cache.get(&no_deadline()).await.expect("credentials");
                    assert!(new.credentials.number > old.credentials.number, "expired credentials came back");
                }
            }
        }))
        .await;
        let (loads, expired) = (source.loads.load(SeqCst), expired.lock().len());
        assert!(loads <= expired + 1, "{loads} loads, and {expired} credentials had expired");
    });
}

#[test]
fn a_refresh_that_fails_fails_nobody_while_the_credentials_hold() {
    explore(|| async {
        let (source, cache) = cache(Load::ExpiringOnce);
        assert_eq!(cache.get(&no_deadline()).await.expect("credentials").credentials.number, 1);
        at_once([20, 31, 40].map(|second| {
            let (cache, then) = (cache.clone(), Instant::now() + Duration::from_secs(second));
            async move {
                sleep_until(then).await;
                for _ in 0..2 {
                    let found = cache.get(&no_deadline()).await.expect("credentials that hold");
                    assert_eq!(found.credentials.number, 1);
                    yield_now().await;
                }
            }
        }))
        .await;
        assert!(source.loads.load(SeqCst) > 1, "nothing was refreshed");
        sleep(MINUTE).await;
        assert_eq!(cache.get(&no_deadline()).await.expect_err("they have expired").kind, Kind::Connection);
    });
}

#[test]
fn every_request_is_answered_whatever_becomes_of_loads() {
    explore(|| async {
        let (_, cache) = cache(Load::Any);
        at_once((0..3).map(|request: u64| {
            let cache = cache.clone();
            async move {
                for _ in 0..3 {
                    match cache.get(&no_deadline()).await.map_err(|error| error.kind) {
                        Ok(snapshot) if any_of(2) == 0 => cache.expire(&snapshot),
                        Ok(_) | Err(Kind::Connection | Kind::Unreachable) => {}
                        Err(kind) => panic!("{kind:?} for a request without a deadline"),
                    }
                    sleep(Duration::from_secs(20 * request)).await;
                }
            }
        }))
        .await;
    });
}

#[test]
fn a_refresh_keeps_nobody_waiting() {
    explore(|| async {
        let (_, cache) = cache(Load::Expiring);
        let first = cache.get(&no_deadline()).await.expect("credentials").credentials.number;
        sleep(MINUTE / 2).await;
        at_once((0..3).map(|_| {
            let cache = cache.clone();
            async move {
                for _ in 0..2 {
                    let deadline = no_deadline();
                    let found = cache.get(&deadline).now_or_never().expect("no wait").expect("credentials");
                    assert!((first..=first + 1).contains(&found.credentials.number));
                }
            }
        }))
        .await;
    });
}
