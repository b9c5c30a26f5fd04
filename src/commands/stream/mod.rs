//! `glue-connector stream`: answers requests without end, one a line.
//!
//! Requests run concurrently. Each waits for one of the slots in memory, so that a `cancel` behind it is seen;
//! `lines.rs` limits the memory.

mod in_flight;
mod io;
mod io_portable;
#[cfg(all(unix, not(feature = "portable-io")))]
mod io_unix;
mod lines;
mod platform;
mod replies;
mod writer;

use std::convert::Infallible;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use glue_runtime::action::to_raw;
use glue_runtime::context::Hooks;
use glue_runtime::{Error, Kind, Result};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::in_flight::InFlight;
use self::io::StandardIo;
use self::lines::{Line, Lines};
use self::platform::PlatformIo;
use self::replies::Replies;
use self::writer::Writer;
use crate::command::Command;
use crate::engine::{self, Engine};
use crate::protocol::{Rejected, Reply, ReplyMeta, Request, Task, id_in_prefix};
use crate::signals::shutdown_signal;

/// Answer requests from standard input, one a line, until it ends.
#[derive(clap::Args)]
pub(super) struct Stream {
    #[command(flatten)]
    flags: Flags,
    #[command(flatten)]
    options: engine::Options,
}

/// The flags of a stream itself.
#[derive(clap::Args)]
#[group(id = "stream")]
struct Flags {
    /// The number of requests that run at once.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..))]
    concurrency: u16,
    /// Reply in the order of the requests.
    #[arg(long)]
    ordered: bool,
    /// The time for which requests may go on after SIGTERM before they are cancelled.
    #[arg(long, default_value_t = 8, value_name = "SECONDS")]
    grace: u64,
}

impl Command for Stream {
    const NAME: &'static str = "stream";

    fn run(self) -> Result<ExitCode> {
        let engine = Engine::new(self.options)?;
        Ok(run(engine, self.flags))
    }
}

/// Answers requests until the end of input.
fn run(engine: Engine, flags: Flags) -> ExitCode {
    let Ok(runtime) = tokio::runtime::Builder::new_multi_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    let closed = CancellationToken::new();
    let (writer, thread) = Writer::start(closed.clone());
    // On one of the runtime's own threads, which hands requests on to itself without waking another.
    let served = runtime.block_on(async { tokio::spawn(serve(engine, flags, writer, closed)).await });
    // A thread may be waiting for input that never comes.
    runtime.shutdown_background();
    let _ = thread.join();
    if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Answers requests until the end of input, a shutdown signal, or the end of those who read standard output.
async fn serve(engine: Engine, flags: Flags, writer: Writer, closed: CancellationToken) {
    let (replies, forwarder) = Replies::new(writer, flags.ordered);
    let dispatcher = Arc::new(Dispatcher {
        engine,
        slots: Arc::new(Semaphore::new(flags.concurrency.into())),
        in_flight: InFlight::default(),
        replies,
    });
    let requests = TaskTracker::new();
    let mut lines = Lines::new(PlatformIo::open());
    let shutdown = CancellationToken::new();
    cancel_after(shutdown_signal(), &shutdown);
    cancel_after(stdout_closed(), &closed);
    loop {
        tokio::select! {
            line = lines.next() => match line {
                Some(line) => dispatcher.dispatch(line, &requests).await,
                None => break,
            },
            () = shutdown.cancelled() => break,
            () = closed.cancelled() => break,
        }
    }
    requests.close();
    tokio::select! {
        () = requests.wait() => {}
        () = closed.cancelled() => {}
        () = async { shutdown.cancelled().await; tokio::time::sleep(Duration::from_secs(flags.grace)).await } => {}
        _ = dispatcher.refuse_all(&mut lines) => {}
    }
    dispatcher.in_flight.cancel_all();
    requests.wait().await;
    lines.stop();
    while let Some(line) = lines.next().await {
        dispatcher.refuse(&line).await;
    }
    // Replies in order are still on their way to the writer.
    drop(dispatcher);
    if let Some(forwarder) = forwarder {
        let _ = forwarder.await;
    }
}

/// Waits until nobody reads standard output any more.
pub(super) async fn stdout_closed() {
    PlatformIo::stdout_closed().await;
}

/// Cancels a token when an event happens.
fn cancel_after(event: impl Future<Output = ()> + Send + 'static, token: &CancellationToken) {
    let token = token.clone();
    tokio::spawn(async move {
        event.await;
        token.cancel();
    });
}

/// Turns lines into requests in flight, and those into replies.
struct Dispatcher {
    engine: Engine,
    /// One permit for each request that may run.
    slots: Arc<Semaphore>,
    in_flight: InFlight,
    replies: Replies,
}

impl Dispatcher {
    /// Starts a request, or cancels others at once.
    async fn dispatch(self: &Arc<Self>, line: Line, requests: &TaskTracker) {
        let started = Instant::now();
        let (request, memory) = match line {
            Line::TooLarge(prefix) => (Err(Rejected::too_large(&prefix)), None),
            Line::Complete(text, memory) => (Request::parse(&text), Some(memory)),
        };
        let place = self.replies.reserve();
        match request {
            Err(rejected) => self.replies.send(&rejected.into(), place).await,
            Ok(Request { id, task: Task::Cancel(target), .. }) => {
                let found = self.in_flight.cancel(&target);
                let reply = Reply::new(id, to_raw(&json!({ "Cancelled": found })), ReplyMeta::default());
                self.replies.send(&reply, place).await;
            }
            Ok(request) => {
                let (serial, cancelled) = self.in_flight.add(request.id.as_ref());
                let dispatcher = Arc::clone(self);
                requests.spawn(async move {
                    let id = request.id.clone();
                    let reply = tokio::select! {
                        biased;
                        () = cancelled.cancelled() => {
                            Reply::new(id.clone(), Err(cancelled_before_start()), ReplyMeta::default())
                        }
                        // The semaphore is never closed.
                        slot = Arc::clone(&dispatcher.slots).acquire_owned() => {
                            let host = Hooks { slot: slot.ok(), progress: None };
                            dispatcher.engine.answer(request, started, cancelled.clone(), host).await
                        }
                    };
                    dispatcher.in_flight.remove(id.as_ref(), serial);
                    dispatcher.replies.send(&reply, place).await;
                    drop(memory);
                });
            }
        }
    }

    /// Refuses lines that were sent before the host could know that no more are taken. Ends only by being dropped.
    async fn refuse_all(&self, lines: &mut Lines<impl StandardIo>) -> Infallible {
        while let Some(line) = lines.next().await {
            self.refuse(&line).await;
        }
        std::future::pending().await
    }

    async fn refuse(&self, line: &Line) {
        let id = match line {
            Line::TooLarge(prefix) => id_in_prefix(prefix),
            Line::Complete(text, _) => Request::parse(text).map_or_else(|rejected| rejected.id, |request| request.id),
        };
        let reply = Reply::new(id, Err(cancelled_before_start()), ReplyMeta::default());
        self.replies.send(&reply, self.replies.reserve()).await;
    }
}

fn cancelled_before_start() -> Box<Error> {
    Error::new(Kind::Cancelled, "The request was cancelled before it was begun.").retryable(None)
}
