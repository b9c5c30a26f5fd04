//! Splits standard input into lines, within limits: the bytes of a line, and the bytes of all requests without a reply.

use std::sync::Arc;

use glue_runtime::room::{Memory, Room};
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::io::StandardIo;
use crate::protocol::{MAX_REQUEST_BYTES, PREFIX_BYTES, Request, Task};

/// The memory for requests that are read but not yet answered, and for replies on their way; reading waits for it.
const MAX_WAITING_BYTES: usize = 64 * 1024 * 1024;
/// A short request takes more than its text.
const REQUEST_OVERHEAD: usize = 4096;
/// The memory beyond for those that make some free.
const CANCEL_OVERDRAFT: usize = 1024 * 1024;

/// Requests carry secrets.
type Bytes = Zeroizing<Vec<u8>>;

/// A line of standard input, with its share of the memory.
pub(super) struct Line {
    pub(super) text: Text,
    pub(super) room: Arc<Room>,
    /// The time at which it was read to its end.
    pub(super) read_at: Instant,
}

/// The text of a line.
pub(super) enum Text {
    /// The whole.
    Complete(Bytes),
    /// The beginning of a line over the limit.
    TooLarge(Bytes),
}

/// Standard input, line by line.
pub(super) struct Lines<I> {
    /// None at the end of input.
    input: Option<I>,
    chunk: Bytes,
    /// The time at which the chunk was read.
    read_at: Instant,
    /// The length of the chunk's part that is split.
    used: usize,
    /// A line whose end is not read yet.
    partial: Bytes,
    /// The beginning of a line over the limit, whose end is not read yet. The rest is skipped without being held.
    oversized: Option<Bytes>,
    /// A line that waits for memory, and the time at which it was read.
    ready: Option<(Text, Instant)>,
    memory: Arc<Memory>,
    /// True when no more is read: what is left takes no more memory than it has already.
    stopped: bool,
}

impl<I: StandardIo> Lines<I> {
    /// The lines of this input.
    pub(super) fn new(input: I) -> Self {
        Self {
            input: Some(input),
            chunk: Bytes::default(),
            read_at: Instant::now(),
            used: 0,
            partial: Bytes::default(),
            oversized: None,
            ready: None,
            memory: Memory::new(MAX_WAITING_BYTES),
            stopped: false,
        }
    }

    /// The next line that is not blank; none at the end. Cancel safe.
    pub(super) async fn next(&mut self) -> Option<Line> {
        while self.ready.is_none() && !self.split() {
            self.read().await?;
        }
        let (Text::Complete(text) | Text::TooLarge(text)) = &self.ready.as_ref()?.0;
        let size = text.len() + REQUEST_OVERHEAD;
        let room = match self.memory.try_take(size, 0) {
            Some(room) => room,
            None => match self.overdraft().and_then(|overdraft| self.memory.try_take(size, overdraft)) {
                Some(room) => room,
                None => self.memory.take(size).await,
            },
        };
        let (text, read_at) = self.ready.take()?;
        Some(Line { text, room: Arc::new(room), read_at })
    }

    /// The memory that the next line may take beyond the limit.
    fn overdraft(&self) -> Option<usize> {
        match &self.ready {
            _ if self.stopped => Some(usize::MAX),
            Some((Text::Complete(text), _)) if text.len() < REQUEST_OVERHEAD => {
                let is_cancel = Request::parse(text).is_ok_and(|request| matches!(request.task, Task::Cancel(_)));
                is_cancel.then_some(CANCEL_OVERDRAFT)
            }
            _ => None,
        }
    }

    /// Reads no more. Lines that are read already are still to come; one that is not complete is dropped.
    pub(super) fn stop(&mut self) {
        self.stopped = true;
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
                self.ready = Some((Text::TooLarge(prefix), self.read_at));
            } else if !line.trim_ascii().is_empty() {
                self.ready = Some((Text::Complete(line), self.read_at));
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
        self.read_at = Instant::now();
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
            found.push(match line.text {
                Text::Complete(text) => String::from_utf8(text.to_vec()).expect("UTF-8"),
                Text::TooLarge(prefix) => format!("too large: {} bytes are kept", prefix.len()),
            });
        }
        found
    }

    fn is(line: Option<Line>, expected: &[u8]) -> bool {
        matches!(line, Some(Line { text: Text::Complete(text), .. }) if *text == expected)
    }

    #[tokio::test]
    async fn lines_do_not_depend_on_how_they_are_cut() {
        for chunk in 1..20 {
            let mut lines = Lines::new(script(b"one\n\n  \r\ntwo three\n\nfour", chunk));
            assert_eq!(rest(&mut lines).await, ["one", "two three", "four"], "{chunk}");
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
        lines.memory = Memory::new(2 * REQUEST_OVERHEAD + 2);
        let mut held = vec![lines.next().await, lines.next().await];
        assert!(tokio::time::timeout(Duration::from_millis(10), lines.next()).await.is_err());
        held.pop();
        assert!(is(lines.next().await, b"3"));
        assert!(lines.next().await.is_none());
    }

    #[tokio::test]
    async fn a_cancellation_does_not_wait_for_memory() {
        let mut lines = Lines::new(script(b"1\n{\"cancel\":7}\n2\n", 100));
        lines.memory = Memory::new(REQUEST_OVERHEAD + 1);
        let _held = lines.next().await;
        assert!(is(lines.next().await, br#"{"cancel":7}"#));
        assert!(tokio::time::timeout(Duration::from_millis(10), lines.next()).await.is_err());
    }

    #[tokio::test]
    async fn a_line_was_read_when_its_end_was_read_however_long_it_waits() {
        let mut lines = Lines::new(script(b"1\n2\n", 100));
        lines.memory = Memory::new(REQUEST_OVERHEAD + 1);
        let first = lines.next().await.expect("a line");
        let read_at = first.read_at;
        let (second, ()) = tokio::join!(lines.next(), async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            drop(first);
        });
        assert_eq!(second.map(|line| line.read_at), Some(read_at));
    }

    #[tokio::test]
    async fn lines_that_are_complete_when_reading_stops_are_still_to_come() {
        for (ahead, expected) in [("", &["two"][..]), ("ee\nfour\nfi", &["two", "three", "four"])] {
            let mut script = script(b"one\ntwo\nthr", 100);
            script.1 = ahead.into();
            let mut lines = Lines::new(script);
            assert!(is(lines.next().await, b"one"));
            lines.stop();
            assert_eq!(rest(&mut lines).await, expected);
        }
    }
}
