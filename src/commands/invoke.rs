//! `glue-connector invoke`: answers one request.

use std::io::{self, Read};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use glue_runtime::context::Hooks;
use glue_runtime::{Error, Kind, Result};
use serde_json::{Map, Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::stream::stdout_closed;
use crate::command::Command;
use crate::connection_file;
use crate::engine::{Engine, Options};
use crate::protocol::{ConnectionOrigin, MAX_REQUEST_BYTES, Rejected, Reply, Request};
use crate::report::print;
use crate::signals::shutdown_signal;

/// Answer one request: from standard input, or put together from the arguments.
#[derive(Args)]
pub(super) struct Invoke {
    /// The action to run. Without it, the request is read from standard input.
    action: Option<String>,
    /// The action's input, as a JSON object. For input with secrets use standard input.
    input: Option<String>,
    /// The AWS region.
    #[arg(long, requires = "action")]
    region: Option<String>,
    /// A JSON file with the connection's `key` and `fields`.
    #[arg(long, requires = "action", value_name = "FILE")]
    connection: Option<PathBuf>,
    /// The deadline of the whole request, in milliseconds.
    #[arg(long, requires = "action", value_name = "MILLISECONDS")]
    timeout_ms: Option<u64>,
    #[command(flatten)]
    options: Options,
}

impl Command for Invoke {
    const NAME: &'static str = "invoke";

    fn run(self) -> Result<ExitCode> {
        let started = Instant::now();
        let reply = match &self.action {
            Some(action) => answer(self.compose(action)?.as_bytes(), self.origin(), started, self.options),
            None => answer_stdin(started, self.options),
        };
        print(&reply.to_line());
        Ok(ExitCode::from(reply.exit_code()))
    }
}

impl Invoke {
    /// The author of the connection: a file is the operator's. Arguments may come from anybody whom a host serves.
    const fn origin(&self) -> ConnectionOrigin {
        if self.connection.is_some() { ConnectionOrigin::Operator } else { ConnectionOrigin::Request }
    }

    /// Puts a request together from the arguments.
    fn compose(&self, action: &str) -> Result<String> {
        let not_json = |_| Error::new(Kind::InvalidRequest, "The input is not a JSON object.").with_field("/input");
        let input = self.input.as_deref().unwrap_or("{}");
        let mut input: Map<String, Value> = serde_json::from_str(input).map_err(not_json)?;
        if let Some(region) = &self.region {
            input.insert("awsRegion".to_owned(), json!(region));
        }
        let mut request = json!({ "action": action, "input": input });
        if let Some(path) = &self.connection {
            request["connection"] = connection_file::read(path)?;
        }
        if let Some(limit) = self.timeout_ms {
            request["timeoutMs"] = json!(limit);
        }
        Ok(request.to_string())
    }
}

fn answer_stdin(started: Instant, options: Options) -> Reply {
    let mut text = Zeroizing::new(Vec::new());
    let limit = MAX_REQUEST_BYTES as u64 + 1;
    match io::stdin().lock().take(limit).read_to_end(&mut text) {
        Err(problem) => {
            reject(Error::new(Kind::InvalidRequest, format!("Standard input cannot be read: {}.", problem.kind())))
        }
        Ok(length) if length > MAX_REQUEST_BYTES => Rejected::too_large(&text).into(),
        Ok(_) => answer(&text, ConnectionOrigin::Request, started, options),
    }
}

fn answer(text: &[u8], origin: ConnectionOrigin, started: Instant, options: Options) -> Reply {
    let engine = match Engine::new(options) {
        Ok(engine) => engine,
        Err(error) => return reject(error),
    };
    let request = match Request::parse(text) {
        Ok(request) => Request { origin, ..request },
        Err(rejected) => return rejected.into(),
    };
    // One request needs one thread.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(problem) => {
            return Rejected { id: request.id, error: Error::new(Kind::Internal, problem.to_string()) }.into();
        }
    };
    let cancelled = CancellationToken::new();
    let reply = runtime.block_on(async {
        let answer = engine.answer(request, started, cancelled.clone(), Hooks::default());
        tokio::pin!(answer);
        tokio::select! {
            reply = &mut answer => reply,
            () = async { tokio::select! { () = shutdown_signal() => {}, () = stdout_closed() => {} } } => {
                cancelled.cancel();
                answer.await
            }
        }
    });
    // A name look-up that outlives the deadline must not outlive the reply.
    runtime.shutdown_background();
    reply
}

fn reject(error: Box<Error>) -> Reply {
    Rejected { id: None, error }.into()
}
