//! The ways of being called, one file each.

pub mod invoke;
mod lines;
pub mod mcp;
pub mod stream;

use std::io;
use std::path::Path;
use std::thread;

use glue_runtime::{Error, Kind, Result};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::retry_on_intr;
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// The connection in a file that the operator names: its `key` and `fields`.
fn connection_file(path: &Path) -> Result<Value> {
    let text = std::fs::read(path).map_err(|problem| {
        Error::new(Kind::InvalidRequest, format!("The connection file cannot be read: {}.", problem.kind()))
    })?;
    let not_json =
        |_| Error::new(Kind::InvalidRequest, "The connection file is not a JSON object.").with_field("/connection");
    serde_json::from_slice(&text).map_err(not_json)
}

/// Waits until the process is asked to end, by SIGTERM or SIGINT.
pub(crate) async fn asked_to_end() {
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
}

/// Waits until nobody reads standard output any more: work that nobody will hear of is not begun, and not gone on with.
pub(crate) async fn reader_gone() {
    let (gone, notice) = oneshot::channel();
    thread::spawn(move || {
        let stdout = io::stdout();
        // Without any wish of ours, only the end of the other side is reported.
        let mut watched = [PollFd::new(&stdout, PollFlags::empty())];
        while retry_on_intr(|| poll(&mut watched, None)).is_ok() {
            if watched[0].revents().intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL) {
                let _ = gone.send(());
                return;
            }
        }
    });
    if notice.await.is_err() {
        std::future::pending::<()>().await;
    }
}
