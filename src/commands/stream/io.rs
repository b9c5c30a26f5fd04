//! The operating system as a stream needs it: chunks of standard input, and room on standard output.

use std::io::{self, Write};

/// The size of a read from standard input, and of a write of several replies at once.
pub(super) const CHUNK_BYTES: usize = 64 * 1024;

/// Standard input and output. Both stay as blocking as they are, for they may be shared with other processes.
pub(super) trait StandardIo: Send {
    /// Fills the empty `chunk` with what standard input has next; `false` at its end. Cancel safe.
    fn read(&mut self, chunk: &mut Vec<u8>) -> impl Future<Output = bool> + Send;

    /// Reads no more, and appends to `chunk` what was read ahead.
    fn stop(&mut self, _chunk: &mut Vec<u8>) {}

    /// Waits until nobody reads standard output any more: a reply that nobody will read is not worth the work. Where the
    /// system cannot tell, only a write that fails does.
    fn stdout_closed() -> impl Future<Output = ()> + Send {
        std::future::pending()
    }

    /// True when a write of up to `MAX_DIRECT_WRITE` bytes would not block. Where the system cannot tell, the writer's
    /// thread writes everything.
    fn stdout_has_room() -> bool {
        false
    }

    /// Writes all of `bytes` to standard output, waiting for room as long as it takes.
    fn write(bytes: &[u8]) -> io::Result<()> {
        io::stdout().lock().write_all(bytes)
    }
}
