//! Signals to a running command: shut down, and standard output was closed.

use std::future::pending;

/// Waits for SIGTERM or SIGINT.
#[cfg(unix)]
pub(crate) async fn shutdown_signal() {
    use tokio::signal::unix::{SignalKind, signal};

    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
}

/// Waits for Ctrl+C, Ctrl+Break, or the end of the console or of the system.
#[cfg(windows)]
pub(crate) async fn shutdown_signal() {
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};

    let (Ok(mut interrupt), Ok(mut stop), Ok(mut close), Ok(mut shutdown)) =
        (ctrl_c(), ctrl_break(), ctrl_close(), ctrl_shutdown())
    else {
        return pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = stop.recv() => {}
        _ = close.recv() => {}
        _ = shutdown.recv() => {}
    }
}

/// Waits until nobody reads standard output any more: a reply that nobody will read is not worth the work.
#[cfg(all(unix, not(feature = "portable-io")))]
pub(crate) async fn stdout_closed() {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::io::retry_on_intr;

    let (closed, notice) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let stdout = std::io::stdout();
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

/// Never ready: only a write that fails tells that standard output was closed.
#[cfg(not(all(unix, not(feature = "portable-io"))))]
pub(crate) async fn stdout_closed() {
    pending::<()>().await;
}
