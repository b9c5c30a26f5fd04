//! Requests that have no reply yet, by ID: what a later request can cancel.

use std::collections::HashMap;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::protocol::Id;

/// The requests in flight of a stream.
#[derive(Default)]
pub(super) struct InFlight {
    /// The parent of every request's token.
    all: CancellationToken,
    requests: Mutex<Requests>,
}

/// IDs are compared as they were written. A host may use one twice, so a serial number tells requests apart.
#[derive(Default)]
struct Requests {
    serial: u64,
    by_id: HashMap<String, Vec<(u64, CancellationToken)>>,
}

impl InFlight {
    /// Adds a request; its serial number and its token.
    pub(super) fn add(&self, id: Option<&Id>) -> (u64, CancellationToken) {
        let token = self.all.child_token();
        let mut requests = self.requests.lock();
        requests.serial += 1;
        let serial = requests.serial;
        if let Some(id) = id {
            requests.by_id.entry(id.get().to_owned()).or_default().push((serial, token.clone()));
        }
        (serial, token)
    }

    /// Removes a request that is answered.
    pub(super) fn remove(&self, id: Option<&Id>, serial: u64) {
        let Some(id) = id else { return };
        let mut requests = self.requests.lock();
        if let Some(same_id) = requests.by_id.get_mut(id.get()) {
            same_id.retain(|(other, _)| *other != serial);
            if same_id.is_empty() {
                requests.by_id.remove(id.get());
            }
        }
    }

    /// Cancels the requests with this ID; whether there were any.
    pub(super) fn cancel(&self, id: &Id) -> bool {
        let requests = self.requests.lock();
        let found = requests.by_id.get(id.get());
        found.into_iter().flatten().for_each(|(_, token)| token.cancel());
        found.is_some()
    }

    /// Cancels every request.
    pub(super) fn cancel_all(&self) {
        self.all.cancel();
    }
}
