//! Starts of a job: once a key, whatever happens to answers, processes and other machines.

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::emulator::Emulator;
use crate::support::program::{Stream, data, error, invoke, request};
use crate::support::proxy::{Fault, Proxy};
use crate::support::stub::{Answer, Stub};

#[test]
fn a_key_starts_one_run_whatever_happens_to_the_answers() {
    let mut aws = Emulator::start();
    aws.slow_down(1_000_000);
    aws.create_job("nightly", 1000);
    let aws = Mutex::new(aws);
    // Most of it is waiting.
    std::thread::scope(|scope| {
        for fault in Fault::ALL {
            scope.spawn({
                let aws = &aws;
                move || a_key_starts_one_run_under(aws, fault)
            });
        }
    });
}

fn a_key_starts_one_run_under(aws: &Mutex<Emulator>, fault: Fault) {
    let proxy = Proxy::start(&aws.lock().expect("unpoisoned").endpoint, move |asked, before| {
        if asked == "StartJobRun" && before == 0 { fault } else { Fault::None }
    });
    let key = format!("{fault:?}");
    let input = json!({ "name": "nightly", "idempotencyKey": key, "args": { "--a": "b" } });
    let mut call = request(&proxy.endpoint, "startJobRun", input);
    call["timeoutMs"] = json!(if matches!(fault, Fault::LateAfter | Fault::Drip) { 1500 } else { 30_000 });
    let mut reply = invoke(&call).reply;
    if reply["ok"] == false {
        assert_eq!(reply["error"]["retryable"], true, "{fault:?}: asking again with a key is safe: {reply}");
        // Where there is time, it goes on by itself.
        assert!(matches!(fault, Fault::LateAfter | Fault::Drip | Fault::ConcurrentRuns), "{fault:?}: {reply}");
        call["timeoutMs"] = json!(30_000);
        reply = invoke(&call).reply;
    }
    let runs = aws.lock().expect("unpoisoned").runs("nightly");
    let mine: Vec<&Value> = runs.iter().filter(|run| run["Arguments"]["--idempotency_key"] == key.as_str()).collect();
    assert_eq!(mine.len(), 1, "{fault:?}: {reply}");
    assert_eq!(reply["data"]["JobRunId"], mine[0]["Id"], "{fault:?}");
    assert_eq!(mine[0]["Arguments"]["--a"], "b");
    let lost = fault != Fault::Throttled
        && fault != Fault::ConcurrentRuns
        && proxy.carried_out("StartJobRun") == 1
        && proxy.asked("StartJobRun") == 1;
    assert_eq!(reply["data"]["Reused"] == true, lost, "{fault:?}: {reply}");
}

#[test]
fn a_search_that_fails_is_no_licence_to_start() {
    let mut aws = Emulator::start();
    aws.create_job("nightly", 10);
    let proxy =
        Proxy::start(&aws.endpoint, |asked, _| if asked == "GetJobRuns" { Fault::FailBefore } else { Fault::None });
    let mut call = request(&proxy.endpoint, "startJobRun", json!({ "name": "nightly", "idempotencyKey": "k" }));
    call["timeoutMs"] = json!(5000);
    let reply = invoke(&call).reply;
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

/// A stub that has these runs of the job, and starts `jr_new`.
fn with_runs(runs: Value) -> Stub {
    Stub::serve(move |request| {
        Answer::Ok(match request.operation.as_str() {
            "GetJobRuns" => json!({ "JobRuns": runs }),
            "StartJobRun" => json!({ "JobRunId": "jr_new" }),
            _ => json!({ "SuccessfulSubmissions": [] }),
        })
    })
}

/// A run with the key `k` that was started this many hours ago.
fn run(id: &str, hours: u64, state: &str) -> Value {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    json!({ "Id": id, "JobRunState": state, "StartedOn": now - hours * 3600, "Arguments": { "--idempotency_key": "k" } })
}

#[test]
fn a_key_stands_for_a_run_of_the_last_day_only() {
    for (hours, state, reused) in [(23, "SUCCEEDED", true), (25, "SUCCEEDED", false), (25, "RUNNING", false)] {
        let stub = with_runs(json!([run("jr_old", hours, state)]));
        let started = data(&stub.endpoint, "startJobRun", json!({ "name": "nightly", "idempotencyKey": "k" }));
        let wanted =
            if reused { json!({ "JobRunId": "jr_old", "Reused": true }) } else { json!({ "JobRunId": "jr_new" }) };
        assert_eq!(started, wanted, "{hours} hours");
        // What is too old is not stopped, either.
        assert!(!stub.operations().contains(&"BatchStopJobRun".to_owned()), "{hours} hours");
    }
}

#[test]
fn whoever_reuses_a_run_stops_the_younger_ones_of_its_key() {
    let stub = with_runs(json!([
        run("jr_5", 1, "SUCCEEDED"),
        run("jr_4", 1, "STOPPING"),
        run("jr_3", 1, "WAITING"),
        run("jr_2", 2, "RUNNING"),
        run("jr_1", 3, "RUNNING"),
        run("jr_0", 25, "RUNNING"),
    ]));
    let reused = data(&stub.endpoint, "startJobRun", json!({ "name": "nightly", "idempotencyKey": "k" }));
    let wanted =
        json!({ "JobRunId": "jr_1", "Reused": true, "StoppedJobRunId": "jr_2", "StoppedJobRunIds": ["jr_2", "jr_3"] });
    assert_eq!(reused, wanted);
    let stopped = stub.requests().last().expect("a request").json();
    assert_eq!(stopped, json!({ "JobName": "nightly", "JobRunIds": ["jr_2", "jr_3"] }));
}

#[test]
fn younger_runs_that_go_on_all_the_same_are_named() {
    let refuse = std::sync::atomic::AtomicBool::new(true);
    let stub = Stub::serve(move |request| match request.operation.as_str() {
        "GetJobRuns" => Answer::Ok(json!({ "JobRuns": [run("jr_1", 2, "RUNNING"), run("jr_2", 1, "RUNNING")] })),
        _ if refuse.swap(false, std::sync::atomic::Ordering::SeqCst) => {
            Answer::Error(500, "InternalServiceException", "no".to_owned())
        }
        _ => Answer::Error(400, "AccessDeniedException", "no".to_owned()),
    });
    let reply =
        invoke(&request(&stub.endpoint, "startJobRun", json!({ "name": "nightly", "idempotencyKey": "k" }))).reply;
    let failed = &reply["error"];
    assert_eq!(
        (&failed["kind"], &failed["code"], &failed["effect"], &failed["retryable"]),
        (&json!("partialFailure"), &json!("AccessDeniedException"), &json!("applied"), &json!(false)),
        "{reply}"
    );
    assert_eq!(failed["details"], json!({ "JobRunId": "jr_1", "NotStopped": ["jr_2"] }));
}

#[test]
fn a_young_run_is_reused_only_after_a_second_look() {
    // The start of a process that was killed arrives after that of another.
    let looks = std::sync::atomic::AtomicUsize::new(0);
    let stub = Stub::serve(move |request| {
        if request.operation != "GetJobRuns" {
            return Answer::Ok(json!({ "SuccessfulSubmissions": [] }));
        }
        let second = looks.fetch_add(1, std::sync::atomic::Ordering::SeqCst) > 0;
        let runs = [run("jr_1", 0, "RUNNING"), run("jr_2", 0, "RUNNING")];
        Answer::Ok(json!({ "JobRuns": runs[..if second { 2 } else { 1 }] }))
    });
    let mut call = request(&stub.endpoint, "startJobRun", json!({ "name": "nightly", "idempotencyKey": "k" }));
    let reply = invoke(&call).reply;
    assert_eq!(
        (&reply["data"]["JobRunId"], &reply["data"]["StoppedJobRunId"]),
        (&json!("jr_1"), &json!("jr_2")),
        "{reply}"
    );
    assert!(reply["meta"]["durationMs"].as_u64().expect("a duration") > 3000, "{reply}");

    // A deadline that leaves no time for it is kept.
    call["timeoutMs"] = json!(2000);
    let stub = with_runs(json!([run("jr_1", 0, "RUNNING")]));
    call["connection"]["fields"]["endpointUrl"] = json!(stub.endpoint);
    assert_eq!(invoke(&call).reply["data"], json!({ "JobRunId": "jr_1", "Reused": true }));
}

#[test]
fn the_argument_that_carries_the_key_can_be_renamed() {
    let mut aws = Emulator::start();
    aws.slow_down(1_000_000);
    aws.create_job("nightly", 10);
    let input = json!({ "name": "nightly", "idempotencyKey": "k", "idempotencyArgument": "--flow-id" });
    let first = data(&aws.endpoint, "startJobRun", input.clone());
    let again = data(&aws.endpoint, "startJobRun", input.clone());
    assert_eq!((&again["JobRunId"], &again["Reused"]), (&first["JobRunId"], &json!(true)));
    assert_eq!(aws.runs("nightly")[0]["Arguments"], json!({ "--flow-id": "k" }));

    let mut twice = input.clone();
    twice["args"] = json!({ "--flow-id": "other" });
    assert_eq!(error(&aws.endpoint, "startJobRun", twice)["field"], "/input/args/--flow-id");
    let mut wrong = input;
    wrong["idempotencyArgument"] = json!("flow id");
    assert_eq!(error(&aws.endpoint, "startJobRun", wrong)["field"], "/input/idempotencyArgument");
}

#[test]
fn a_start_that_waits_for_a_slot_searches_before_each_attempt() {
    let starts = std::sync::atomic::AtomicUsize::new(0);
    let looks = std::sync::atomic::AtomicUsize::new(0);
    let stub = Stub::serve(move |request| {
        use std::sync::atomic::Ordering::SeqCst;
        match request.operation.as_str() {
            // Another machine has started it by the third search.
            "GetJobRuns" if looks.fetch_add(1, SeqCst) < 2 => Answer::Ok(json!({ "JobRuns": [] })),
            "GetJobRuns" => Answer::Ok(json!({ "JobRuns": [run("jr_other", 1, "RUNNING")] })),
            _ if starts.fetch_add(1, SeqCst) < 2 => {
                Answer::Error(400, "ConcurrentRunsExceededException", "full".to_owned())
            }
            _ => Answer::Ok(json!({ "JobRunId": "jr_second" })),
        }
    });
    let input = json!({ "name": "nightly", "idempotencyKey": "k", "whenRunning": "wait" });
    assert_eq!(data(&stub.endpoint, "startJobRun", input), json!({ "JobRunId": "jr_other", "Reused": true }));
    assert_eq!(stub.operations(), ["GetJobRuns", "StartJobRun", "GetJobRuns", "StartJobRun", "GetJobRuns"]);
}

#[test]
fn a_request_that_holds_a_key_decides_nobody_elses_fate() {
    // The first start hangs, and was not carried out. The first request is cancelled meanwhile.
    let starts = std::sync::atomic::AtomicUsize::new(0);
    let started = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let seen = std::sync::Arc::clone(&started);
    let stub = Stub::serve(move |request| {
        use std::sync::atomic::Ordering::SeqCst;
        match request.operation.as_str() {
            "GetJobRuns" if seen.load(SeqCst) => Answer::Ok(json!({ "JobRuns": [run("jr_1", 0, "RUNNING")] })),
            "GetJobRuns" => Answer::Ok(json!({ "JobRuns": [] })),
            _ if starts.fetch_add(1, SeqCst) == 0 => Answer::After(Duration::from_mins(1), Box::new(Answer::Hangup)),
            _ => {
                seen.store(true, SeqCst);
                Answer::Ok(json!({ "JobRunId": "jr_1" }))
            }
        }
    });
    let mut stream = Stream::start(&[]);
    let mut call = request(&stub.endpoint, "startJobRun", json!({ "name": "nightly", "idempotencyKey": "k" }));
    call["id"] = json!("first");
    stream.send(&call);
    stub.wait_for(2);
    call["id"] = json!("second");
    stream.send(&call);
    std::thread::sleep(Duration::from_millis(500));
    stream.send(&json!({ "cancel": "first" }));
    let cancelled = Instant::now();
    loop {
        let reply = stream.receive().expect("a reply");
        if reply["id"] == "second" {
            assert_eq!(reply["data"], json!({ "JobRunId": "jr_1" }), "{reply}");
            break;
        }
    }
    // AWS may have been about to carry out the first start: it gets the time to show its run.
    assert!(cancelled.elapsed() > Duration::from_secs(4), "{:?}", cancelled.elapsed());
    assert_eq!(stub.operations().iter().filter(|operation| *operation == "StartJobRun").count(), 2);
    stream.finish();
}

#[test]
fn a_slow_holder_of_a_key_does_not_keep_its_run_from_others() {
    // The start is carried out, by AWS or by another machine, and its answer never comes.
    let stub = Stub::serve(|request| match request.operation.as_str() {
        "GetJobRuns" => Answer::Ok(json!({ "JobRuns": [] })),
        _ => Answer::After(Duration::from_mins(1), Box::new(Answer::Hangup)),
    });
    let mut stream = Stream::start(&[]);
    let mut call = request(&stub.endpoint, "startJobRun", json!({ "name": "nightly", "idempotencyKey": "k" }));
    call["id"] = json!("slow");
    call["timeoutMs"] = json!(60_000);
    stream.send(&call);
    stub.wait_for(2);
    call["id"] = json!("waiting");
    call["timeoutMs"] = json!(3000);
    stream.send(&call);
    let reply = stream.receive().expect("a reply");
    assert_eq!(
        (&reply["id"], &reply["error"]["kind"], &reply["error"]["effect"], &reply["error"]["retryable"]),
        (&json!("waiting"), &json!("timeout"), &json!("none"), &json!(true)),
        "{reply}"
    );
    assert!(stub.operations().len() > 2, "it did not look for itself");
    stream.process.kill().expect("killed");
    stream.process.wait().expect("ended");
}
