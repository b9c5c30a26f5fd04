//! The cost of requests in instructions, which do not depend on the load of the machine: `cargo bench --bench instructions`.
//! Fails when a figure is a tenth above the committed one in `instructions.json`; `-- --save` writes that file.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it found")]

#[allow(dead_code, reason = "shared with the comparison")]
mod server;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use clap::{Args, FromArgMatches};
use glue_connector::engine::{Engine, Options};
use glue_connector::protocol::{Reply, Request};
use glue_runtime::aws::Shared;
use glue_runtime::context::Hooks;
use glue_runtime::http::transport::{ExchangeFuture, Transport};
use serde_json::{Map, Value, json};
use server::Server;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.json");
const CONNECTOR: &str = env!("CARGO_BIN_EXE_glue-connector");
const TIMES: u64 = 20;

fn main() {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--serve", folder] => server::serve(Path::new(folder)),
        ["--requests", action] => requests(action),
        _ => count(arguments.iter().any(|argument| argument == "--save")),
    }
}

fn count(save: bool) {
    let mut found = BTreeMap::new();
    for (half, function) in [("request to wire", "*request_to_wire*"), ("wire to reply", "*wire_to_reply*")] {
        for action in ["startJobRun", "listConnections"] {
            found.insert(format!("{half}: {action}"), half_of_a_request(function, action));
        }
    }
    let server = Server::start(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("instructions"));
    found.insert("whole process: invoke listJobs over TLS".to_owned(), whole_process(&server));
    println!("{found:#?}");
    if save {
        fs::write(COMMITTED, format!("{:#}\n", json!(found))).expect("a file");
        return;
    }
    let committed: BTreeMap<String, u64> =
        serde_json::from_slice(&fs::read(COMMITTED).expect("committed figures")).expect("JSON");
    let worse = found
        .iter()
        .filter(|(name, count)| **count * 10 > committed.get(*name).copied().unwrap_or(0) * 11)
        .collect::<Vec<_>>();
    assert!(worse.is_empty(), "more than a tenth above {COMMITTED}: {worse:?}");
}

/// A request and what AWS answers: one that is much to write, or one that is much to read and to mask.
fn example(action: &str, endpoint: &str) -> (Vec<u8>, String) {
    let (input, answer) = match action {
        "startJobRun" => {
            let arguments =
                (0..40).map(|index| (format!("--argument_{index}"), json!(format!("the value of argument {index}"))));
            let arguments = arguments.collect::<Map<_, _>>();
            let input = json!({ "name": "nightly-orders", "args": arguments, "timeout": "60", "notifyDelayAfter": "" });
            (input, r#"{"JobRunId":"jr_1"}"#.to_owned())
        }
        "listConnections" => (json!({}), server::connections()),
        _ => (json!({}), String::new()),
    };
    let fields = json!({ "accessKeyId": "AKIAEXAMPLE", "secretAccessKey": "secret", "region": "us-east-1", "endpointUrl": endpoint });
    let connection = json!({ "key": "apiKeySecret", "fields": fields });
    let request: Value = json!({ "action": action, "connection": connection, "input": input, "timeoutMs": 600_000 });
    (request.to_string().into_bytes(), answer)
}

/// A network that ends in this process.
#[derive(Debug, Default)]
struct Wire {
    waiting: Mutex<Option<oneshot::Sender<http::Response<Bytes>>>>,
}

impl Transport for Wire {
    fn exchange(&self, _: http::Request<Bytes>) -> ExchangeFuture {
        let (sender, answer) = oneshot::channel();
        *self.waiting.lock().expect("unpoisoned") = Some(sender);
        Box::pin(async { Ok(answer.await?) })
    }
}

impl Wire {
    fn answer(&self, answer: &str) {
        let waiting = self.waiting.lock().expect("unpoisoned").take().expect("a request that reached the wire");
        waiting.send(http::Response::new(Bytes::from(answer.to_owned()))).expect("a request that waits");
    }
}

type Answering<'a> = Pin<Box<dyn Future<Output = Reply> + 'a>>;

/// From the line of a request to what is sent. Never part of its caller, so that it can be told from it.
#[inline(never)]
fn request_to_wire<'a>(engine: &'a Engine, line: &[u8]) -> Answering<'a> {
    let request = Request::parse(line).expect("a request");
    let mut answering = Box::pin(engine.answer(request, Instant::now(), CancellationToken::new(), Hooks::default()));
    assert!(answering.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending(), "it never reached the wire");
    answering
}

/// From what was answered to the line of the reply.
#[inline(never)]
fn wire_to_reply(mut answering: Answering<'_>) -> Vec<u8> {
    match answering.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(reply) => reply.to_line(),
        Poll::Pending => panic!("it waits for something else"),
    }
}

/// The requests that are counted: in this process, none of which goes over a network. The first one opens the connection.
fn requests(action: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _entered = runtime.enter();
    let matches = Options::augment_args(clap::Command::new("requests")).get_matches_from(["requests"]);
    let options = Options::from_arg_matches(&matches).expect("options");
    let wire = Arc::new(Wire::default());
    let engine = Engine::sharing(options, Shared::over(Arc::clone(&wire) as Arc<dyn Transport>)).expect("an engine");
    let (line, answer) = example(action, "http://localhost:1");
    for _ in 0..TIMES {
        let answering = request_to_wire(&engine, &line);
        wire.answer(&answer);
        let reply = wire_to_reply(answering);
        assert!(reply.starts_with(b"{\"ok\":true"), "{}", String::from_utf8_lossy(&reply));
    }
}

fn half_of_a_request(function: &str, action: &str) -> u64 {
    let own = std::env::current_exe().expect("this program");
    let mut program = valgrind();
    program.arg(format!("--toggle-collect={function}")).arg(own).args(["--requests", action]).stdin(Stdio::null());
    collected(program) / TIMES
}

fn whole_process(server: &Server) -> u64 {
    let (request, _) = example("listJobs", &server.tls);
    let (input, mut host) = std::io::pipe().expect("a pipe");
    host.write_all(&request).expect("room in a pipe");
    drop(host);
    let mut program = valgrind();
    program.args([CONNECTOR, "invoke"]).env("AWS_CA_BUNDLE", &server.authority).stdin(input);
    collected(program)
}

fn valgrind() -> Command {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    valgrind
}

/// Runs a program under valgrind; it must end well.
fn collected(mut program: Command) -> u64 {
    let output = program.output().expect("valgrind is installed");
    let counted = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{counted}{}", String::from_utf8_lossy(&output.stdout));
    let (_, total) = counted.rsplit_once("Collected :").expect("a total of valgrind's");
    total.split_whitespace().next().expect("a number").parse().expect("a number")
}
