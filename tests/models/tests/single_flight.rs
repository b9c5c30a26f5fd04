//! One piece of work at a time, whose outcome is for all that wait.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use futures_util::FutureExt;
use glue_models::check::{any_of, at_once, explore};
use glue_models::single_flight::SingleFlight;
use glue_models::task::yield_now;
use parking_lot::Mutex;

/// Numbered pieces of work.
#[derive(Default)]
struct Work {
    flights: SingleFlight<usize>,
    under_way: AtomicUsize,
    done: AtomicUsize,
    /// The latest piece whose outcome somebody has.
    seen: AtomicUsize,
}

impl Work {
    async fn piece(self: Arc<Self>) -> usize {
        assert_eq!(self.under_way.fetch_add(1, SeqCst), 0, "two pieces of work at once");
        yield_now().await;
        self.under_way.fetch_sub(1, SeqCst);
        self.done.fetch_add(1, SeqCst) + 1
    }

    async fn outcome(self: &Arc<Self>) -> usize {
        let seen = self.seen.load(SeqCst);
        let (flight, _) = self.flights.join(|| Arc::clone(self).piece());
        let outcome = flight.outcome().await.expect("work that does not panic");
        assert!(outcome > seen, "piece {outcome} was over when piece {seen} was");
        self.seen.fetch_max(outcome, SeqCst);
        outcome
    }

    /// Joins, and goes away at once or after a look.
    fn give_up(self: &Arc<Self>) {
        let (flight, _) = self.flights.join(|| Arc::clone(self).piece());
        if any_of(2) == 0 {
            let _ = flight.outcome().now_or_never();
        }
    }
}

#[test]
fn one_piece_at_a_time_and_its_outcome_is_for_those_that_came_before_it_was_over() {
    explore(|| async {
        let work = Arc::<Work>::default();
        at_once((0..3).map(|_| {
            let work = Arc::clone(&work);
            async move {
                for _ in 0..2 {
                    work.outcome().await;
                }
            }
        }))
        .await;
        assert!(work.done.load(SeqCst) >= 2);
    });
}

#[test]
fn callers_that_give_up_disturb_nobody() {
    explore(|| async {
        let work = Arc::<Work>::default();
        at_once((0..3).map(|caller| {
            let work = Arc::clone(&work);
            async move {
                match caller {
                    0 => drop(work.outcome().await),
                    _ => work.give_up(),
                }
                work.outcome().await;
            }
        }))
        .await;
    });
}

#[test]
fn work_that_panics_makes_room() {
    explore(|| async {
        let flights = Arc::<SingleFlight<()>>::default();
        let begun = Arc::<AtomicUsize>::default();
        at_once((0..3).map(|_| {
            let (flights, begun) = (Arc::clone(&flights), Arc::clone(&begun));
            async move {
                let mut lost = 0;
                let work = || {
                    let first = begun.fetch_add(1, SeqCst) == 0;
                    async move {
                        yield_now().await;
                        // A panic that is no finding.
                        if first {
                            resume_unwind(Box::new("a defect"));
                        }
                    }
                };
                while flights.join(work).0.outcome().await.is_none() {
                    lost += 1;
                }
                assert!(lost <= 1, "{lost} pieces were lost, and one panicked");
            }
        }))
        .await;
    });
}

#[test]
fn work_whose_outcome_is_kept_under_the_lock_of_the_callers_is_done_once() {
    explore(|| async {
        let work = Arc::<Work>::default();
        let kept = Arc::<Mutex<Option<usize>>>::default();
        at_once((0..3).map(|_| {
            let (work, kept) = (Arc::clone(&work), Arc::clone(&kept));
            async move {
                let flight = {
                    let known = kept.lock();
                    if known.is_some() {
                        return;
                    }
                    let (piece, kept) = (Arc::clone(&work).piece(), Arc::clone(&kept));
                    work.flights.join(|| piece.map(move |outcome| *kept.lock().insert(outcome))).0
                };
                assert_eq!(flight.outcome().await, Some(1));
            }
        }))
        .await;
        assert_eq!(work.done.load(SeqCst), 1);
    });
}
