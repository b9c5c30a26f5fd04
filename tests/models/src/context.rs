//! The context of a request, without a session.

use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::check::any_of;
use crate::deadline::Deadline;
use crate::error::Result;
use crate::jobs::Aws;
use crate::store::Store;

/// The context of a request.
#[derive(Debug)]
pub struct Context {
    aws: Arc<Aws>,
    store: Arc<Store>,
    deadline: Deadline,
}

impl Context {
    /// The context of a request to this AWS, in the process of this store.
    #[must_use]
    pub const fn new(aws: Arc<Aws>, store: Arc<Store>, deadline: Deadline) -> Self {
        Self { aws, store, deadline }
    }

    /// What is at the other end.
    #[must_use]
    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    /// State that the requests of a process share.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The deadline of the request.
    #[must_use]
    pub const fn deadline(&self) -> &Deadline {
        &self.deadline
    }

    /// Sleeps within the deadline.
    ///
    /// # Errors
    /// Those of the deadline.
    pub async fn sleep(&self, during: impl Display, pause: Duration) -> Result<()> {
        self.deadline.sleep(during, pause).await
    }

    /// Waits for `work` within the deadline.
    ///
    /// # Errors
    /// Those of the deadline.
    pub async fn wait_for<T>(&self, during: impl Display, work: impl Future<Output = T>) -> Result<T> {
        self.deadline.run(during, work).await
    }

    /// The session.
    #[must_use]
    pub const fn session(&self) -> Session {
        Session
    }
}

/// A session that AWS may have accepted.
#[derive(Debug)]
pub struct Session;

impl Session {
    /// True when AWS has accepted it, as the schedule decides.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        any_of(2) == 0
    }
}
