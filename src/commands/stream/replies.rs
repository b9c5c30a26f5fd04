//! Replies on their way to the writer: as they get ready or, with `--ordered`, in the order of the requests.

use std::future::pending;
use std::sync::Arc;

use glue_runtime::room::Room;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::writer::{Line, Writer};
use crate::protocol::Reply;

/// The way out for replies.
pub(super) struct Replies {
    writer: Arc<Writer>,
    /// With `--ordered`: the replies to come, in the order of their requests.
    order: Option<mpsc::UnboundedSender<Expected>>,
}

/// A reply to come.
struct Expected {
    line: oneshot::Receiver<Line>,
    room: Arc<Room>,
}

/// A reply's way out: its part of the memory, and with `--ordered` its place.
pub(super) struct Place {
    room: Arc<Room>,
    order: Option<oneshot::Sender<Line>>,
}

impl Replies {
    /// Replies to this writer. The task that puts them in order ends with them.
    pub(super) fn new(writer: Writer, ordered: bool) -> (Self, Option<JoinHandle<()>>) {
        let writer = Arc::new(writer);
        let (order, task) = ordered.then(|| forward_in_order(Arc::clone(&writer))).unzip();
        (Self { writer, order }, task)
    }

    /// The next place in the order. The reply has this room, as long as it waits.
    pub(super) fn reserve(&self, room: Arc<Room>) -> Place {
        let order = self.order.as_ref().map(|order| {
            let (place, line) = oneshot::channel();
            let _ = order.send(Expected { line, room: Arc::clone(&room) });
            place
        });
        Place { room, order }
    }

    /// Sends a reply, or has it sent when those before it are.
    pub(super) fn send(&self, reply: &Reply, place: Place) {
        let Place { room, order } = place;
        let mut text = reply.to_line();
        // It may have grown to twice its size, and may have to wait.
        text.shrink_to_fit();
        room.hold_reply(text.len());
        let line = Line { text, room };
        match order {
            Some(order) => drop(order.send(line)),
            None => self.writer.send(line),
        }
    }
}

fn forward_in_order(writer: Arc<Writer>) -> (mpsc::UnboundedSender<Expected>, JoinHandle<()>) {
    // Bounded by the number of requests without a reply.
    let (order, mut replies) = mpsc::unbounded_channel::<Expected>();
    let task = tokio::spawn(async move {
        while let Some(Expected { line, room }) = replies.recv().await {
            let line = tokio::select! {
                biased;
                line = line => line,
                never = async { writer.idle().await; room.come_first(); pending().await } => never,
            };
            drop(room);
            if let Ok(line) = line {
                writer.send(line);
            }
        }
    });
    (order, task)
}
