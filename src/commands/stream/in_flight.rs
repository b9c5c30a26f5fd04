//! Requests that have no reply yet: how many there are, and by ID, what a later request can cancel.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use glue_runtime::{Error, Kind, Result};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::protocol::Id;

/// How many requests may have no reply.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) all: usize,
    pub(super) of_a_connection: usize,
}

/// The requests in flight of a stream.
pub(super) struct InFlight {
    limits: Limits,
    /// The parent of every request's token.
    all: CancellationToken,
    requests: Mutex<Requests>,
}

/// IDs are compared as they were written. A host may use one twice, so a serial number tells requests apart.
#[derive(Default)]
struct Requests {
    serial: u64,
    count: usize,
    by_connection: HashMap<u64, usize>,
    by_id: HashMap<String, Vec<(u64, CancellationToken)>>,
}

impl InFlight {
    /// No requests yet.
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, all: CancellationToken::new(), requests: Mutex::default() }
    }

    /// Adds a request of a connection; its serial number and its token.
    ///
    /// # Errors
    /// `limitExceeded` when there are too many already.
    pub(super) fn add(&self, id: Option<&Id>, connection: u64) -> Result<(u64, CancellationToken)> {
        let mut requests = self.requests.lock();
        if requests.count >= self.limits.all {
            return Err(too_many("", "--max-waiting", self.limits.all));
        }
        let same_connection = requests.by_connection.entry(connection).or_default();
        if *same_connection >= self.limits.of_a_connection {
            let limit = self.limits.of_a_connection;
            return Err(too_many(" of this connection", "--max-waiting-per-connection", limit));
        }
        *same_connection += 1;
        requests.count += 1;
        let token = self.all.child_token();
        requests.serial += 1;
        let serial = requests.serial;
        if let Some(id) = id {
            requests.by_id.entry(id.get().to_owned()).or_default().push((serial, token.clone()));
        }
        Ok((serial, token))
    }

    /// Removes a request that is answered.
    pub(super) fn remove(&self, id: Option<&Id>, connection: u64, serial: u64) {
        let mut requests = self.requests.lock();
        requests.count -= 1;
        if let Entry::Occupied(mut same_connection) = requests.by_connection.entry(connection) {
            *same_connection.get_mut() -= 1;
            if *same_connection.get() == 0 {
                same_connection.remove();
            }
        }
        let Some(id) = id else { return };
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

fn too_many(whose: &str, flag: &str, limit: usize) -> Box<Error> {
    let message =
        format!("{limit} requests{whose} are without a reply, and {flag} allows no more. Send it again when some are.");
    Error::new(Kind::LimitExceeded, message).retryable(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_beyond_a_limit_are_refused_until_others_are_answered() {
        let in_flight = InFlight::new(Limits { all: 3, of_a_connection: 2 });
        let (first, _) = in_flight.add(None, 1).expect("one");
        in_flight.add(None, 1).expect("two");
        let error = in_flight.add(None, 1).expect_err("three of a connection");
        assert!(error.message.contains("--max-waiting-per-connection") && error.retryable, "{error}");
        in_flight.add(None, 2).expect("three");
        let error = in_flight.add(None, 2).expect_err("four");
        assert!(error.message.starts_with("3 requests are") && error.message.contains("--max-waiting "), "{error}");
        in_flight.remove(None, 1, first);
        in_flight.add(None, 1).expect("three again");
    }
}
