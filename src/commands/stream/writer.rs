//! Writes replies to standard output, one a line: at once where that does not block, otherwise by a thread.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::io::{CHUNK_BYTES, StandardIo};
use super::platform::PlatformIo;

/// The bytes that a pipe with room takes whole, by POSIX (`PIPE_BUF` is at least 512, and 4,096 on Linux).
const MAX_DIRECT_WRITE: usize = 4096;
/// Replies that may wait for the thread.
const MAX_QUEUED: usize = 256;

/// Standard output, line by line.
pub(super) struct Writer {
    queue: mpsc::Sender<Vec<u8>>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// Held while something is written.
    writing: Mutex<()>,
    /// Lines that wait for the thread; others must not overtake them.
    queued: AtomicUsize,
}

impl Writer {
    /// The writer and its thread, which ends with the writer; `closed` is cancelled when a write of the thread fails.
    pub(super) fn start(closed: CancellationToken) -> (Self, thread::JoinHandle<()>) {
        let (queue, lines) = mpsc::channel(MAX_QUEUED);
        let state = Arc::<State>::default();
        let thread = thread::spawn({
            let state = Arc::clone(&state);
            move || {
                if write_queued(lines, &state).is_err() {
                    closed.cancel();
                }
            }
        });
        (Self { queue, state }, thread)
    }

    /// Writes a line, or queues it behind those that wait already. A line that cannot be written is dropped.
    pub(super) async fn send(&self, line: Vec<u8>) {
        if !self.state.write_directly(&line) {
            self.state.queued.fetch_add(1, Ordering::SeqCst);
            let _ = self.queue.send(line).await;
        }
    }
}

impl State {
    fn write_directly(&self, line: &[u8]) -> bool {
        let Some(_writing) = self.writing.try_lock() else { return false };
        if line.len() > MAX_DIRECT_WRITE || self.queued.load(Ordering::SeqCst) > 0 || !PlatformIo::stdout_has_room() {
            return false;
        }
        // A failure is noticed by `stdout_closed`.
        let _ = write_lines(line);
        true
    }
}

/// Writes lines, several at once when they are there, until there are no more or writing fails.
fn write_queued(mut queue: mpsc::Receiver<Vec<u8>>, state: &State) -> io::Result<()> {
    while let Some(mut lines) = queue.blocking_recv() {
        let mut count = 1;
        while lines.len() < CHUNK_BYTES
            && let Ok(more) = queue.try_recv()
        {
            lines.extend_from_slice(&more);
            count += 1;
        }
        let writing = state.writing.lock();
        write_lines(&lines)?;
        state.queued.fetch_sub(count, Ordering::SeqCst);
        drop(writing);
    }
    Ok(())
}

/// Whole lines go past the buffer of [`io::Stdout`], which holds only a line that is not complete.
fn write_lines(lines: &[u8]) -> io::Result<()> {
    io::stdout().lock().write_all(lines)
}
