//! A poller that many waits share: one status check serves all that wait on items of one set.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::deadline::Deadline;
use crate::error::{Error, Kind, Result};
use crate::lru_map::LruMap;

/// The pollers of a process, by the set that each is for. One that is forgotten while it is used only costs one more
/// check.
pub type SharedPollers<T> = LruMap<String, SharedPoller<T>, 4096>;

/// The items of one set that are waited for, and the latest status of each.
#[derive(Debug)]
pub struct SharedPoller<T> {
    /// The number of waits on each item.
    waits: Mutex<HashMap<String, usize>>,
    /// Held during a check: other waits use its result.
    latest: tokio::sync::Mutex<Latest<T>>,
}

#[derive(Debug)]
struct Latest<T> {
    at: Option<Instant>,
    items: HashMap<String, T>,
    failure: Option<Box<Error>>,
}

impl<T> Default for SharedPoller<T> {
    fn default() -> Self {
        let latest = Latest { at: None, items: HashMap::new(), failure: None };
        Self { waits: Mutex::default(), latest: tokio::sync::Mutex::new(latest) }
    }
}

/// The status checks of a set: of one item, and of as many as one check can see.
pub trait StatusChecks<T>: Sync {
    /// Checks one item.
    fn one(&self, id: &str) -> impl Future<Output = Result<T>> + Send;
    /// Checks several items, as far as they are found.
    fn several(&self, ids: &HashSet<String>) -> impl Future<Output = Result<HashMap<String, T>>> + Send;
}

/// A wait on one item; the item is polled until this is dropped.
#[derive(Debug)]
pub struct PolledItem<'a, T> {
    poller: &'a SharedPoller<T>,
    id: &'a str,
}

impl<T> SharedPoller<T> {
    /// Adds a wait on an item.
    pub fn wait<'a>(&'a self, id: &'a str) -> PolledItem<'a, T> {
        *self.waits.lock().entry(id.to_owned()).or_default() += 1;
        PolledItem { poller: self, id }
    }

    fn ids(&self) -> HashSet<String> {
        self.waits.lock().keys().cloned().collect()
    }
}

impl<T> Drop for PolledItem<'_, T> {
    fn drop(&mut self) {
        let mut waits = self.poller.waits.lock();
        if let Some(count) = waits.get_mut(self.id) {
            *count -= 1;
            if *count == 0 {
                waits.remove(self.id);
            }
        }
    }
}

impl<T: Clone + Send> PolledItem<'_, T> {
    /// The status of the item, no older than `max_age`, from this wait's check or another's.
    ///
    /// # Errors
    /// The failure of the check; `timeout` or `cancelled` while another wait checks.
    pub async fn status(&self, checks: &impl StatusChecks<T>, deadline: &Deadline, max_age: Duration) -> Result<T> {
        let during = "while another request checked the status";
        let mut latest = deadline.run(during, self.poller.latest.lock()).await?;
        if latest.at.is_some_and(|at| at.elapsed() < max_age) {
            if let Some(item) = latest.items.get(self.id) {
                return Ok(item.clone());
            }
            if let Some(failure) = &latest.failure {
                return Err(failure.clone());
            }
        }
        let ids = self.poller.ids();
        let found = if ids.len() > 1 { checks.several(&ids).await } else { Ok(HashMap::new()) };
        let (mut items, mut failure) = match found {
            Ok(items) => (items, None),
            Err(error) => (HashMap::new(), Some(error)),
        };
        if failure.is_none() && !items.contains_key(self.id) {
            match checks.one(self.id).await {
                Ok(item) => drop(items.insert(self.id.to_owned(), item)),
                // It is about this item alone.
                Err(error) if !error.retryable => return Err(error),
                Err(error) => failure = Some(error),
            }
        }
        let outcome = items.get(self.id).cloned().ok_or_else(|| failure.clone());
        *latest = Latest { at: Some(Instant::now()), items, failure };
        let neither = || Error::new(Kind::Internal, "A status was neither found nor refused.");
        outcome.map_err(|failure| failure.unwrap_or_else(neither))
    }
}
