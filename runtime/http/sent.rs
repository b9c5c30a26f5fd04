//! Whether a request's bytes may have left this machine.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use tokio::sync::watch;

use super::transport::BoxError;

/// Whether a request may have been sent: an extension of the request, one for each attempt.
///
/// A transport that does not know of it leaves it as it is: then the request may have been sent.
#[derive(Clone, Debug, Default)]
pub struct Sent(Arc<watch::Sender<Progress>>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Progress {
    #[default]
    Unknown,
    /// It waits for a connection.
    Waiting,
    /// It was given up before it had one; it can no longer leave.
    GivenUp,
    Left,
}

impl Sent {
    /// False only when it is certain that the server cannot have read the request. Once the exchange has ended or was
    /// dropped, the answer no longer changes.
    #[must_use]
    pub fn may_have_left(&self) -> bool {
        self.0.borrow().may_have_left()
    }

    /// Waits until the request may have been sent; for ever when it was given up before.
    pub async fn left(&self) {
        // The sender lives as long as `self`.
        let _ = self.0.subscribe().wait_for(|progress| progress.may_have_left()).await;
    }

    /// Starts an exchange that will say when the request leaves. The guard of the exchange ends it: what has not left by
    /// then never will.
    pub(super) fn wait(&self) -> Exchange {
        self.0.send_replace(Progress::Waiting);
        Exchange(self.clone())
    }

    /// True unless the request was given up.
    pub(super) fn leave(&self) -> bool {
        self.step(Progress::Left);
        self.may_have_left()
    }

    fn step(&self, to: Progress) {
        self.0.send_if_modified(|progress| {
            let waiting = *progress == Progress::Waiting;
            if waiting {
                *progress = to;
            }
            waiting
        });
    }
}

impl Progress {
    const fn may_have_left(self) -> bool {
        matches!(self, Self::Unknown | Self::Left)
    }
}

/// The guard of an exchange that says when the request leaves.
pub(super) struct Exchange(Sent);

impl Drop for Exchange {
    fn drop(&mut self) {
        self.0.step(Progress::GivenUp);
    }
}

/// A request's body. hyper looks at it for the first time when it has a connection and writes the request.
pub(super) struct Outgoing {
    body: Full<Bytes>,
    sent: Sent,
}

impl Outgoing {
    pub(super) fn new(body: Bytes, sent: Sent) -> Self {
        Self { body: Full::new(body), sent }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        // A request without its body is none that a server acts on.
        if !self.sent.leave() {
            return Poll::Ready(Some(Err("the request was given up".into())));
        }
        Pin::new(&mut self.body).poll_frame(cx).map_err(|never: Infallible| match never {})
    }

    /// An empty body is asked only this.
    fn is_end_stream(&self) -> bool {
        self.sent.leave();
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_says_may_have_left() {
        assert!(Sent::default().may_have_left());
    }

    #[test]
    fn what_was_given_up_never_leaves() {
        let sent = Sent::default();
        let mut body = Outgoing::new(Bytes::from_static(b"{}"), sent.clone());
        drop(sent.wait());
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert!(!body.is_end_stream());
        assert!(matches!(Pin::new(&mut body).poll_frame(&mut cx), Poll::Ready(Some(Err(_)))));
        assert!(!sent.may_have_left());
    }

    #[test]
    fn what_left_stays_so() {
        for body in [b"".as_slice(), b"{}"] {
            let sent = Sent::default();
            let body = Outgoing::new(Bytes::from_static(body), sent.clone());
            let exchange = sent.wait();
            assert!(!sent.may_have_left());
            assert_eq!(body.is_end_stream(), body.body.is_end_stream());
            drop(exchange);
            assert!(sent.may_have_left());
        }
    }
}
