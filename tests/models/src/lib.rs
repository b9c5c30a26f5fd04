//! The production code that concurrent requests share, compiled unchanged against Shuttle: what it calls `tokio` and
//! `parking_lot` leaves every step to the schedule that is explored, and time passes when the schedule says so.

// The production code's unit tests are for the real Tokio.
#![cfg(not(test))]

// The production code's `tokio`, with a clock that is the model's.
extern crate self as tokio;
// Its credentials, which are nothing but numbered here.
extern crate self as aws_credential_types;
// Actions know these modules by this name.
extern crate self as glue_runtime;

pub mod aws;
#[path = "../../../runtime/backoff.rs"]
pub mod backoff;
pub mod check;
pub mod context;
#[path = "../../../runtime/deadline.rs"]
pub mod deadline;
#[path = "../../../runtime/error.rs"]
pub mod error;
pub mod jobs;
#[path = "../../../runtime/lru_map.rs"]
pub mod lru_map;
pub mod reconcile {
    //! The time within which AWS shows what it did.

    /// As the production code has it.
    pub const SETTLED_AFTER: std::time::Duration = std::time::Duration::from_secs(5);
}
#[path = "../../../runtime/shared_poller.rs"]
pub mod shared_poller;
#[path = "../../../runtime/single_flight.rs"]
pub mod single_flight;
#[path = "../../../runtime/store.rs"]
pub mod store;
pub mod time;

use std::future::Future;
use std::panic::AssertUnwindSafe;

pub use aws::Credentials;
pub use context::Context;
pub use error::{Effect, Error, Kind, Result};
use futures_util::FutureExt;
pub use lru_map::LruMap;
pub use shuttle_tokio::{pin, select, sync, task};

/// Spawns a task. One that panics ends and drops what it owns, and nothing else, as with Tokio. To Shuttle, a panic is
/// a finding.
pub fn spawn<F: Future<Output: Send> + Send + 'static>(work: F) {
    drop(task::spawn(AssertUnwindSafe(work).catch_unwind().map(drop)));
}
