//! Writes replies to standard output, one a line: at once where that does not block, otherwise by a thread.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use glue_runtime::room::Room;
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::io::{CHUNK_BYTES, StandardIo};
use super::platform::PlatformIo;

/// The bytes that a pipe with room takes whole, by POSIX (`PIPE_BUF` is at least 512, and 4,096 on Linux).
const MAX_DIRECT_WRITE: usize = 4096;

/// A line, and its part of the memory until it is written.
pub(super) struct Line {
    pub(super) text: Vec<u8>,
    pub(super) room: Arc<Room>,
}

/// Standard output, line by line.
pub(super) struct Writer {
    /// Bounded by the memory for requests and replies.
    queue: mpsc::UnboundedSender<Line>,
    state: Arc<State>,
}

/// What is known of a writer to those who wait for its end.
pub(super) struct Progress {
    state: Arc<State>,
    /// Cancelled when everything is written, or nothing more can be.
    pub(super) finished: CancellationToken,
}

#[derive(Default)]
struct State {
    /// Held while something is written.
    writing: Mutex<()>,
    /// Lines that wait for the thread; others must not overtake them.
    queued: AtomicUsize,
    /// The number of chunks that the thread has written.
    written: AtomicUsize,
    /// Notified when no line waits any more.
    idle: Notify,
}

impl Writer {
    /// A writer and its thread, which ends with the writer; `closed` is cancelled when a write of the thread fails.
    pub(super) fn start(closed: CancellationToken) -> (Self, Progress) {
        let (queue, lines) = mpsc::unbounded_channel();
        let state = Arc::<State>::default();
        let progress = Progress { state: Arc::clone(&state), finished: CancellationToken::new() };
        thread::spawn({
            let (state, finished) = (Arc::clone(&state), progress.finished.clone().drop_guard());
            move || {
                if write_queued(lines, &state).is_err() {
                    closed.cancel();
                }
                drop(finished);
            }
        });
        (Self { queue, state }, progress)
    }

    /// Writes a line, or queues it behind those that wait already. A line that cannot be written is dropped.
    pub(super) fn send(&self, line: Line) {
        if !self.state.write_directly(&line.text) {
            self.state.queued.fetch_add(1, Ordering::SeqCst);
            let _ = self.queue.send(line);
        }
    }

    /// Waits until everything is written that was sent.
    pub(super) async fn idle(&self) {
        loop {
            // Made before asking, so that nothing in between is missed.
            let idle = self.state.idle.notified();
            if self.state.queued.load(Ordering::SeqCst) == 0 {
                return;
            }
            idle.await;
        }
    }
}

impl Progress {
    /// The number of chunks that were written: while it grows, somebody reads.
    pub(super) fn written(&self) -> usize {
        self.state.written.load(Ordering::SeqCst)
    }
}

impl State {
    fn write_directly(&self, line: &[u8]) -> bool {
        let Some(_writing) = self.writing.try_lock() else { return false };
        if line.len() > MAX_DIRECT_WRITE || self.queued.load(Ordering::SeqCst) > 0 || !PlatformIo::stdout_has_room() {
            return false;
        }
        // A failure is noticed by `stdout_closed`.
        let _ = PlatformIo::write(line);
        true
    }
}

/// Writes lines, several at once when they are there, until there are no more or writing fails.
fn write_queued(mut queue: mpsc::UnboundedReceiver<Line>, state: &State) -> io::Result<()> {
    while let Some(Line { text: mut lines, room }) = queue.blocking_recv() {
        let mut rooms = vec![room];
        while lines.len() < CHUNK_BYTES
            && let Ok(Line { text, room }) = queue.try_recv()
        {
            lines.extend_from_slice(&text);
            rooms.push(room);
        }
        let writing = state.writing.lock();
        for chunk in lines.chunks(CHUNK_BYTES) {
            PlatformIo::write(chunk)?;
            state.written.fetch_add(1, Ordering::SeqCst);
        }
        let queued = state.queued.fetch_sub(rooms.len(), Ordering::SeqCst) - rooms.len();
        drop(writing);
        if queued == 0 {
            state.idle.notify_waiters();
        }
    }
    Ok(())
}
