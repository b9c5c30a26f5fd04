//! `glue-connector stream`: answers requests without end, one a line.
//!
//! Requests run concurrently. Each takes one of the slots while it is at AWS, and waits for one in memory, so that a
//! `cancel` behind it is seen; `lines.rs` limits the memory.

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
use std::hash::{BuildHasher, RandomState};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use glue_runtime::action::to_raw;
use glue_runtime::hooks::Hooks;
use glue_runtime::slots::Slots;
use glue_runtime::{Error, Kind, Result};
use secrecy::ExposeSecret;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::in_flight::{InFlight, Limits};
use self::io::StandardIo;
use self::lines::{Line, Lines, Text};
use self::platform::PlatformIo;
use self::replies::Replies;
use self::writer::{Progress, Writer};
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
    /// The number of requests that are at AWS at once; connections share them. Each of several connections has its share,
    /// and at least one, even while others hold more than theirs.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..))]
    concurrency: u16,
    /// The number of requests without a reply, waits included, beyond which more are refused.
    #[arg(long, default_value_t = 100_000, value_name = "REQUESTS", value_parser = clap::value_parser!(u32).range(1..))]
    max_waiting: u32,
    /// The same for the requests of one connection. Default: as many as for all, with --multi-tenant a tenth of it.
    #[arg(long, value_name = "REQUESTS", value_parser = clap::value_parser!(u32).range(1..))]
    max_waiting_per_connection: Option<u32>,
    /// Reply in the order of the requests.
    #[arg(long)]
    ordered: bool,
    /// The time for which requests may go on after SIGTERM before they are cancelled, and for which a host may leave
    /// replies unread.
    #[arg(long, default_value_t = 8, value_name = "SECONDS")]
    grace: u64,
}

/// After the grace time, a host that reads nothing for this long is waited for no longer.
const READER_PATIENCE: Duration = Duration::from_secs(1);

impl Flags {
    fn limits(&self, is_multi_tenant: bool) -> Limits {
        let share = if is_multi_tenant { self.max_waiting.div_ceil(10) } else { self.max_waiting };
        let of_a_connection = self.max_waiting_per_connection.unwrap_or(share);
        let [all, of_a_connection] = [self.max_waiting, of_a_connection].map(|limit| limit as usize);
        Limits { all, of_a_connection }
    }
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
    // On one of the runtime's own threads, which hands requests on to itself without waking another.
    let served = runtime.block_on(async { tokio::spawn(serve(engine, flags, closed)).await });
    // Threads may be waiting for input that never comes, and for a host that does not read.
    runtime.shutdown_background();
    if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Answers requests until the end of input, a shutdown signal, or the end of those who read standard output.
async fn serve(engine: Engine, flags: Flags, closed: CancellationToken) {
    let (writer, progress) = Writer::start(closed.clone());
    let (replies, forwarder) = Replies::new(writer, flags.ordered);
    let dispatcher = Arc::new(Dispatcher {
        slots: Slots::new(flags.concurrency.into()),
        connections: RandomState::new(),
        in_flight: InFlight::new(flags.limits(engine.is_multi_tenant())),
        engine,
        replies,
    });
    let requests = TaskTracker::new();
    let mut lines = Lines::new(PlatformIo::open());
    let shutdown = CancellationToken::new();
    cancel_after(shutdown_signal(), &shutdown);
    let grace_passed = CancellationToken::new();
    let grace = {
        let shutdown = shutdown.clone();
        async move {
            shutdown.cancelled().await;
            tokio::time::sleep(Duration::from_secs(flags.grace)).await;
        }
    };
    cancel_after(grace, &grace_passed);
    cancel_after(stdout_closed(), &closed);
    loop {
        tokio::select! {
            line = lines.next() => match line {
                Some(line) => dispatcher.dispatch(line, &requests),
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
        () = grace_passed.cancelled() => {}
        _ = dispatcher.refuse_all(&mut lines) => {}
    }
    dispatcher.in_flight.cancel_all();
    requests.wait().await;
    lines.stop();
    while let Some(line) = lines.next().await {
        dispatcher.refuse(line);
    }
    // Replies in order are still on their way to the writer.
    drop(dispatcher);
    if let Some(forwarder) = forwarder {
        let _ = forwarder.await;
    }
    tokio::select! {
        () = progress.finished.cancelled() => {}
        () = async { grace_passed.cancelled().await; nobody_reads(&progress).await } => {}
    }
}

/// Waits until the host has not read anything for a while.
async fn nobody_reads(progress: &Progress) {
    let mut written = None;
    while written.replace(progress.written()) != Some(progress.written()) {
        tokio::time::sleep(READER_PATIENCE).await;
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
    /// One for each request that may be at AWS.
    slots: Slots,
    /// Makes keys of the texts of connections.
    connections: RandomState,
    in_flight: InFlight,
    replies: Replies,
}

impl Dispatcher {
    /// Starts a request, or cancels others at once.
    fn dispatch(self: &Arc<Self>, line: Line, requests: &TaskTracker) {
        let Line { text, room, read_at } = line;
        let place = self.replies.reserve(Arc::clone(&room));
        let request = match text {
            Text::TooLarge(prefix) => Err(Rejected::too_large(&prefix)),
            Text::Complete(text) => Request::parse(&text),
        };
        let request = match request {
            Err(rejected) => return self.replies.send(&rejected.into(), place),
            Ok(Request { id, task: Task::Cancel(target), .. }) => {
                let found = self.in_flight.cancel(&target);
                let reply = Reply::new(id, to_raw(&json!({ "Cancelled": found })), ReplyMeta::default());
                return self.replies.send(&reply, place);
            }
            Ok(request) => request,
        };
        let connection = self.connections.hash_one(request.connection.as_ref().map(ExposeSecret::expose_secret));
        let id = request.id.clone();
        let (serial, cancelled) = match self.in_flight.add(id.as_ref(), connection) {
            Ok(added) => added,
            Err(error) => return self.replies.send(&Reply::new(id, Err(error), ReplyMeta::default()), place),
        };
        let hooks = Hooks { slots: Some(self.slots.of(connection)), room: Some(room), progress: None };
        let dispatcher = Arc::clone(self);
        requests.spawn(async move {
            let reply = dispatcher.engine.answer(request, read_at, cancelled, hooks).await;
            dispatcher.in_flight.remove(id.as_ref(), connection, serial);
            dispatcher.replies.send(&reply, place);
        });
    }

    /// Refuses lines that were sent before the host could know that no more are taken. Ends only by being dropped.
    async fn refuse_all(&self, lines: &mut Lines<impl StandardIo>) -> Infallible {
        while let Some(line) = lines.next().await {
            self.refuse(line);
        }
        std::future::pending().await
    }

    fn refuse(&self, line: Line) {
        let id = match &line.text {
            Text::TooLarge(prefix) => id_in_prefix(prefix),
            Text::Complete(text) => Request::parse(text).map_or_else(|rejected| rejected.id, |request| request.id),
        };
        let error = Error::new(Kind::Cancelled, "The request was cancelled before it was begun.").retryable(None);
        let reply = Reply::new(id, Err(error), ReplyMeta::default());
        self.replies.send(&reply, self.replies.reserve(line.room));
    }
}
