//! Standard input and output on Unix, with no thread in between where the system can be asked whether it would block:
//! each change of threads costs as much as reading a request does.

use std::future::pending;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::thread;

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read, retry_on_intr, write};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::oneshot;

use super::io::{CHUNK_BYTES, StandardIo};
use super::io_portable::ThreadedIo;

/// Standard input and output, polled.
pub(super) enum PolledIo {
    /// Pipes, sockets and terminals tell when there is something to read.
    Polled(AsyncFd<io::Stdin>),
    /// Files do not.
    Threaded(ThreadedIo),
}

impl PolledIo {
    /// Standard input, from where it stands.
    pub(super) fn open() -> Self {
        #[expect(
            deprecated,
            reason = "its successor is `unsafe`: the descriptor must stay open, which standard input does"
        )]
        let stdin = AsyncFd::with_interest(io::stdin(), Interest::READABLE);
        stdin.map_or_else(|_| Self::Threaded(ThreadedIo::open()), Self::Polled)
    }
}

impl StandardIo for PolledIo {
    async fn read(&mut self, chunk: &mut Vec<u8>) -> bool {
        let stdin = match self {
            Self::Polled(stdin) => stdin,
            Self::Threaded(io) => return io.read(chunk).await,
        };
        loop {
            let Ok(mut ready) = stdin.readable().await else { return false };
            if is_ready(stdin.as_fd(), PollFlags::IN) {
                chunk.reserve(CHUNK_BYTES);
                match retry_on_intr(|| read(stdin.get_ref(), spare_capacity(chunk))) {
                    // Another process that shares it was faster.
                    Err(Errno::AGAIN) => {}
                    outcome => return outcome.is_ok_and(|length| length > 0),
                }
            }
            ready.clear_ready();
        }
    }

    fn stop(&mut self, chunk: &mut Vec<u8>) {
        if let Self::Threaded(io) = self {
            io.stop(chunk);
        }
    }

    async fn stdout_closed() {
        let (closed, notice) = oneshot::channel();
        thread::spawn(move || {
            let stdout = io::stdout();
            // With no events asked for, only the end of the other side is reported.
            let mut polled = [PollFd::new(&stdout, PollFlags::empty())];
            while retry_on_intr(|| poll(&mut polled, None)).is_ok() {
                if polled[0].revents().intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL) {
                    let _ = closed.send(());
                    return;
                }
            }
        });
        if notice.await.is_err() {
            pending::<()>().await;
        }
    }

    fn stdout_has_room() -> bool {
        is_ready(io::stdout().as_fd(), PollFlags::OUT)
    }

    /// Past the buffer of [`io::Stdout`], which loses count of what was written when standard output does not block: it
    /// does not if a process that shares it wants that.
    fn write(mut bytes: &[u8]) -> io::Result<()> {
        let stdout = io::stdout();
        while !bytes.is_empty() {
            match retry_on_intr(|| write(&stdout, bytes)) {
                Ok(length) => bytes = &bytes[length..],
                Err(Errno::AGAIN) => {
                    retry_on_intr(|| poll(&mut [PollFd::new(&stdout, PollFlags::OUT)], None))?;
                }
                Err(problem) => return Err(problem.into()),
            }
        }
        Ok(())
    }
}

/// True when reading or writing would not block.
fn is_ready(stream: BorrowedFd<'_>, event: PollFlags) -> bool {
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    let mut polled = [PollFd::from_borrowed_fd(stream, event)];
    retry_on_intr(|| poll(&mut polled, Some(&at_once))).is_ok_and(|ready| ready > 0)
}
