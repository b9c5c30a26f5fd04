//! Standard input on every operating system: a thread reads it.

use std::io::{self, Read};
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::io::{CHUNK_BYTES, StandardIo};

/// Chunks that may wait for the stream.
const READ_AHEAD: usize = 4;
/// The pause before an input is read again that has nothing and does not block.
const PAUSE: Duration = Duration::from_millis(10);

/// Standard input, read by a thread.
pub(super) struct ThreadedIo {
    chunks: mpsc::Receiver<Zeroizing<Vec<u8>>>,
}

impl ThreadedIo {
    /// Standard input, from where it stands.
    pub(super) fn open() -> Self {
        let (sender, chunks) = mpsc::channel(READ_AHEAD);
        thread::spawn(move || send_chunks(&sender));
        Self { chunks }
    }
}

impl StandardIo for ThreadedIo {
    async fn read(&mut self, chunk: &mut Vec<u8>) -> bool {
        let Some(mut read) = self.chunks.recv().await else { return false };
        *chunk = std::mem::take(&mut *read);
        true
    }

    fn stop(&mut self, chunk: &mut Vec<u8>) {
        self.chunks.close();
        while let Ok(read) = self.chunks.try_recv() {
            chunk.extend_from_slice(&read);
        }
    }
}

fn send_chunks(chunks: &mpsc::Sender<Zeroizing<Vec<u8>>>) {
    loop {
        let mut chunk = Zeroizing::new(vec![0; CHUNK_BYTES]);
        let length = match io::stdin().lock().read(&mut chunk) {
            Err(problem) if problem.kind() == io::ErrorKind::WouldBlock => {
                thread::sleep(PAUSE);
                continue;
            }
            Err(problem) if problem.kind() == io::ErrorKind::Interrupted => continue,
            Ok(length @ 1..) => length,
            Ok(0) | Err(_) => return,
        };
        chunk.truncate(length);
        if chunks.blocking_send(chunk).is_err() {
            return;
        }
    }
}
