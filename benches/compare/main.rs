//! The connector beside curl, the AWS CLI, boto3, the JavaScript SDK and the bare aws-sdk-glue client, against a server on
//! loopback: `cargo bench --bench compare`. All are run in turn, again and again, so that a slow minute of the machine
//! hits all of them; what counts is the ratios. With `-- --save` the table and chart of `docs/performance.md` are written,
//! with `--build` a clean build is timed, too.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it found")]

mod hosts;
mod measure;
mod peers;
mod report;
mod sdk;
#[path = "../server.rs"]
mod server;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use hosts::Stream;
use measure::{Program, quantile};
use peers::Peers;
use report::{Cold, Report, Warm};
use server::Server;

fn main() {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    match arguments.first().map(String::as_str) {
        Some("--serve") => server::serve(Path::new(&arguments[1])),
        Some("--sdk") => sdk::run(&arguments[1..]),
        _ => compare(&arguments),
    }
}

/// The number of runs of each program and of calls in a run; `--quick` is for trying the benchmark itself.
struct Effort {
    cold: usize,
    repeats: usize,
    calls: usize,
    endurance: usize,
}

fn compare(arguments: &[String]) {
    let asked = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let effort = if asked("--quick") {
        Effort { cold: 5, repeats: 1, calls: 2_000, endurance: 5_000 }
    } else {
        Effort { cold: 40, repeats: 5, calls: 10_000, endurance: 100_000 }
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compare");
    let server = Server::start(&folder);
    let peers = Peers::install(&folder);
    let report = Report {
        cold: cold(&server, &peers, &effort),
        warm: [1, 32, 256].map(|in_flight| (in_flight, warm(&server, &peers, &effort, in_flight))).into(),
        pages: pages(&server, &peers, &effort),
        endurance: endurance(&server, effort.endurance),
        connections: connections(&server),
        binary_mib: Peers::connector_mib(),
        build_seconds: asked("--build").then(|| build(&folder)),
    };
    println!("{report}");
    if asked("--save") {
        report.save(Path::new(env!("CARGO_MANIFEST_DIR")));
    }
}

/// Seconds of a clean release build.
fn build(folder: &Path) -> f64 {
    let target = folder.join("clean");
    let _ = fs::remove_dir_all(&target);
    let began = Instant::now();
    let status =
        Command::new(env!("CARGO")).args(["build", "--release", "--quiet", "--target-dir"]).arg(target).status();
    assert!(status.is_ok_and(|status| status.success()), "the build failed");
    began.elapsed().as_secs_f64()
}

/// Whole processes that make one call, interleaved.
fn cold(server: &Server, peers: &Peers, effort: &Effort) -> Vec<Cold> {
    let programs = peers.cold(server);
    let mut times = programs.iter().map(|_| Vec::new()).collect::<Vec<_>>();
    for round in 0..=effort.cold {
        for (program, times) in programs.iter().zip(&mut times) {
            // Those that take a hundred times as long are run less often.
            if round % program.every == 0 {
                times.push(program.program.time());
            }
        }
        if round == 0 {
            times.iter_mut().for_each(Vec::clear);
        }
    }
    let cold = programs.into_iter().zip(times).map(|(program, mut times)| Cold {
        network: program.network,
        name: program.program.name,
        low: quantile(&mut times, 0.1),
        median: quantile(&mut times, 0.5),
        high: quantile(&mut times, 0.9),
    });
    cold.collect()
}

/// Long-lived processes that call again and again, in turn.
fn warm(server: &Server, peers: &Peers, effort: &Effort, in_flight: usize) -> Vec<Warm> {
    let programs = peers.warm(server);
    let mut found = programs.iter().map(|program| Warm::new(&program.name)).collect::<Vec<_>>();
    for _ in 0..effort.repeats {
        for (program, found) in programs.iter().zip(&mut found) {
            // Slower ones make fewer calls: a run of each takes about as long.
            let calls = if program.name.starts_with("boto3") || program.name.starts_with("JavaScript") {
                effort.calls / 4
            } else {
                effort.calls
            };
            let (said, used) = if program.name == peers::OURS {
                let mut stream = Stream::start(program, &server.tls, in_flight);
                let said = stream.calls(calls, in_flight);
                (said, stream.end())
            } else {
                let mut running = program.clone().args(&["warm", &calls.to_string(), &in_flight.to_string()]).start();
                let said = serde_json::from_str(&running.line()).expect("what it says");
                let used = running.used();
                running.end();
                (said, used)
            };
            found.add(&said, used);
        }
    }
    found
}

/// A list of 10,000 and of 100,000 names, in pages of 1,000: seconds and peak memory.
fn pages(server: &Server, peers: &Peers, effort: &Effort) -> Vec<(String, [(f64, f64); 2])> {
    let measure = |program: &Program, names: usize| {
        let runs = (0..effort.repeats).map(|_| {
            if program.name == peers::OURS {
                let mut stream = Stream::start(program, &server.tls, 1);
                let seconds = stream.all(names);
                (seconds, stream.end().peak_mib)
            } else {
                let mut running = program.clone().args(&["all", &names.to_string()]).start();
                let said: measure::Said = serde_json::from_str(&running.line()).expect("what it says");
                let peak = running.used().peak_mib;
                running.end();
                (said.seconds, peak)
            }
        });
        let (mut seconds, mut peaks): (Vec<_>, Vec<_>) = runs.unzip();
        (quantile(&mut seconds, 0.5), quantile(&mut peaks, 0.5))
    };
    peers
        .warm(server)
        .iter()
        .map(|program| (program.name.clone(), [10_000, 100_000].map(|names| measure(program, names))))
        .collect()
}

/// Resident memory after 1 % and after all of many requests through one process, in MiB.
fn endurance(server: &Server, requests: usize) -> [f64; 2] {
    let mut stream = Stream::start(&Peers::connector(server), &server.tls, 32);
    let marks = [requests / 100, requests - requests / 100].map(|more| {
        stream.calls(more, 32);
        stream.used().resident_mib
    });
    stream.end();
    marks
}

/// Resident memory after requests with 250 and with 1,000 different connections, in MiB.
fn connections(server: &Server) -> [f64; 2] {
    let mut stream = Stream::start(&Peers::connector(server), &server.tls, 8);
    let marks = [0..250, 250..1000].map(|accounts| {
        stream.accounts(accounts);
        stream.used().resident_mib
    });
    stream.end();
    marks
}
