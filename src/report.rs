//! Standard output of a one-shot command: one reply, or a text.

use std::io::{self, Write};
use std::process::ExitCode;

use glue_runtime::Result;
use glue_runtime::action::to_raw;
use serde_json::Value;

use crate::protocol::{Reply, ReplyMeta};

/// Prints an outcome as a reply, and gives back its exit status.
pub(crate) fn report(outcome: Result<Value>) -> ExitCode {
    let reply = Reply::new(None, outcome.and_then(|data| to_raw(&data)), ReplyMeta::default());
    print(&reply.to_line());
    ExitCode::from(reply.exit_code())
}

/// Prints a text. A reader that has gone away is no reason to complain: the exit status still tells the outcome.
pub(crate) fn print(text: &[u8]) {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(text).and_then(|()| stdout.flush());
}
