//! Splits standard input into lines, within limits: the bytes of a line, and the bytes of all requests without a reply.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

use super::io::StandardIo;
use crate::protocol::{MAX_REQUEST_BYTES, PREFIX_BYTES};

/// The memory for requests that are read but not yet answered; reading waits for it.
const MAX_WAITING_BYTES: usize = 64 * 1024 * 1024;
/// A short request takes more than its text.
const REQUEST_OVERHEAD: usize = 4096;

/// Requests carry secrets.
type Bytes = Zeroizing<Vec<u8>>;

/// A line of standard input.
pub(super) enum Line {
    /// With its share of the memory for waiting requests.
    Complete(Bytes, OwnedSemaphorePermit),
    /// The beginning of a line over the limit.
    TooLarge(Bytes),
}

/// Standard input, line by line.
pub(super) struct Lines<I> {
    /// None at the end of input.
    input: Option<I>,
    chunk: Bytes,
    /// The length of the chunk's part that is split.
    used: usize,
    /// A line whose end is not read yet.
    partial: Bytes,
    /// The beginning of a line over the limit, whose end is not read yet. The rest is skipped without being held.
    oversized: Option<Bytes>,
    /// A line that waits for memory.
    ready: Option<Ready>,
    memory: Arc<Semaphore>,
}

enum Ready {
    Complete(Bytes),
    TooLarge(Bytes),
}

impl<I: StandardIo> Lines<I> {
    /// The lines of this input.
    pub(super) fn new(input: I) -> Self {
        Self {
            input: Some(input),
            chunk: Bytes::default(),
            used: 0,
            partial: Bytes::default(),
            oversized: None,
            ready: None,
            memory: Arc::new(Semaphore::new(MAX_WAITING_BYTES)),
        }
    }

    /// The next line that is not blank; none at the end. Cancel safe.
    pub(super) async fn next(&mut self) -> Option<Line> {
        while self.ready.is_none() && !self.split() {
            self.read().await?;
        }
        let size = match &self.ready {
            Some(Ready::Complete(line)) => line.len() + REQUEST_OVERHEAD,
            _ => 0,
        };
        let permit = Arc::clone(&self.memory).acquire_many_owned(u32::try_from(size).unwrap_or(u32::MAX)).await.ok()?;
        Some(match self.ready.take()? {
            Ready::Complete(line) => Line::Complete(line, permit),
            Ready::TooLarge(prefix) => Line::TooLarge(prefix),
        })
    }

    /// Reads no more. Lines that are read already are still to come; one that is not complete is dropped.
    pub(super) fn stop(&mut self) {
        self.chunk.drain(..self.used);
        self.used = 0;
        if let Some(mut input) = self.input.take() {
            input.stop(&mut self.chunk);
        }
        if let Some(end) = self.chunk.iter().rposition(|byte| *byte == b'\n') {
            self.chunk.truncate(end + 1);
        } else {
            self.chunk.clear();
            self.partial.clear();
        }
    }

    /// Makes the next line of the chunk ready; `false` when there is none.
    fn split(&mut self) -> bool {
        while self.used < self.chunk.len() || self.input.is_none() {
            let rest = &self.chunk[self.used..];
            let newline = rest.iter().position(|byte| *byte == b'\n');
            let piece = &rest[..newline.unwrap_or(rest.len())];
            if self.oversized.is_none() {
                if self.partial.len() + piece.len() > MAX_REQUEST_BYTES {
                    let prefix = self.partial.iter().chain(piece).take(PREFIX_BYTES);
                    self.oversized = Some(prefix.copied().collect::<Vec<_>>().into());
                    self.partial = Bytes::default();
                } else {
                    self.partial.extend_from_slice(piece);
                }
            }
            self.used += piece.len() + usize::from(newline.is_some());
            let at_end = self.input.is_none() && self.used == self.chunk.len();
            if newline.is_none() && !at_end {
                return false;
            }
            let line = std::mem::take(&mut self.partial);
            if let Some(prefix) = self.oversized.take() {
                self.ready = Some(Ready::TooLarge(prefix));
            } else if !line.trim_ascii().is_empty() {
                self.ready = Some(Ready::Complete(line));
            }
            if self.ready.is_some() {
                return true;
            }
            if at_end {
                return false;
            }
        }
        false
    }

    /// Waits for the next chunk, or for the end of input; none when that was reached before.
    async fn read(&mut self) -> Option<()> {
        let input = self.input.as_mut()?;
        self.used = 0;
        self.chunk.fill(0);
        self.chunk.clear();
        if !input.read(&mut self.chunk).await {
            self.input = None;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::time::Duration;

    use super::*;

    /// Chunks to read, and chunks that are read ahead.
    #[derive(Default)]
    struct Script(VecDeque<Vec<u8>>, Vec<u8>);

    impl StandardIo for Script {
        async fn read(&mut self, chunk: &mut Vec<u8>) -> bool {
            assert!(chunk.is_empty());
            self.0.pop_front().map(|next| *chunk = next).is_some()
        }

        fn stop(&mut self, chunk: &mut Vec<u8>) {
            chunk.append(&mut self.1);
        }
    }

    fn script(text: &[u8], chunk: usize) -> Script {
        Script(text.chunks(chunk).map(<[u8]>::to_vec).collect(), Vec::new())
    }

    async fn rest(lines: &mut Lines<Script>) -> Vec<String> {
        let mut found = Vec::new();
        while let Some(line) = lines.next().await {
            found.push(match line {
                Line::Complete(text, _) => String::from_utf8(text.to_vec()).expect("UTF-8"),
                Line::TooLarge(prefix) => format!("too large: {} bytes are kept", prefix.len()),
            });
        }
        found
    }

    #[tokio::test]
    async fn lines_do_not_depend_on_how_they_are_cut() {
        for chunk in 1..20 {
            let mut lines = Lines::new(script(b"one\n\n  \r\ntwo three\n\nfour", chunk));
            assert_eq!(rest(&mut lines).await, ["one", "two three", "four"], "{chunk}");
            assert_eq!(lines.memory.available_permits(), MAX_WAITING_BYTES);
        }
    }

    #[tokio::test]
    async fn the_limit_of_a_line_is_exact_and_its_beginning_is_kept() {
        for chunk in [64 * 1024, MAX_REQUEST_BYTES * 4] {
            let text = [MAX_REQUEST_BYTES + 1, MAX_REQUEST_BYTES, 1].map(|length| "x".repeat(length)).join("\n");
            let mut lines = Lines::new(script(text.as_bytes(), chunk));
            let found = rest(&mut lines).await;
            let lengths = found.iter().map(String::len).collect::<Vec<_>>();
            assert_eq!(
                (found[0].as_str(), &lengths[1..]),
                ("too large: 4096 bytes are kept", &[MAX_REQUEST_BYTES, 1][..])
            );
        }
    }

    #[tokio::test]
    async fn reading_waits_for_memory_and_loses_nothing() {
        let mut lines = Lines::new(script(b"1\n2\n3\n", 100));
        lines.memory = Arc::new(Semaphore::new(2 * REQUEST_OVERHEAD + 2));
        let mut held = vec![lines.next().await, lines.next().await];
        assert!(tokio::time::timeout(Duration::from_millis(10), lines.next()).await.is_err());
        held.pop();
        assert!(matches!(lines.next().await, Some(Line::Complete(text, _)) if *text == b"3"));
        assert!(lines.next().await.is_none());
    }

    #[tokio::test]
    async fn lines_that_are_complete_when_reading_stops_are_still_to_come() {
        for (ahead, expected) in [("", &["two"][..]), ("ee\nfour\nfi", &["two", "three", "four"])] {
            let mut script = script(b"one\ntwo\nthr", 100);
            script.1 = ahead.into();
            let mut lines = Lines::new(script);
            assert!(matches!(lines.next().await, Some(Line::Complete(text, _)) if *text == b"one"));
            lines.stop();
            assert_eq!(rest(&mut lines).await, expected);
        }
    }
}
