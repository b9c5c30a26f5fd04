//! The ways of being called, one file each.

pub mod invoke;
mod lines;
pub mod stream;

use std::io;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::retry_on_intr;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

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
