//! Requests without end, one a line: `glue-connector stream`.
//!
//! Requests run side by side. One waits in memory until it is admitted, so that a `cancel` behind it is seen; how much may
//! wait is bounded in bytes.

use std::collections::HashMap;
use std::convert::Infallible;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use glue_runtime::action::to_raw;
use glue_runtime::context::Hooks;
use glue_runtime::{Error, Kind};
use serde_json::json;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::lines::{Input, Line, Output};
use crate::engine::Engine;
use crate::protocol::{Id, Meta, Rejected, Reply, Request, Task, too_large};

/// How a stream is run.
#[derive(Clone, Copy, Debug, clap::Args)]
#[group(id = "stream")]
pub struct Options {
    /// How many requests run at once.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..))]
    concurrency: u16,
    /// Reply in the order of the requests.
    #[arg(long)]
    ordered: bool,
    /// How long requests may go on after SIGTERM before they are cancelled.
    #[arg(long, default_value_t = 8, value_name = "SECONDS")]
    grace: u64,
}

/// A reply on its way to the writer: as it gets ready, or in its turn.
type Ready = oneshot::Receiver<Vec<u8>>;

/// Answers requests until the end of input.
#[must_use]
pub fn run(engine: Engine, options: Options) -> ExitCode {
    let Ok(runtime) = tokio::runtime::Builder::new_multi_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    let (output, writer) = Output::new();
    // On one of the runtime's own threads, which hands requests on to itself without waking another.
    let served = runtime.block_on(async { tokio::spawn(serve(engine, options, output)).await });
    // A thread may be waiting for input that never comes.
    runtime.shutdown_background();
    let _ = writer.join();
    if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn serve(engine: Engine, options: Options, output: Output) {
    let output = Arc::new(output);
    let (turns, forwarder) = options.ordered.then(|| in_turn(Arc::clone(&output))).unzip();
    let stream = Stream {
        engine,
        admitted: Arc::new(Semaphore::new(options.concurrency.into())),
        everything: CancellationToken::new(),
        in_flight: Mutex::default(),
        turns,
        output,
    };
    let stream = Arc::new(stream);
    let tasks = TaskTracker::new();
    let mut input = Input::new();
    let (ending, unheard) = (cancelled_by(super::asked_to_end()), cancelled_by(super::reader_gone()));
    loop {
        tokio::select! {
            line = input.next() => match line {
                Some(line) => stream.take(line, &tasks).await,
                None => break,
            },
            () = ending.cancelled() => break,
            () = unheard.cancelled() => break,
        }
    }
    tasks.close();
    tokio::select! {
        () = tasks.wait() => {}
        () = unheard.cancelled() => {}
        () = async { ending.cancelled().await; tokio::time::sleep(Duration::from_secs(options.grace)).await } => {}
        _ = stream.refuse(&mut input) => {}
    }
    stream.everything.cancel();
    tasks.wait().await;
    input.stop();
    while let Some(line) = input.next().await {
        stream.refuse_line(&line).await;
    }
    // What is in order is still on its way to the writer.
    drop(stream);
    if let Some(forwarder) = forwarder {
        let _ = forwarder.await;
    }
}

/// A token that is cancelled when something happens, and can be asked for many times.
fn cancelled_by(event: impl Future<Output = ()> + Send + 'static) -> CancellationToken {
    let token = CancellationToken::new();
    let happened = token.clone();
    tokio::spawn(async move {
        event.await;
        happened.cancel();
    });
    token
}

/// What the requests of a stream share.
struct Stream {
    engine: Engine,
    admitted: Arc<Semaphore>,
    /// Cancels every request.
    everything: CancellationToken,
    in_flight: Mutex<InFlight>,
    output: Arc<Output>,
    turns: Option<mpsc::UnboundedSender<Ready>>,
}

/// Requests that are not answered yet, by ID as it was written. A host may use one twice.
#[derive(Default)]
struct InFlight {
    serial: u64,
    by_id: HashMap<String, Vec<(u64, CancellationToken)>>,
}

impl Stream {
    /// Starts on a line. Cancelling is done at once; everything else when it is admitted.
    async fn take(self: &Arc<Self>, line: Line, tasks: &TaskTracker) {
        let started = Instant::now();
        let (request, room) = match line {
            Line::TooLarge => (Err(Rejected { id: None, error: too_large() }), None),
            Line::Text(text, room) => (Request::parse(&text), Some(room)),
        };
        let done = self.turn();
        match request {
            Err(rejected) => self.reply(&rejected.into(), done).await,
            Ok(Request { id, task: Task::Cancel(target), .. }) => {
                let found = self.cancel(&target);
                self.reply(&Reply::new(id, to_raw(&json!({ "Cancelled": found })), Meta::default()), done).await;
            }
            Ok(request) => {
                let (serial, cancelled) = self.enter(request.id.as_ref());
                let stream = Arc::clone(self);
                tasks.spawn(async move {
                    let id = request.id.clone();
                    let reply = tokio::select! {
                        biased;
                        () = cancelled.cancelled() => Reply::new(id.clone(), Err(never_begun()), Meta::default()),
                        // Never closed, so always admitted in the end.
                        slot = Arc::clone(&stream.admitted).acquire_owned() => {
                            let host = Hooks { slot: slot.ok(), progress: None };
                            stream.engine.answer(request, started, cancelled.clone(), host).await
                        }
                    };
                    stream.leave(id.as_ref(), serial);
                    stream.reply(&reply, done).await;
                    drop(room);
                });
            }
        }
    }

    /// Answers lines that were read before the host could know that no more are taken. Never done: the caller is.
    async fn refuse(&self, input: &mut Input) -> Infallible {
        while let Some(line) = input.next().await {
            self.refuse_line(&line).await;
        }
        std::future::pending().await
    }

    async fn refuse_line(&self, line: &Line) {
        let id = match line {
            Line::TooLarge => None,
            Line::Text(text, _) => Request::parse(text).map_or_else(|rejected| rejected.id, |request| request.id),
        };
        self.reply(&Reply::new(id, Err(never_begun()), Meta::default()), self.turn()).await;
    }

    fn enter(&self, id: Option<&Id>) -> (u64, CancellationToken) {
        let token = self.everything.child_token();
        let mut in_flight = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        in_flight.serial += 1;
        let serial = in_flight.serial;
        if let Some(id) = id {
            in_flight.by_id.entry(id.get().to_owned()).or_default().push((serial, token.clone()));
        }
        (serial, token)
    }

    fn leave(&self, id: Option<&Id>, serial: u64) {
        let Some(id) = id else { return };
        let mut in_flight = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(same) = in_flight.by_id.get_mut(id.get()) {
            same.retain(|(other, _)| *other != serial);
            if same.is_empty() {
                in_flight.by_id.remove(id.get());
            }
        }
    }

    /// Whether there was anything to cancel.
    fn cancel(&self, id: &Id) -> bool {
        let in_flight = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        let found = in_flight.by_id.get(id.get());
        found.into_iter().flatten().for_each(|(_, token)| token.cancel());
        found.is_some()
    }

    /// With `--ordered`, a reply's place in the order.
    fn turn(&self) -> Option<oneshot::Sender<Vec<u8>>> {
        let turns = self.turns.as_ref()?;
        let (done, ready) = oneshot::channel();
        let _ = turns.send(ready);
        Some(done)
    }

    /// A host that no longer reads is noticed elsewhere.
    async fn reply(&self, reply: &Reply, turn: Option<oneshot::Sender<Vec<u8>>>) {
        let line = reply.to_line();
        match turn {
            Some(done) => drop(done.send(line)),
            None => self.output.send(line).await,
        }
    }
}

fn never_begun() -> Box<Error> {
    Error::new(Kind::Cancelled, "The request was cancelled before it was begun.").retryable(None)
}

/// Passes replies on in the order of their requests.
fn in_turn(output: Arc<Output>) -> (mpsc::UnboundedSender<Ready>, JoinHandle<()>) {
    // Bounded by the room for requests that wait.
    let (turns, mut ready) = mpsc::unbounded_channel::<Ready>();
    let forwarder = tokio::spawn(async move {
        while let Some(next) = ready.recv().await {
            if let Ok(line) = next.await {
                output.send(line).await;
            }
        }
    });
    (turns, forwarder)
}
