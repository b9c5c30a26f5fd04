//! What requests cost in instructions, which do not depend on how busy the machine is: `cargo bench --bench instructions`.
//! Fails when a figure is a tenth above the committed one in `instructions.json`; `-- --save` writes that file.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it found")]

#[allow(dead_code, reason = "shared with the comparison")]
mod server;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use server::Server;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.json");
const CONNECTOR: &str = env!("CARGO_BIN_EXE_glue-connector");
/// The cost of a request is the difference between a short stream and a long one.
const SHORT: u64 = 100;
const LONG: u64 = 500;

fn main() {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    if arguments.first().is_some_and(|argument| argument == "--serve") {
        return server::serve(Path::new(&arguments[1]));
    }
    let server = Server::start(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("instructions"));
    let many = (0..40).map(|index| (format!("--argument_{index}"), json!(format!("the value of argument {index}"))));
    let start =
        json!({ "name": "nightly-orders", "args": many.collect::<serde_json::Map<_, _>>(), "timeout": "60", "notifyDelayAfter": "" });
    let found = BTreeMap::from([
        ("request to wire: startJobRun with 40 arguments", per_request(&server, "startJobRun", &start)),
        ("wire to reply: listConnections, 100 of them masked", per_request(&server, "listConnections", &json!({}))),
        ("whole process: invoke listJobs over TLS", whole_process(&server)),
    ]);
    println!("{found:#?}");
    if arguments.iter().any(|argument| argument == "--save") {
        fs::write(COMMITTED, format!("{:#}\n", json!(found))).expect("a file");
        return;
    }
    let committed: BTreeMap<String, u64> = serde_json::from_slice(&fs::read(COMMITTED).expect("committed figures")).expect("JSON");
    let worse = found.iter().filter(|(name, count)| **count * 10 > committed.get(**name).copied().unwrap_or(0) * 11).collect::<Vec<_>>();
    assert!(worse.is_empty(), "more than a tenth above {COMMITTED}: {worse:?}");
}

fn request(endpoint: &str, action: &str, input: &Value) -> String {
    let fields = json!({ "accessKeyId": "AKIAEXAMPLE", "secretAccessKey": "secret", "region": "us-east-1", "endpointUrl": endpoint });
    format!(
        "{}\n",
        json!({ "action": action, "connection": { "key": "apiKeySecret", "fields": fields }, "input": input, "timeoutMs": 600_000 })
    )
}

/// Over plain HTTP: cryptography would drown the rest.
fn per_request(server: &Server, action: &str, input: &Value) -> u64 {
    let request = request(&server.plain, action, input);
    let [short, long] = [SHORT, LONG].map(|count| {
        let lines = request.repeat(usize::try_from(count).expect("small"));
        instructions(server, &["stream", "--concurrency", "1"], &lines, usize::try_from(count).expect("small"))
    });
    (long - short) / (LONG - SHORT)
}

fn whole_process(server: &Server) -> u64 {
    instructions(server, &["invoke"], &request(&server.tls, "listJobs", &json!({})), 1)
}

/// Runs the connector under valgrind; it must give so many good replies.
fn instructions(server: &Server, arguments: &[&str], input: &str, replies: usize) -> u64 {
    let mut process = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", CONNECTOR])
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("AWS_CA_BUNDLE", &server.authority)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("valgrind is installed");
    let mut stdin = process.stdin.take().expect("piped");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let mut output = String::new();
    process.stdout.take().expect("piped").read_to_string(&mut output).expect("text");
    let mut counted = String::new();
    process.stderr.take().expect("piped").read_to_string(&mut counted).expect("text");
    writer.join().expect("a thread").expect("a connector that reads");
    assert!(process.wait().expect("a child").success(), "{counted}");
    let bad = output.lines().find(|reply| !reply.starts_with("{\"ok\":true"));
    assert_eq!((bad, output.lines().count()), (None, replies));
    let (_, total) = counted.rsplit_once("Collected :").expect("a total of valgrind's");
    total.split_whitespace().next().expect("a number").parse().expect("a number")
}
