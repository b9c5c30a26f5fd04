//! Replies on their way to the writer: as they get ready or, with `--ordered`, in the order of the requests.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::writer::Writer;
use crate::protocol::Reply;

/// The way out for replies.
pub(super) struct Replies {
    writer: Arc<Writer>,
    /// With `--ordered`: the replies to come, in the order of their requests.
    order: Option<mpsc::UnboundedSender<oneshot::Receiver<Vec<u8>>>>,
}

/// A reply's place in the order; none without `--ordered`.
pub(super) type Place = Option<oneshot::Sender<Vec<u8>>>;

impl Replies {
    /// Replies to this writer. The task that puts them in order ends with them.
    pub(super) fn new(writer: Writer, ordered: bool) -> (Self, Option<JoinHandle<()>>) {
        let writer = Arc::new(writer);
        let (order, task) = ordered.then(|| forward_in_order(Arc::clone(&writer))).unzip();
        (Self { writer, order }, task)
    }

    /// The next place in the order.
    pub(super) fn reserve(&self) -> Place {
        let order = self.order.as_ref()?;
        let (place, reply) = oneshot::channel();
        let _ = order.send(reply);
        Some(place)
    }

    /// Sends a reply, or has it sent when those before it are.
    pub(super) async fn send(&self, reply: &Reply, place: Place) {
        let line = reply.to_line();
        match place {
            Some(place) => drop(place.send(line)),
            None => self.writer.send(line).await,
        }
    }
}

fn forward_in_order(writer: Arc<Writer>) -> (mpsc::UnboundedSender<oneshot::Receiver<Vec<u8>>>, JoinHandle<()>) {
    // Bounded by the memory for requests that wait.
    let (order, mut replies) = mpsc::unbounded_channel::<oneshot::Receiver<Vec<u8>>>();
    let task = tokio::spawn(async move {
        while let Some(reply) = replies.recv().await {
            if let Ok(line) = reply.await {
                writer.send(line).await;
            }
        }
    });
    (order, task)
}
