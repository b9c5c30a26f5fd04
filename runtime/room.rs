//! The memory that the requests of a process and their replies share.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// A wait this long gives the memory back. A shorter one keeps it: it is soon over, and somebody who sends requests by
/// the million is to be slowed down, not to be refused.
const PATIENCE: Duration = Duration::from_secs(1);

/// A number of bytes for requests without a reply and for replies on their way.
///
/// Requests wait for it. Replies do not, for only they free memory; instead, requests are held back from AWS while
/// replies have taken a quarter of it. Those that are at AWS already may still add a reply each.
#[derive(Debug)]
pub struct Memory {
    limit: usize,
    state: Mutex<State>,
    /// False while requests are held back.
    open: AtomicBool,
    freed: Notify,
    reopened: Notify,
}

#[derive(Debug, Default)]
struct State {
    used: usize,
    /// The part of replies.
    replies: usize,
}

/// One request's part of the memory, then its reply's, until it is dropped.
#[derive(Debug)]
pub struct Room {
    memory: Arc<Memory>,
    request: AtomicUsize,
    reply: AtomicUsize,
    /// True when no reply has to go out before this one.
    is_first: AtomicBool,
    came_first: Notify,
}

impl Memory {
    /// This many bytes.
    #[must_use]
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            limit,
            state: Mutex::default(),
            open: AtomicBool::new(true),
            freed: Notify::new(),
            reopened: Notify::new(),
        })
    }

    /// Takes room for a request, waiting for it if need be. For one task at a time. Cancel safe.
    pub async fn take(self: &Arc<Self>, bytes: usize) -> Room {
        loop {
            if let Some(room) = self.try_take(bytes, 0) {
                return room;
            }
            self.freed.notified().await;
        }
    }

    /// Takes room for a request if there is any, or if it is at most `overdraft` bytes beyond the limit.
    #[must_use]
    pub fn try_take(self: &Arc<Self>, bytes: usize, overdraft: usize) -> Option<Room> {
        let mut state = self.state.lock();
        if state.used > 0 && state.used + bytes > self.limit.saturating_add(overdraft) {
            return None;
        }
        state.used += bytes;
        Some(Room {
            memory: Arc::clone(self),
            request: AtomicUsize::new(bytes),
            reply: AtomicUsize::new(0),
            is_first: AtomicBool::new(false),
            came_first: Notify::new(),
        })
    }

    /// Counts the change of one request's or reply's part.
    fn count(&self, request: usize, reply_before: usize, reply: usize) {
        let replies = {
            let mut state = self.state.lock();
            state.used = state.used - request - reply_before + reply;
            state.replies = state.replies - reply_before + reply;
            if state.replies >= self.limit / 4 {
                self.open.store(false, Ordering::SeqCst);
            }
            state.replies
        };
        // Not at once, for everybody wakes up.
        if replies <= self.limit / 8 && !self.open.swap(true, Ordering::SeqCst) {
            self.reopened.notify_waiters();
        }
        self.freed.notify_one();
    }
}

impl Room {
    /// Gives the room of the request back: one that only waits is no load.
    pub fn give_back(&self) {
        let request = self.request.swap(0, Ordering::SeqCst);
        if request > 0 {
            self.memory.count(request, 0, 0);
        }
    }

    /// Exchanges the room of the request for that of its reply.
    pub fn hold_reply(&self, bytes: usize) {
        let request = self.request.swap(0, Ordering::SeqCst);
        let reply = self.reply.swap(bytes, Ordering::SeqCst);
        self.memory.count(request, reply, bytes);
    }

    /// Notes that all replies that have to go out before this one are written. It is then not held back.
    pub fn come_first(&self) {
        self.is_first.store(true, Ordering::SeqCst);
        self.came_first.notify_one();
    }

    /// True when the request may go to AWS, although that makes another reply.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.memory.open.load(Ordering::SeqCst) || self.is_first.load(Ordering::SeqCst)
    }

    /// Waits until the request may go to AWS.
    pub async fn opened(&self) {
        loop {
            // Made before asking, so that nothing in between is missed.
            let reopened = self.memory.reopened.notified();
            if self.is_open() {
                return;
            }
            tokio::select! {
                () = reopened => {}
                () = self.came_first.notified() => {}
            }
        }
    }

    /// Does `work` that waits for others. When it takes long, the room of the request is given back.
    pub async fn lend<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::select! {
            biased;
            done = work => done,
            never = async { tokio::time::sleep(PATIENCE).await; self.give_back(); pending().await } => never,
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.memory.count(*self.request.get_mut(), *self.reply.get_mut(), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_wait_for_room_and_sleepers_have_none() {
        let memory = Memory::new(100);
        let [sleeper, other] = [60, 40].map(|bytes| memory.try_take(bytes, 0).expect("room"));
        assert!(memory.try_take(1, 0).is_none());
        assert!(memory.try_take(1, 1).is_some(), "an overdraft");
        sleeper.lend(tokio::time::sleep(PATIENCE / 2)).await;
        assert!(memory.try_take(1, 0).is_none(), "a short wait");
        let waiting = tokio::time::timeout(PATIENCE * 2, memory.take(60));
        let (room, ()) = tokio::join!(waiting, sleeper.lend(tokio::time::sleep(PATIENCE * 3)));
        drop((room.expect("room"), sleeper, other));
        assert_eq!(memory.state.lock().used, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn replies_count_and_hold_back_all_but_the_first() {
        let memory = Memory::new(100);
        let [one, two, held_back] = [10, 10, 10].map(|bytes| memory.try_take(bytes, 0).expect("room"));
        one.hold_reply(200);
        two.hold_reply(13);
        assert!(memory.try_take(1, 0).is_none() && !held_back.is_open());
        let no_time = tokio::time::timeout(Duration::from_secs(1), held_back.opened());
        assert!(no_time.await.is_err());
        let ((), ()) = tokio::join!(held_back.opened(), async { held_back.come_first() });
        let last = memory.try_take(10, 1000).expect("room");
        drop(one);
        assert!(!last.is_open(), "not before there is room for more than one");
        tokio::join!(last.opened(), async { drop(two) });
        drop((held_back, last));
        let state = memory.state.lock();
        assert_eq!((state.used, state.replies), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn one_request_may_be_larger_than_all() {
        let memory = Memory::new(100);
        let large = memory.take(200).await;
        assert!(memory.try_take(1, 0).is_none());
        drop(large);
        assert!(memory.try_take(1, 0).is_some());
    }
}
