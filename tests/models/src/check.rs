//! How models are explored.

use std::future::Future;

use shuttle::rand::{Rng, thread_rng};

use crate::deadline::Deadline;
use crate::{task, time};

/// The schedules of each kind that a model is explored by, unless `MODEL_SCHEDULES` says otherwise.
const SCHEDULES: usize = 1_000;
/// The most changes of priority that a finding may take.
const DEPTH: usize = 3;

/// Explores a model by random schedules, and by random priorities.
///
/// # Panics
/// With the schedule that ends in a panic, or in tasks that wait for each other.
pub fn explore<F: Future<Output = ()> + 'static>(model: fn() -> F) {
    let schedules = std::env::var("MODEL_SCHEDULES").map_or(SCHEDULES, |count| count.parse().expect("a number"));
    let run = move || {
        fastrand::seed(0);
        shuttle::future::block_on(async {
            time::start();
            model().await;
        });
    };
    shuttle::check_random(run, schedules);
    shuttle::check_pct(run, schedules, DEPTH);
}

/// One of `count` ways, as the schedule decides.
#[must_use]
pub fn any_of(count: usize) -> usize {
    thread_rng().gen_range(0..count)
}

/// Runs tasks at the same time, until all have ended.
pub async fn at_once<F: Future<Output: Send> + Send + 'static>(tasks: impl IntoIterator<Item = F>) {
    let tasks = tasks.into_iter().map(task::spawn).collect::<Vec<_>>();
    for task in tasks {
        drop(task.await);
    }
}

/// A deadline that never comes.
#[must_use]
pub fn no_deadline() -> Deadline {
    Deadline::uncancellable(time::NEVER)
}
