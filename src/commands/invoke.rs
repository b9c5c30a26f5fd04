//! One request, one reply: `glue-connector invoke`.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use glue_runtime::context::Hooks;
use glue_runtime::{Error, Kind};
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::signals::{shutdown_signal, stdout_closed};
use crate::engine::{Engine, Options};
use crate::protocol::{MAX_REQUEST_BYTES, Rejected, Reply, Request};

/// Answers the request on standard input.
#[must_use]
pub fn from_stdin(options: Options) -> ExitCode {
    let started = Instant::now();
    let mut text = Zeroizing::new(Vec::new());
    let limit = MAX_REQUEST_BYTES as u64 + 1;
    let reply = match io::stdin().lock().take(limit).read_to_end(&mut text) {
        Err(problem) => {
            reject(Error::new(Kind::InvalidRequest, format!("Standard input cannot be read: {}.", problem.kind())))
        }
        Ok(length) if length > MAX_REQUEST_BYTES => Rejected::too_large(&text).into(),
        Ok(_) => answer(&text, started, options),
    };
    write(&reply)
}

/// Answers a request that is put together from the command line.
#[must_use]
pub fn from_arguments(
    options: Options,
    action: &str,
    input: Option<&str>,
    region: Option<&str>,
    connection: Option<&Path>,
    timeout_ms: Option<u64>,
) -> ExitCode {
    let started = Instant::now();
    let reply = match compose(action, input, region, connection, timeout_ms) {
        Ok(text) => answer(text.as_bytes(), started, options),
        Err(error) => reject(error),
    };
    write(&reply)
}

fn compose(
    action: &str,
    input: Option<&str>,
    region: Option<&str>,
    connection: Option<&Path>,
    timeout_ms: Option<u64>,
) -> Result<String, Box<Error>> {
    let not_json = |_| Error::new(Kind::InvalidRequest, "The input is not a JSON object.").with_field("/input");
    let mut input: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(input.unwrap_or("{}")).map_err(not_json)?;
    if let Some(region) = region {
        input.insert("awsRegion".to_owned(), json!(region));
    }
    let mut request = json!({ "action": action, "input": input });
    if let Some(path) = connection {
        request["connection"] = super::connection_file(path)?;
    }
    if let Some(limit) = timeout_ms {
        request["timeoutMs"] = json!(limit);
    }
    Ok(request.to_string())
}

fn answer(text: &[u8], started: Instant, options: Options) -> Reply {
    let engine = match Engine::new(options) {
        Ok(engine) => engine,
        Err(error) => return reject(error),
    };
    let request = match Request::parse(text) {
        Ok(request) => request,
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

/// Writes the reply. The exit status holds even when nobody reads standard output.
fn write(reply: &Reply) -> ExitCode {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(&reply.to_line()).and_then(|()| stdout.flush());
    ExitCode::from(reply.exit_code())
}
