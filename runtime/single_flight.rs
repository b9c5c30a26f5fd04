//! Work that concurrent callers share: the first starts it in a task of its own, the others wait for its outcome.

use std::future::Future;

use parking_lot::Mutex;
use tokio::sync::watch;

/// Work of which one piece at a time is under way. It goes on when those that wait for it give up.
#[derive(Debug)]
pub struct SingleFlight<T>(Mutex<Option<Flight<T>>>);

/// Work under way.
#[derive(Clone, Debug)]
pub struct Flight<T>(watch::Receiver<Option<T>>);

impl<T> Default for SingleFlight<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone + Send + Sync + 'static> SingleFlight<T> {
    /// Joins the work that is under way, or starts `work`; true for the caller that starts it.
    ///
    /// Work that keeps its outcome under a lock, and callers that look for it and join under the same lock, never do it
    /// twice.
    pub fn join<F>(&self, work: impl FnOnce() -> F) -> (Flight<T>, bool)
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut running = self.0.lock();
        if let Some(flight) = running.as_ref().filter(|flight| flight.is_running()) {
            return (flight.clone(), false);
        }
        let (done, outcome) = watch::channel(None);
        let work = work();
        tokio::spawn(async move { done.send_replace(Some(work.await)) });
        let flight = Flight(outcome);
        *running = Some(flight.clone());
        (flight, true)
    }
}

impl<T: Clone> Flight<T> {
    /// False also for work that panicked: its sender is gone.
    fn is_running(&self) -> bool {
        self.0.borrow().is_none() && self.0.has_changed().is_ok()
    }

    /// Waits for the outcome; none when the work panicked.
    pub async fn outcome(mut self) -> Option<T> {
        self.0.wait_for(Option::is_some).await.ok()?.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU8, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn work_is_done_once_and_outlives_the_caller_that_started_it() {
        let (flights, done) = (SingleFlight::default(), Arc::new(AtomicU8::new(0)));
        let join = || {
            let done = Arc::clone(&done);
            flights.join(|| async move {
                tokio::time::sleep(Duration::from_secs(5)).await;
                done.fetch_add(1, Ordering::SeqCst) + 1
            })
        };
        let (first, started) = join();
        assert!(started);
        tokio::time::timeout(Duration::from_secs(1), first.outcome()).await.expect_err("it takes longer");
        let (second, started) = join();
        assert!(!started);
        assert_eq!(second.outcome().await, Some(1));
        let (third, started) = join();
        assert!(started);
        assert_eq!(third.outcome().await, Some(2));
    }

    #[tokio::test]
    async fn work_that_panics_is_begun_anew() {
        let flights = SingleFlight::default();
        let (lost, _) = flights.join(|| async { panic!("a defect") });
        assert_eq!(lost.outcome().await, None::<u8>);
        let (found, started) = flights.join(|| async { 1 });
        assert_eq!((found.outcome().await, started), (Some(1), true));
    }
}
