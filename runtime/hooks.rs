//! The ties of one request to the process that it runs in.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use crate::context::Progress;
use crate::deadline::Deadline;
use crate::error::Result;
use crate::room::Room;
use crate::slots::{Permit, Share};

/// Ties of one request to its host's side.
#[derive(Debug, Default)]
pub struct Hooks {
    /// The share of the slots for requests that are at AWS at once; none: there is no bound.
    pub slots: Option<Share>,
    /// The request's part of the memory that requests share; none: there is no bound.
    pub room: Option<Arc<Room>>,
    /// The listener for the progress of a wait.
    pub progress: Option<UnboundedSender<Progress>>,
}

impl Hooks {
    /// Takes a slot for one attempt at AWS. It is taken last, when nothing else is to be waited for, and dropped with the
    /// answer: who sleeps holds none.
    ///
    /// # Errors
    /// `timeout` or `cancelled`, with the effect `none`.
    pub async fn slot(&self, deadline: &Deadline) -> Result<Option<Permit<'_>>> {
        let Some(share) = &self.slots else { return Ok(None) };
        loop {
            let slot = share.acquire(deadline).await?;
            let Some(room) = self.room.as_deref().filter(|room| !room.is_open()) else { return Ok(Some(slot)) };
            drop(slot);
            deadline.run("while earlier replies waited to be read", room.opened()).await?;
        }
    }

    /// Does `work` that waits for others: for credentials, for a turn. A long wait gives the request's memory back.
    pub async fn lend<T>(&self, work: impl Future<Output = T>) -> T {
        match &self.room {
            Some(room) => room.lend(work).await,
            None => work.await,
        }
    }

    /// Notes that the request begins to sleep: it holds no memory of others, and has no precedence, from then on.
    pub fn note_sleep(&self) {
        self.room.as_deref().inspect(|room| room.give_back());
        self.slots.as_ref().inspect(|share| share.note_sleep());
    }
}
