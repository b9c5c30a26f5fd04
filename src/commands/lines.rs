//! Lines of standard input and output, with no thread in between where the system can tell when there is something to
//! read and room to write: each change of threads costs as much as reading a request does.
//!
//! Standard input and output stay blocking, for they may be shared with other processes; so both are asked first.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{read, retry_on_intr, write};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use zeroize::Zeroizing;

use crate::protocol::MAX_REQUEST_BYTES;

/// Requests that are read but not yet answered may take this much memory; the reader waits for room.
const WAITING_BYTES: usize = 64 * 1024 * 1024;
/// A short request takes more than its text.
const REQUEST_OVERHEAD: usize = 4096;
const CHUNK_BYTES: usize = 64 * 1024;
/// What a pipe that has room takes whole, by POSIX (`PIPE_BUF` is at least 512, and 4,096 on Linux).
const WRITTEN_AT_ONCE: usize = 4096;
/// Replies that may wait for the writer.
const REPLIES: usize = 256;

/// A line of standard input, with the room that it takes.
pub(super) enum Line {
    Text(Zeroizing<Vec<u8>>, OwnedSemaphorePermit),
    TooLarge,
}

/// Standard input, line by line.
pub(super) struct Input {
    source: Source,
    chunk: Vec<u8>,
    used: usize,
    begun: Vec<u8>,
    too_large: bool,
    /// A line that is whole and waits for room.
    whole: Option<Whole>,
    room: Arc<Semaphore>,
}

enum Whole {
    Text(Vec<u8>),
    TooLarge,
}

enum Source {
    /// Pipes, sockets and terminals tell when there is something to read.
    Polled(AsyncFd<io::Stdin>),
    /// Files do not: a thread reads them.
    Thread(mpsc::Receiver<Vec<u8>>),
    Ended,
}

impl Input {
    /// Standard input, from where it stands.
    pub(super) fn new() -> Self {
        #[expect(
            deprecated,
            reason = "its successor is `unsafe`: the descriptor must stay open, which standard input does"
        )]
        let source = AsyncFd::with_interest(io::stdin(), Interest::READABLE).map_or_else(
            |_| {
                let (chunks, read) = mpsc::channel(4);
                thread::spawn(move || read_chunks(&chunks));
                Source::Thread(read)
            },
            Source::Polled,
        );
        let room = Arc::new(Semaphore::new(WAITING_BYTES));
        Self { source, chunk: Vec::new(), used: 0, begun: Vec::new(), too_large: false, whole: None, room }
    }

    /// The next line that is not blank; none at the end. Who stops waiting for it loses nothing.
    pub(super) async fn next(&mut self) -> Option<Line> {
        while self.whole.is_none() && !self.split() {
            if matches!(self.source, Source::Ended) {
                return None;
            }
            self.fill().await;
        }
        let size = match &self.whole {
            Some(Whole::Text(text)) => text.len() + REQUEST_OVERHEAD,
            _ => 0,
        };
        let room = Arc::clone(&self.room).acquire_many_owned(u32::try_from(size).unwrap_or(u32::MAX)).await.ok()?;
        Some(match self.whole.take()? {
            Whole::Text(text) => Line::Text(Zeroizing::new(text), room),
            Whole::TooLarge => Line::TooLarge,
        })
    }

    /// Reads no more. Lines that are read already are still to come; one that is not whole is forgotten.
    pub(super) fn stop(&mut self) {
        let mut rest = self.chunk.split_off(self.used);
        if let Source::Thread(chunks) = &mut self.source {
            while let Ok(more) = chunks.try_recv() {
                rest.extend_from_slice(&more);
            }
        }
        if let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') {
            rest.truncate(end + 1);
        } else {
            rest.clear();
            self.begun.clear();
        }
        (self.chunk, self.used, self.source) = (rest, 0, Source::Ended);
    }

    /// A whole line out of what is read. What exceeds the limit is skipped without being held.
    fn split(&mut self) -> bool {
        while self.used < self.chunk.len() || matches!(self.source, Source::Ended) {
            let rest = &self.chunk[self.used..];
            let newline = rest.iter().position(|byte| *byte == b'\n');
            let piece = &rest[..newline.unwrap_or(rest.len())];
            if self.begun.len() + piece.len() > MAX_REQUEST_BYTES {
                self.too_large = true;
                self.begun = Vec::new();
            }
            if !self.too_large {
                self.begun.extend_from_slice(piece);
            }
            self.used += piece.len() + usize::from(newline.is_some());
            let at_end = matches!(self.source, Source::Ended) && self.used == self.chunk.len();
            if newline.is_none() && !at_end {
                return false;
            }
            let line = std::mem::take(&mut self.begun);
            if std::mem::take(&mut self.too_large) {
                self.whole = Some(Whole::TooLarge);
            } else if !line.trim_ascii().is_empty() {
                self.whole = Some(Whole::Text(line));
            }
            if self.whole.is_some() {
                return true;
            }
            if at_end {
                return false;
            }
        }
        false
    }

    /// Waits for more, or for the end.
    async fn fill(&mut self) {
        self.used = 0;
        // Requests carry secrets.
        self.chunk.fill(0);
        self.chunk.clear();
        let more = match &mut self.source {
            Source::Polled(stdin) => read_polled(stdin, &mut self.chunk).await,
            Source::Thread(chunks) => chunks.recv().await.map(|chunk| self.chunk = chunk),
            Source::Ended => None,
        };
        if more.is_none() {
            self.source = Source::Ended;
        }
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        // Requests carry secrets.
        zeroize::Zeroize::zeroize(&mut self.chunk);
        zeroize::Zeroize::zeroize(&mut self.begun);
    }
}

async fn read_polled(stdin: &AsyncFd<io::Stdin>, chunk: &mut Vec<u8>) -> Option<()> {
    loop {
        let mut ready = stdin.readable().await.ok()?;
        if !is_ready(stdin.as_fd(), PollFlags::IN) {
            ready.clear_ready();
            continue;
        }
        chunk.reserve(CHUNK_BYTES);
        let length = retry_on_intr(|| read(stdin.get_ref(), spare_capacity(chunk))).unwrap_or(0);
        return (length > 0).then_some(());
    }
}

fn read_chunks(chunks: &mpsc::Sender<Vec<u8>>) {
    loop {
        let mut chunk = vec![0; CHUNK_BYTES];
        let Ok(length @ 1..) = io::stdin().lock().read(&mut chunk) else { return };
        chunk.truncate(length);
        if chunks.blocking_send(chunk).is_err() {
            return;
        }
    }
}

/// Whether reading or writing would not wait.
fn is_ready(stream: BorrowedFd<'_>, what: PollFlags) -> bool {
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    let mut asked = [PollFd::from_borrowed_fd(stream, what)];
    retry_on_intr(|| poll(&mut asked, Some(&at_once))).is_ok_and(|ready| ready > 0)
}

/// Standard output, line by line. A host that no longer reads is noticed elsewhere.
pub(super) struct Output {
    queue: mpsc::Sender<Vec<u8>>,
    state: Arc<Written>,
}

#[derive(Default)]
struct Written {
    /// Held while something is written.
    turn: Mutex<()>,
    /// Lines that wait for the writer; others must not overtake them.
    waiting: AtomicUsize,
}

impl Output {
    /// Standard output, and the thread that writes what does not fit at once.
    pub(super) fn new() -> (Self, thread::JoinHandle<()>) {
        let (queue, lines) = mpsc::channel(REPLIES);
        let state = Arc::<Written>::default();
        let writer = thread::spawn({
            let state = Arc::clone(&state);
            move || write_queued(lines, &state)
        });
        (Self { queue, state }, writer)
    }

    /// Writes a line, or has it written after those that wait already.
    pub(super) async fn send(&self, line: Vec<u8>) {
        if !self.state.write_at_once(&line) {
            self.state.waiting.fetch_add(1, Ordering::SeqCst);
            let _ = self.queue.send(line).await;
        }
    }
}

impl Written {
    fn write_at_once(&self, line: &[u8]) -> bool {
        let Ok(_turn) = self.turn.try_lock() else { return false };
        let stdout = io::stdout();
        if line.len() > WRITTEN_AT_ONCE
            || self.waiting.load(Ordering::SeqCst) > 0
            || !is_ready(stdout.as_fd(), PollFlags::OUT)
        {
            return false;
        }
        let _ = write_all(stdout.as_fd(), line);
        true
    }
}

/// Writes lines, several at once when they are there, until there are no more or nobody reads them.
fn write_queued(mut queue: mpsc::Receiver<Vec<u8>>, state: &Written) {
    let stdout = io::stdout();
    while let Some(mut lines) = queue.blocking_recv() {
        let mut count = 1;
        while lines.len() < CHUNK_BYTES
            && let Ok(more) = queue.try_recv()
        {
            lines.extend_from_slice(&more);
            count += 1;
        }
        let turn = state.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if write_all(stdout.as_fd(), &lines).is_err() {
            return;
        }
        state.waiting.fetch_sub(count, Ordering::SeqCst);
        drop(turn);
    }
}

fn write_all(stdout: BorrowedFd<'_>, mut bytes: &[u8]) -> rustix::io::Result<()> {
    while !bytes.is_empty() {
        let written = retry_on_intr(|| write(stdout, bytes))?;
        bytes = &bytes[written..];
    }
    Ok(())
}
