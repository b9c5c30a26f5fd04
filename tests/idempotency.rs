//! Starts of a job: once a key, whatever happens to answers, processes and other machines.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::emulator::Emulator;
use crate::support::program::{Stream, data, invoke, request};
use crate::support::proxy::{Fault, Proxy};
use crate::support::stub::{Answer, Stub};

#[test]
fn a_key_starts_one_run_whatever_happens_to_the_answers() {
    let mut aws = Emulator::start();
    aws.slow_down(1_000_000);
    aws.create_job("nightly", 1000);
    for fault in Fault::ALL {
        let proxy =
            Proxy::start(
                &aws.endpoint,
                move |asked, before| if asked == "StartJobRun" && before == 0 { fault } else { Fault::None },
            );
        let key = format!("{fault:?}");
        let mut call = request(
            &proxy.endpoint,
            "startJobRun",
            json!({ "name": "nightly", "idempotencyKey": key, "args": { "--a": "b" } }),
        );
        call["timeoutMs"] = json!(if matches!(fault, Fault::LateAfter | Fault::Drip) { 1500 } else { 20_000 });
        let mut reply = invoke(&call).reply;
        if reply["ok"] == false {
            assert_eq!(reply["error"]["retryable"], true, "{fault:?}: asking again with a key is safe: {reply}");
            reply = invoke(&call).reply;
        }
        let mine: Vec<Value> = aws
            .runs("nightly")
            .into_iter()
            .filter(|run| run["Arguments"]["--idempotency_key"] == key.as_str())
            .collect();
        assert_eq!(mine.len(), 1, "{fault:?}: {reply}");
        assert_eq!(reply["data"]["JobRunId"], mine[0]["Id"], "{fault:?}");
        assert_eq!(mine[0]["Arguments"]["--a"], "b");
        let lost = fault != Fault::Throttled
            && fault != Fault::ConcurrentRuns
            && proxy.carried_out("StartJobRun") == 1
            && proxy.asked("StartJobRun") == 1;
        assert_eq!(reply["data"]["Reused"] == true, lost, "{fault:?}: {reply}");
    }
}

#[test]
fn a_search_that_fails_is_no_licence_to_start() {
    let mut aws = Emulator::start();
    aws.create_job("nightly", 10);
    let proxy =
        Proxy::start(&aws.endpoint, |asked, _| if asked == "GetJobRuns" { Fault::FailBefore } else { Fault::None });
    let reply =
        invoke(&request(&proxy.endpoint, "startJobRun", json!({ "name": "nightly", "idempotencyKey": "k" }))).reply;
    assert_eq!(
        (&reply["error"]["kind"], &reply["error"]["effect"], &reply["error"]["retryable"]),
        (&json!("service"), &json!("none"), &json!(true))
    );
    assert_eq!(proxy.asked("StartJobRun"), 0);
}

#[test]
fn concurrent_callers_in_one_process_share_one_run() {
    let mut aws = Emulator::start();
    aws.slow_down(1_000_000);
    aws.create_job("nightly", 1000);
    let mut stream = Stream::start(&[]);
    for _ in 0..30 {
        stream.send(&request(&aws.endpoint, "startJobRun", json!({ "name": "nightly", "idempotencyKey": "once" })));
    }
    let (replies, _) = stream.finish();
    let ids: HashSet<String> = replies.iter().map(|reply| reply["data"]["JobRunId"].to_string()).collect();
    assert_eq!((replies.len(), ids.len()), (30, 1));
    assert_eq!(replies.iter().filter(|reply| reply["data"]["Reused"] == true).count(), 29);
    assert_eq!(aws.runs("nightly").len(), 1);
}

#[test]
fn a_key_of_one_account_is_none_of_another() {
    let stub = Stub::serve(|request| {
        Answer::Ok(if request.operation == "StartJobRun" {
            json!({ "JobRunId": format!("jr_of_{}", request.header("authorization").expect("signed").len()) })
        } else {
            json!({})
        })
    });
    let mut stream = Stream::start(&[]);
    for account in ["AKIAONE", "AKIATHEOTHER"] {
        let mut call =
            request(&stub.endpoint, "startJobRun", json!({ "name": "nightly", "idempotencyKey": "2026-11-20" }));
        call["connection"]["fields"]["accessKeyId"] = json!(account);
        stream.send(&call);
        assert!(stream.receive().expect("a reply")["data"].get("Reused").is_none(), "{account}");
    }
    stream.finish();
    assert_eq!(stub.operations().iter().filter(|operation| *operation == "StartJobRun").count(), 2);
}

#[test]
fn of_two_machines_at_the_same_instant_one_gives_way() {
    let mut aws = Emulator::start();
    aws.slow_down(1_000_000);
    aws.create_job("nightly", 1000);
    for round in 0..5 {
        let key = format!("race-{round}");
        let call = request(&aws.endpoint, "startJobRun", json!({ "name": "nightly", "idempotencyKey": key }));
        let replies: Vec<Value> = std::thread::scope(|scope| {
            let machines: Vec<_> = (0..2).map(|_| scope.spawn(|| invoke(&call).reply)).collect();
            machines.into_iter().map(|machine| machine.join().expect("a reply")).collect()
        });
        let going_on: Vec<Value> = aws
            .runs("nightly")
            .into_iter()
            .filter(|run| run["Arguments"]["--idempotency_key"] == key.as_str() && run["JobRunState"] != "STOPPING")
            .collect();
        assert_eq!(going_on.len(), 1, "{replies:?}");
        for reply in &replies {
            assert_eq!(reply["data"]["JobRunId"], going_on[0]["Id"], "{replies:?}");
        }
    }
}

#[test]
fn a_process_that_is_killed_leaves_nothing_behind_that_is_started_again() {
    let mut aws = Emulator::start();
    aws.slow_down(1_000_000);
    aws.create_job("nightly", 1000);
    let proxy =
        Proxy::start(&aws.endpoint, |asked, _| if asked == "StartJobRun" { Fault::LateAfter } else { Fault::None });
    let input = json!({ "name": "nightly", "idempotencyKey": "killed" });
    let mut stream = Stream::start(&[]);
    stream.send(&request(&proxy.endpoint, "startJobRun", input.clone()));
    let started = Instant::now();
    while aws.runs("nightly").is_empty() {
        assert!(started.elapsed() < Duration::from_secs(10), "it was never started");
        std::thread::sleep(Duration::from_millis(20));
    }
    stream.process.kill().expect("killed");
    stream.process.wait().expect("ended");

    let again = data(&aws.endpoint, "startJobRun", input);
    let all = aws.runs("nightly");
    assert_eq!((all.len(), &again["JobRunId"], &again["Reused"]), (1, &all[0]["Id"], &json!(true)));
}

#[test]
fn when_the_job_is_running() {
    let mut aws = Emulator::start();
    aws.slow_down(1_000_000);
    aws.create_job("nightly", 1);
    let at = aws.endpoint.clone();
    let first = data(&at, "startJobRun", json!({ "name": "nightly" }))["JobRunId"].clone();

    let refused = invoke(&request(&at, "startJobRun", json!({ "name": "nightly", "whenRunning": "fail" }))).reply;
    assert_eq!(refused["error"]["kind"], "conflict");
    let joined = data(&at, "startJobRun", json!({ "name": "nightly", "whenRunning": "join" }));
    assert_eq!(joined, json!({ "JobRunId": first, "Joined": true }));
    let mut call = request(&at, "startJobRun", json!({ "name": "nightly", "whenRunning": "wait" }));
    call["timeoutMs"] = json!(3000);
    let waited = invoke(&call).reply;
    assert_eq!(
        (&waited["error"]["kind"], &waited["error"]["effect"], &waited["error"]["retryable"]),
        (&json!("conflict"), &json!("none"), &json!(true))
    );

    let mut stream = Stream::start(&[]);
    call["timeoutMs"] = json!(20_000);
    stream.send(&call);
    std::thread::sleep(Duration::from_millis(500));
    aws.boto3("glue", "BatchStopJobRun", json!({ "JobName": "nightly", "JobRunIds": [first] }));
    aws.slow_down(0);
    let started = stream.receive().expect("a reply");
    assert_eq!(started["ok"], true, "{started}");
    assert_ne!(started["data"]["JobRunId"], first);
    stream.finish();

    let stub = Stub::start([Answer::Ok(json!({ "JobRunId": "jr_1" }))]);
    data(&stub.endpoint, "startJobRun", json!({ "name": "a", "whenRunning": "queue" }));
    assert_eq!(stub.requests()[0].json(), json!({ "JobName": "a", "JobRunQueuingEnabled": true }));
}

/// Starts under random faults: runs are distinct keys, none lost, none doubled. `SOAK_STARTS` sets how many.
#[test]
fn starts_under_random_faults_are_never_lost_or_doubled() {
    let starts: usize = std::env::var("SOAK_STARTS").ok().and_then(|count| count.parse().ok()).unwrap_or(200);
    let seed: u64 = std::env::var("SOAK_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    let jobs = starts.div_ceil(40);
    let mut aws = Emulator::start();
    aws.slow_down(1_000_000_000);
    for job in 0..jobs {
        aws.create_job(&format!("job-{job}"), 1_000_000);
    }
    let dice = std::sync::Mutex::new(fastrand::Rng::with_seed(seed));
    let proxy = Proxy::start(&aws.endpoint, move |asked, _| {
        let mut dice = dice.lock().expect("unpoisoned");
        let slow = [Fault::LateAfter, Fault::Drip, Fault::Huge, Fault::ChunkedHuge];
        let fault = dice.choice(Fault::ALL).expect("a fault");
        match asked {
            "StartJobRun" if dice.u8(..100) < 30 && !slow.contains(&fault) => fault,
            _ if dice.u8(..100) < 3 => Fault::ResetAfter,
            _ => Fault::None,
        }
    });
    let mut stream = Stream::start(&["--concurrency", "16"]);
    let ask = |stream: &mut Stream, start: usize| {
        let job = format!("job-{}", start % jobs);
        // Every fifth key is asked for twice.
        let key = format!("key-{}", if start % 5 == 4 { start - jobs.min(start) } else { start });
        let mut call = request(&proxy.endpoint, "startJobRun", json!({ "name": job, "idempotencyKey": key }));
        call["id"] = json!(start);
        call["timeoutMs"] = json!(60_000);
        stream.send(&call);
        (job, key)
    };
    let mut keys = HashMap::new();
    let mut answered: HashMap<(String, String), HashSet<String>> = HashMap::new();
    let mut open = 0;
    let mut next = 0;
    while next < starts || open > 0 {
        while open < 32 && next < starts {
            keys.insert(next, ask(&mut stream, next));
            (open, next) = (open + 1, next + 1);
        }
        let reply = stream.receive().expect("a reply");
        let start = usize::try_from(reply["id"].as_u64().expect("an ID")).expect("small");
        if reply["ok"] == true {
            answered
                .entry(keys[&start].clone())
                .or_default()
                .insert(reply["data"]["JobRunId"].as_str().expect("a run").to_owned());
            open -= 1;
        } else {
            assert_eq!(reply["error"]["retryable"], true, "{reply}");
            ask(&mut stream, start);
        }
    }
    stream.finish();

    let mut existing: HashMap<(String, String), HashSet<String>> = HashMap::new();
    for job in 0..jobs {
        let job = format!("job-{job}");
        for run in aws.runs(&job) {
            let key = run["Arguments"]["--idempotency_key"].as_str().expect("a key").to_owned();
            existing.entry((job.clone(), key)).or_default().insert(run["Id"].as_str().expect("an ID").to_owned());
        }
    }
    assert!(existing.values().all(|runs| runs.len() == 1), "doubled");
    assert_eq!(existing, answered, "runs are the keys, and replies the runs");
}
