//! Slots: the number of requests that are at AWS at once, shared fairly between connections.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::deadline::Deadline;
use crate::error::Result;

/// A number of slots that connections share. A slot is held while one request is under way at AWS.
///
/// Of `k` connections that hold slots, each may hold `1/k` of them, rounded up, whatever the others hold; a connection
/// alone may hold all. So a connection that hangs with all slots keeps no other from its share: that one is granted on
/// top, and the excess ends with the requests that hold it. All together never hold more than the sum of the shares of
/// the first, the second, … and the `k`th connection.
#[derive(Clone, Debug)]
pub struct Slots(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    serial: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    slots: usize,
    held: usize,
    /// Those that hold slots. Nobody waits who holds none, nor while a slot is free.
    connections: HashMap<u64, Holder>,
}

#[derive(Debug, Default)]
struct Holder {
    held: usize,
    waiting: BTreeMap<Ticket, oneshot::Sender<()>>,
}

/// A place in the queue: the age of the request, and a number of its own.
type Ticket = (u64, u64);

/// One request's access to the share of its connection.
#[derive(Debug)]
pub struct Share {
    slots: Slots,
    connection: u64,
    /// Smaller is older.
    age: u64,
    has_slept: AtomicBool,
}

/// A slot, or a place in the queue for one, until it is dropped.
#[derive(Debug)]
pub struct Permit<'a> {
    share: &'a Share,
    ticket: Ticket,
}

impl Slots {
    /// This many slots.
    #[must_use]
    pub fn new(slots: usize) -> Self {
        let state = State { slots, held: 0, connections: HashMap::new() };
        Self(Arc::new(Inner { serial: AtomicU64::new(0), state: Mutex::new(state) }))
    }

    /// The access of a new request to the share of its connection.
    #[must_use]
    pub fn of(&self, connection: u64) -> Share {
        Share { slots: self.clone(), connection, age: self.next(), has_slept: AtomicBool::new(false) }
    }

    fn next(&self) -> u64 {
        self.0.serial.fetch_add(1, Ordering::Relaxed)
    }
}

impl Share {
    /// Takes a slot, waiting for one if need be. Of the requests of a connection the oldest comes first, so that what was
    /// begun is finished before more is begun. Cancel safe.
    ///
    /// # Errors
    /// `timeout` or `cancelled`, with the effect `none`.
    pub async fn acquire(&self, deadline: &Deadline) -> Result<Permit<'_>> {
        let (sender, granted) = oneshot::channel();
        let number = self.slots.next();
        let age = if self.has_slept.load(Ordering::Relaxed) { number } else { self.age };
        let permit = Permit { share: self, ticket: (age, number) };
        let at_once = self.slots.0.state.lock().enter(self.connection, permit.ticket, sender);
        let during = "while the request waited for a slot";
        if !at_once {
            // The other end lives in the queue until the slot is granted or the permit is dropped.
            let _ = deadline.run(during, granted).await?;
        }
        // The slot may be one that those have left who were cancelled together with this one.
        deadline.check(during)?;
        Ok(permit)
    }

    /// The access of another request to the share of the same connection.
    #[must_use]
    pub fn another(&self) -> Self {
        self.slots.of(self.connection)
    }

    /// Gives up the request's age: one that comes back from sleep again and again must not overtake all others.
    pub fn note_sleep(&self) {
        self.has_slept.store(true, Ordering::Relaxed);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.share.slots.0.state.lock().leave(self.share.connection, self.ticket);
    }
}

impl State {
    /// Takes a slot, or queues for one; true when it was taken.
    fn enter(&mut self, connection: u64, ticket: Ticket, granted: oneshot::Sender<()>) -> bool {
        self.connections.entry(connection).or_default();
        let share = self.share();
        let Some(holder) = self.connections.get_mut(&connection) else { return false };
        let at_once = holder.held < share || self.held < self.slots;
        if at_once {
            holder.held += 1;
            self.held += 1;
        } else {
            holder.waiting.insert(ticket, granted);
        }
        at_once
    }

    /// Leaves the queue, or gives a slot back.
    fn leave(&mut self, connection: u64, ticket: Ticket) {
        let share_before = self.share();
        let Some(holder) = self.connections.get_mut(&connection) else { return };
        if holder.waiting.remove(&ticket).is_some() {
            return;
        }
        holder.held -= 1;
        self.held -= 1;
        if holder.held == 0 && holder.waiting.is_empty() {
            self.connections.remove(&connection);
        }
        let share = self.share();
        if share > share_before || self.held < self.slots {
            self.grant_all(share);
        } else if let Some(holder) = self.connections.get_mut(&connection)
            && holder.held < share
        {
            self.held += holder.grant();
        }
    }

    /// Grants every connection its share, and those that hold the fewest what is free beyond.
    fn grant_all(&mut self, share: usize) {
        for holder in self.connections.values_mut() {
            while holder.held < share && !holder.waiting.is_empty() {
                self.held += holder.grant();
            }
        }
        while self.held < self.slots {
            let waiting = self.connections.values_mut().filter(|holder| !holder.waiting.is_empty());
            let fewest = waiting.min_by_key(|holder| (holder.held, holder.waiting.keys().next().copied()));
            let Some(holder) = fewest else { return };
            self.held += holder.grant();
        }
    }

    fn share(&self) -> usize {
        self.slots.div_ceil(self.connections.len().max(1))
    }
}

impl Holder {
    /// Grants a slot to the first in the queue; the number of slots granted.
    fn grant(&mut self) -> usize {
        let Some((_, first)) = self.waiting.pop_first() else { return 0 };
        // Who has gone away gives it back by dropping the permit.
        let _ = first.send(());
        self.held += 1;
        1
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use super::*;
    use crate::error::{Effect, Kind};

    /// Polling a future once tells whether a slot is granted at once.
    fn poll_once<T>(future: impl Future<Output = T>) -> Option<T> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => Some(done),
            Poll::Pending => None,
        }
    }

    fn soon() -> Deadline {
        Deadline::uncancellable(Duration::from_secs(10))
    }

    fn take(share: &Share, wanted: usize) -> Vec<Permit<'_>> {
        let deadline = soon();
        (0..wanted).map_while(|_| poll_once(share.acquire(&deadline))?.ok()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_alone_may_hold_all_and_another_gets_its_share_at_once() {
        let slots = Slots::new(8);
        let [hanging, second, third] = [1, 2, 3].map(|connection| slots.of(connection));
        let mut all = take(&hanging, 20);
        assert_eq!(all.len(), 8);
        let half = take(&second, 20);
        assert_eq!(half.len(), 4);
        assert_eq!(take(&third, 20).len(), 3, "a third, rounded up");
        all.truncate(7);
        assert_eq!(take(&hanging, 1).len(), 0, "above its share while others hold theirs");
        drop(half);
        assert_eq!(take(&hanging, 20).len(), 1, "alone again");
    }

    #[tokio::test(start_paused = true)]
    async fn every_connection_gets_a_slot_though_there_are_more_connections_than_slots() {
        let slots = Slots::new(2);
        let shares = (0..10).map(|connection| slots.of(connection)).collect::<Vec<_>>();
        let held = shares.iter().map(|share| take(share, 5)).collect::<Vec<_>>();
        assert_eq!(held.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_request_comes_first_unless_it_has_slept() {
        for (slept, expected) in [(false, "old"), (true, "young")] {
            let slots = Slots::new(1);
            let [holder, old, young] = [1, 1, 1].map(|connection| slots.of(connection));
            let held = take(&holder, 1);
            if slept {
                old.note_sleep();
            }
            let deadline = soon();
            let first = async {
                tokio::select! {
                    biased;
                    _ = young.acquire(&deadline) => "young",
                    _ = old.acquire(&deadline) => "old",
                }
            };
            let release = async {
                tokio::task::yield_now().await;
                drop(held);
            };
            assert_eq!(tokio::join!(first, release).0, expected);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_queue_ends_with_the_deadline_and_is_left_behind() {
        let slots = Slots::new(1);
        let [holder, late, next] = [1, 1, 1].map(|connection| slots.of(connection));
        let held = take(&holder, 1);
        let error = late.acquire(&Deadline::uncancellable(Duration::from_millis(500))).await.expect_err("late");
        assert_eq!((error.kind, error.effect, error.retryable), (Kind::Timeout, Effect::None, true));
        assert_eq!(error.message, "The deadline of 500 ms passed while the request waited for a slot.");
        drop(held);
        assert_eq!(take(&next, 1).len(), 1);
        assert!(slots.0.state.lock().connections.is_empty());
    }

    /// Requests come, wait, are served and give up at random; the rules hold at every step, and nothing is left over.
    #[tokio::test(start_paused = true)]
    async fn the_rules_hold_whatever_happens() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..50 {
            let count = random.usize(1..20);
            let slots = Slots::new(count);
            let shares = (0..random.u64(1..30)).map(|connection| slots.of(connection)).collect::<Vec<_>>();
            let mut running = Vec::new();
            for _ in 0..500 {
                if random.bool() || running.is_empty() {
                    let share = random.choice(&shares).expect("some");
                    let mut acquire = Box::pin(async move {
                        let _permit = share.acquire(&Deadline::uncancellable(Duration::from_hours(1))).await;
                        std::future::pending::<()>().await;
                    });
                    assert!(poll_once(acquire.as_mut()).is_none());
                    running.push(acquire);
                } else {
                    drop(running.swap_remove(random.usize(..running.len())));
                    for request in &mut running {
                        assert!(poll_once(request.as_mut()).is_none());
                    }
                }
                check(&slots);
            }
            running.clear();
            let state = slots.0.state.lock();
            assert_eq!((state.held, state.connections.len()), (0, 0));
        }
    }

    fn check(slots: &Slots) {
        let state = slots.0.state.lock();
        let connections = state.connections.len();
        let share = state.share();
        let bound: usize = (1..=connections).map(|k| state.slots.div_ceil(k)).sum();
        assert!(state.held <= bound, "{} of {bound}", state.held);
        assert_eq!(state.held, state.connections.values().map(|holder| holder.held).sum::<usize>());
        for holder in state.connections.values() {
            assert!(holder.held > 0);
            assert!(holder.waiting.is_empty() || (holder.held >= share && state.held >= state.slots));
        }
    }
}
