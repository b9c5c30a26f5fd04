//! Starts of a job under random faults and random kills: every key ends with one run, however often it is sent.

use std::collections::{HashMap, HashSet};
use std::sync::{Barrier, Mutex};
use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::{Value, json};

use crate::support::emulator::Emulator;
use crate::support::program::{Stream, request};
use crate::support::proxy::{Fault, Proxy};

/// The keys of one job: searches stay short.
const KEYS_OF_A_JOB: usize = 40;
/// The share of requests that get a fault, in percent.
const FAULTS: u8 = 30;
/// The keys that are under way at a time, unless `SOAK_AT_ONCE` says otherwise.
const AT_ONCE: usize = 16;

/// A number from the environment.
fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Tells whoever runs it with `--nocapture`.
#[allow(clippy::print_stderr, reason = "the numbers of a soak are read by people")]
fn say(report: &str) {
    eprintln!("{report}");
}

/// A fault of any kind for any operation, by the dice.
fn faulty(aws: &Emulator, seed: u64) -> Proxy {
    let dice = Mutex::new(Rng::with_seed(seed));
    Proxy::start(&aws.endpoint, move |_, _| {
        let mut dice = dice.lock().expect("unpoisoned");
        if dice.u8(..100) < FAULTS { *dice.choice(Fault::ALL.as_slice()).expect("a fault") } else { Fault::None }
    })
}

/// An emulator with jobs for this many keys, whose runs go on for ever.
fn emulator(keys: usize) -> Emulator {
    let mut aws = Emulator::start();
    aws.slow_down(1_000_000_000);
    for job in 0..=keys / KEYS_OF_A_JOB {
        aws.create_job(&format!("job-{job}"), 1_000_000);
    }
    aws
}

fn start(proxy: &Proxy, key: usize) -> Value {
    let (job, key_text) = (format!("job-{}", key / KEYS_OF_A_JOB), format!("key-{key}"));
    let input = json!({ "name": job, "idempotencyKey": key_text, "whenRunning": "wait" });
    let mut call = request(&proxy.endpoint, "startJobRun", input);
    call["id"] = json!(key);
    call["timeoutMs"] = json!(60_000);
    call
}

fn key_of(reply: &Value) -> usize {
    usize::try_from(reply["id"].as_u64().expect("an ID")).expect("small")
}

/// The runs of each key: whether each goes on, by its ID.
fn runs(aws: &mut Emulator, keys: usize) -> HashMap<usize, HashMap<String, bool>> {
    let mut found: HashMap<usize, HashMap<String, bool>> = HashMap::new();
    for job in 0..=keys / KEYS_OF_A_JOB {
        for run in aws.runs(&format!("job-{job}")) {
            let key = run["Arguments"]["--idempotency_key"].as_str().and_then(|key| key.strip_prefix("key-"));
            let key = key.and_then(|key| key.parse().ok()).expect("a key");
            let goes_on = run["JobRunState"] != "STOPPING" && run["JobRunState"] != "STOPPED";
            found.entry(key).or_default().insert(run["Id"].as_str().expect("an ID").to_owned(), goes_on);
        }
    }
    found
}

/// `SOAK_STARTS` keys under the random faults of `SOAK_SEED`, in one process: each is answered `ok` the first time, with
/// the one run that it has.
#[test]
fn starts_under_random_faults() {
    let starts = setting("SOAK_STARTS", 100);
    let at_once = setting("SOAK_AT_ONCE", AT_ONCE);
    let mut aws = emulator(starts);
    let proxy = faulty(&aws, setting("SOAK_SEED", 7) as u64);
    let mut stream = Stream::start(&["--concurrency", "256"]);
    let began = Instant::now();
    let (mut next, mut open) = (0, 0);
    let mut answered = HashMap::new();
    let mut failed = Vec::new();
    while next < starts || open > 0 {
        while open < at_once && next < starts {
            stream.send(&start(&proxy, next));
            (open, next) = (open + 1, next + 1);
        }
        let reply = stream.receive().expect("a reply");
        open -= 1;
        match reply["data"]["JobRunId"].as_str() {
            Some(run) => drop(answered.insert(key_of(&reply), run.to_owned())),
            None => failed.push(reply),
        }
    }
    stream.finish();
    let took = began.elapsed();
    let runs = runs(&mut aws, starts);
    let doubled = runs.values().filter(|runs| runs.len() != 1).count();
    let other = answered.iter().filter(|(key, run)| !runs[*key].contains_key(*run)).count();
    let report = format!("{starts} keys in {took:?}: {} ok, {doubled} doubled, {other} wrong", answered.len());
    say(&report);
    assert!(failed.is_empty() && doubled == 0 && other == 0, "{report}: {failed:?}");
}

/// `SOAK_KEYS` keys, each sent to two processes at the same instant, under the random faults and kills of `SOAK_SEED`, and
/// sent again until it is answered: one run of each goes on, and it is the one that both were told.
#[test]
fn two_processes_that_are_killed_at_random() {
    let keys = setting("SOAK_KEYS", 48);
    let seed = setting("SOAK_SEED", 7) as u64;
    let mut aws = emulator(keys);
    let proxy = faulty(&aws, seed);
    let began = Instant::now();
    let together = Barrier::new(2);
    let told: Vec<Told> = std::thread::scope(|scope| {
        let processes = [1, 2].map(|number| {
            let (proxy, together) = (&proxy, &together);
            scope.spawn(move || send_until_answered(proxy, together, keys, Rng::with_seed(seed + number)))
        });
        processes.map(|process| process.join().expect("an end")).into_iter().collect()
    });
    let took = began.elapsed();
    let runs = runs(&mut aws, keys);
    let going_on = |key: usize| -> Vec<&String> {
        runs.get(&key).into_iter().flatten().filter(|(_, goes_on)| **goes_on).map(|(run, _)| run).collect()
    };
    let lost = (0..keys).filter(|key| going_on(*key).is_empty()).count();
    let doubled = (0..keys).filter(|key| going_on(*key).len() > 1).count();
    let stopped: usize = runs.values().map(|runs| runs.values().filter(|goes_on| !**goes_on).count()).sum();
    let is_wrong = |(key, run): &(&usize, &String)| !going_on(**key).contains(run);
    let wrong: usize = told.iter().map(|told| told.runs.iter().filter(is_wrong).count()).sum();
    let kills: usize = told.iter().map(|told| told.kills).sum();
    let again: usize = told.iter().map(|told| told.refused).sum();
    let report = format!(
        "{keys} keys to two processes in {took:?}, {kills} kills, {again} error replies, {stopped} younger runs stopped: \
         {doubled} doubled, {lost} lost, {wrong} told of another run"
    );
    say(&report);
    assert!(doubled == 0 && lost == 0 && wrong == 0, "{report}");
}

/// What a process was told of each key in the end.
#[derive(Default)]
struct Told {
    runs: HashMap<usize, String>,
    kills: usize,
    refused: usize,
}

fn send_all(stream: &mut Stream, proxy: &Proxy, keys: &HashSet<usize>) {
    for key in keys {
        stream.send(&start(proxy, *key));
    }
}

/// Sends all keys, some at a time and at the same instant as the other process, to a process that is killed and started
/// again.
fn send_until_answered(proxy: &Proxy, together: &Barrier, keys: usize, mut dice: Rng) -> Told {
    let at_once = setting("SOAK_AT_ONCE", AT_ONCE);
    let mut told = Told::default();
    let mut stream = Stream::start(&["--concurrency", "256"]);
    let mut is_alive = true;
    for first in (0..keys).step_by(at_once) {
        let mut open: HashSet<usize> = (first..keys.min(first + at_once)).collect();
        together.wait();
        if is_alive {
            send_all(&mut stream, proxy, &open);
        }
        while !open.is_empty() {
            if is_alive && dice.u8(..100) < 10 {
                is_alive = false;
                std::thread::sleep(Duration::from_millis(dice.u64(..300)));
                stream.process.kill().expect("killed");
                stream.process.wait().expect("ended");
                told.kills += 1;
            }
            let Some(reply) = stream.receive() else {
                stream = Stream::start(&["--concurrency", "256"]);
                is_alive = true;
                send_all(&mut stream, proxy, &open);
                continue;
            };
            let key = key_of(&reply);
            if let Some(run) = reply["data"]["JobRunId"].as_str() {
                open.remove(&key);
                told.runs.insert(key, run.to_owned());
            } else {
                assert_eq!(reply["error"]["retryable"], true, "{reply}");
                told.refused += 1;
                if is_alive {
                    stream.send(&start(proxy, key));
                }
            }
        }
    }
    if is_alive {
        stream.finish();
    }
    told
}
