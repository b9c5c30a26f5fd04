//! The ways of being called, one file each.

pub mod invoke;
pub mod stream;

use tokio::signal::unix::{SignalKind, signal};

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
