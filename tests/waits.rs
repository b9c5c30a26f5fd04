//! Waiting for job runs and crawls: every end gets its verdict, a failed look changes none, and many waits look together.

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::emulator::Emulator;
use crate::support::program::{Stream, data, error, invoke, request};
use crate::support::proxy::{Fault, Proxy};
use crate::support::stub::{Answer, Stub};

fn run(id: &str, state: &str) -> Value {
    json!({ "Id": id, "JobName": "nightly", "JobRunState": state, "StartedOn": 1_763_676_000, "ErrorMessage": "Out of memory.",
        "DPUSeconds": 3.5, "Arguments": { "--db_password": "s3cret", "--day": "1" } })
}

#[test]
fn a_job_is_run_to_its_end() {
    let mut aws = Emulator::start();
    aws.create_job("nightly", 1);
    aws.slow_down(1);
    let done = data(
        &aws.endpoint,
        "runJob",
        json!({ "name": "nightly", "pollSeconds": 1, "args": { "--a": "b" }, "idempotencyKey": "k" }),
    );
    assert_eq!((&done["Done"], &done["State"]), (&json!(true), &json!("SUCCEEDED")), "{done}");
    assert_eq!(done["JobRun"]["Arguments"], json!({ "--a": "b", "--idempotency_key": "k" }));
    let again = data(&aws.endpoint, "runJob", json!({ "name": "nightly", "idempotencyKey": "k" }));
    assert_eq!((&again["JobRunId"], &again["Reused"]), (&done["JobRunId"], &json!(true)));
}

#[test]
fn every_end_gets_its_verdict() {
    for (state, verdict) in [
        ("SUCCEEDED", Some(true)),
        ("STOPPED", Some(false)),
        ("FAILED", Some(false)),
        ("TIMEOUT", Some(false)),
        ("ERROR", Some(false)),
        ("EXPIRED", Some(false)),
        ("STARTING", None),
        ("RUNNING", None),
        ("STOPPING", None),
        ("WAITING", None),
        ("A_STATE_OF_TOMORROW", None),
    ] {
        let stub = Stub::start([Answer::Ok(json!({ "JobRun": run("jr_1", state) }))]);
        let input = json!({ "name": "nightly", "runId": "jr_1", "timeoutSeconds": 1 });
        let reply = invoke(&request(&stub.endpoint, "waitForJobRun", input.clone())).reply;
        match verdict {
            Some(true) => assert_eq!((&reply["data"]["Done"], &reply["data"]["State"]), (&json!(true), &json!(state))),
            None => {
                assert_eq!(
                    (&reply["data"]["Done"], &reply["data"]["Marker"], &reply["data"]["State"]),
                    (&json!(false), &json!("jr_1"), &json!(state)),
                    "{reply}"
                );
            }
            Some(false) => {
                let failed = &reply["error"];
                assert_eq!(
                    (&failed["kind"], &failed["effect"], &failed["retryable"]),
                    (&json!("jobFailed"), &json!("none"), &json!(false)),
                    "{reply}"
                );
                assert_eq!(failed["message"], format!("The job run jr_1 ended {state}: Out of memory."));
                assert_eq!(failed["details"]["JobRun"]["JobRunState"], state);
                assert_eq!(failed["details"]["JobRun"]["Arguments"], json!({ "--db_password": "***", "--day": "1" }));
                let mut input = input;
                input["failOnUnsuccessful"] = json!("false");
                let allowed = data(&stub.endpoint, "waitForJobRun", input);
                assert_eq!((&allowed["Done"], &allowed["State"]), (&json!(true), &json!(state)));
            }
        }
    }
}

#[test]
fn a_wait_that_ends_at_its_time_is_taken_up_elsewhere() {
    let mut aws = Emulator::start();
    aws.create_job("nightly", 1);
    aws.slow_down(1_000_000);
    let started = Instant::now();
    let first = data(&aws.endpoint, "runJob", json!({ "name": "nightly", "timeoutSeconds": 1, "pollSeconds": 1 }));
    assert!(started.elapsed() < Duration::from_secs(4));
    assert_eq!((&first["Done"], &first["State"]), (&json!(false), &json!("STARTING")), "{first}");
    aws.slow_down(0);
    let second =
        data(&aws.endpoint, "runJob", json!({ "name": "nightly", "pollSeconds": 1, "marker": first["Marker"] }));
    assert_eq!((&second["Done"], &second["JobRunId"]), (&json!(true), &first["Marker"]));
    assert_eq!(
        aws.boto3("glue", "GetJobRuns", json!({ "JobName": "nightly" }))["JobRuns"].as_array().map(Vec::len),
        Some(1)
    );

    // The request's own deadline is the end of the wait, too, and no failure.
    aws.slow_down(1_000_000);
    let mut call = request(&aws.endpoint, "runJob", json!({ "name": "nightly" }));
    call["timeoutMs"] = json!(1500);
    let reply = invoke(&call).reply;
    assert_eq!(reply["data"]["Done"], false, "{reply}");
}

#[test]
fn a_run_that_is_not_over_in_time_or_is_cancelled_is_stopped_where_wanted() {
    let mut aws = Emulator::start();
    aws.create_job("nightly", 10);
    aws.slow_down(1_000_000);
    let timed_out =
        data(&aws.endpoint, "runJob", json!({ "name": "nightly", "timeoutSeconds": 1, "stopOnTimeout": true }));
    assert_eq!((&timed_out["Done"], &timed_out["Stopped"]), (&json!(false), &json!(true)), "{timed_out}");
    let state = |aws: &mut Emulator, run: &Value| {
        aws.boto3("glue", "GetJobRun", json!({ "JobName": "nightly", "RunId": run }))["JobRun"]["JobRunState"].clone()
    };
    assert_eq!(state(&mut aws, &timed_out["JobRunId"]), "STOPPING");

    for stop in [true, false] {
        let mut stream = Stream::start(&[]);
        let mut call = request(&aws.endpoint, "runJob", json!({ "name": "nightly", "stopOnCancel": stop }));
        call["id"] = json!("run");
        stream.send(&call);
        std::thread::sleep(Duration::from_millis(1500));
        stream.send(&json!({ "cancel": "run" }));
        let replies = [stream.receive().expect("a reply"), stream.receive().expect("a reply")];
        let cancelled = replies.iter().find(|reply| reply["id"] == "run").expect("its reply");
        assert_eq!(
            (&cancelled["error"]["kind"], &cancelled["error"]["effect"]),
            (&json!("cancelled"), &json!("applied")),
            "{cancelled}"
        );
        let run = &cancelled["error"]["details"]["JobRunId"];
        assert_eq!(state(&mut aws, run), if stop { "STOPPING" } else { "STARTING" });
        stream.finish();
    }
}

#[test]
fn a_failed_look_never_changes_the_verdict() {
    let mut aws = Emulator::start();
    aws.create_job("nightly", 1);
    aws.slow_down(1);
    let proxy = Proxy::start(&aws.endpoint, |asked, before| {
        let faults = [
            Fault::None,
            Fault::FailAfter,
            Fault::ResetAfter,
            Fault::PageAfter,
            Fault::FailBefore,
            Fault::CutJson,
            Fault::Throttled,
            Fault::FailAfter,
        ];
        if asked.starts_with("GetJobRun") { faults[before % faults.len()] } else { Fault::None }
    });
    let done = data(&proxy.endpoint, "runJob", json!({ "name": "nightly", "pollSeconds": 1 }));
    assert_eq!((&done["Done"], &done["State"]), (&json!(true), &json!("SUCCEEDED")));
}

#[test]
fn what_there_is_none_of_is_not_waited_for() {
    let mut aws = Emulator::start();
    aws.create_job("nightly", 1);
    let missing = error(&aws.endpoint, "waitForJobRun", json!({ "name": "nightly", "runId": "jr_none" }));
    assert_eq!(missing["kind"], "notFound");
}

#[test]
fn a_thousand_waits_look_together() {
    const RUNS: usize = 1000;
    let begun = Mutex::new(None);
    let stub = Stub::serve(move |request| {
        let begun = *begun.lock().expect("unpoisoned").get_or_insert_with(Instant::now);
        let state = if begun.elapsed() < Duration::from_secs(4) { "RUNNING" } else { "SUCCEEDED" };
        let body = request.json();
        Answer::Ok(if request.operation == "GetJobRun" {
            json!({ "JobRun": run(body["RunId"].as_str().expect("an ID"), state) })
        } else {
            let first: usize = body["NextToken"].as_str().map_or(0, |token| token.parse().expect("a number"));
            let next = first + 200;
            let runs: Vec<Value> = (first..next).map(|number| run(&format!("jr_{number}"), state)).collect();
            json!({ "JobRuns": runs, "NextToken": if next < RUNS { json!(next.to_string()) } else { Value::Null } })
        })
    });
    // Waits leave their places to others, so a few are enough.
    let mut stream = Stream::start(&["--concurrency", "4"]);
    for number in 0..RUNS {
        let mut call = request(
            &stub.endpoint,
            "waitForJobRun",
            json!({ "name": "nightly", "runId": format!("jr_{number}"), "pollSeconds": 1 }),
        );
        call["id"] = json!(number);
        stream.send(&call);
    }
    let mut ended = HashSet::new();
    while ended.len() < RUNS {
        let reply = stream.receive().expect("a reply");
        assert_eq!(reply["data"]["State"], "SUCCEEDED", "{reply}");
        ended.insert(reply["id"].as_u64());
    }
    let peak = stream.peak_kib();
    stream.finish();
    let operations = stub.operations();
    let single = operations.iter().filter(|operation| *operation == "GetJobRun").count();
    // Five pages a round, a round a second; alone, the waits would have sent five thousand requests.
    assert!(operations.len() < 60 && single < 20, "{} requests, {single} of them for one run", operations.len());
    assert!(peak < 64 * 1024, "{peak} kB");
}

#[test]
fn a_crawler_is_run_to_the_end_of_its_own_crawl() {
    let mut aws = Emulator::start();
    aws.boto3(
        "glue",
        "CreateCrawler",
        json!({ "Name": "orders", "Role": "r", "DatabaseName": "d", "Targets": { "S3Targets": [{ "Path": "s3://x" }] } }),
    );
    aws.slow_down(2);
    let done = data(&aws.endpoint, "runCrawler", json!({ "name": "orders", "pollSeconds": 1 }));
    assert_eq!((&done["Done"], &done["State"]), (&json!(true), &json!("COMPLETED")), "{done}");
    let same = data(&aws.endpoint, "waitForCrawler", json!({ "name": "orders" }));
    assert_eq!(same["Crawl"]["CrawlId"], done["Crawl"]["CrawlId"]);

    let failed = json!({ "Crawls": [{ "CrawlId": "c", "State": "FAILED", "StartTime": 4_070_908_800_u64, "ErrorMessage": "No such bucket" }] });
    let stub = Stub::serve(move |request| {
        Answer::Ok(if request.operation == "ListCrawls" { failed.clone() } else { json!({}) })
    });
    let failure = error(&stub.endpoint, "runCrawler", json!({ "name": "orders" }));
    assert_eq!((&failure["kind"], &failure["effect"]), (&json!("jobFailed"), &json!("applied")));
    assert_eq!(failure["message"], "The crawl of orders ended FAILED: No such bucket.");
}

#[test]
fn a_run_that_aws_shows_late_is_waited_for() {
    let looks = std::sync::atomic::AtomicUsize::new(0);
    let stub = Stub::serve(move |request| match request.operation.as_str() {
        "StartJobRun" => Answer::Ok(json!({ "JobRunId": "jr_1" })),
        _ if request.json()["RunId"] == "jr_typo"
            || looks.fetch_add(1, std::sync::atomic::Ordering::SeqCst) % 4 < 3 =>
        {
            Answer::Error(400, "EntityNotFoundException", "no such run".to_owned())
        }
        _ => Answer::Ok(json!({ "JobRun": run("jr_1", "SUCCEEDED") })),
    });
    let done = data(&stub.endpoint, "runJob", json!({ "name": "nightly", "pollSeconds": 1 }));
    assert_eq!((&done["Done"], &done["JobRunId"]), (&json!(true), &json!("jr_1")));

    let mut stream = Stream::start(&[]);
    stream.send(&request(&stub.endpoint, "startJobRun", json!({ "name": "nightly" })));
    assert_eq!(stream.receive().expect("a reply")["data"]["JobRunId"], "jr_1");
    let began = Instant::now();
    stream.send(&request(&stub.endpoint, "waitForJobRun", json!({ "name": "nightly", "runId": "jr_typo" })));
    assert_eq!(stream.receive().expect("a reply")["error"]["kind"], "notFound");
    assert!(began.elapsed() < Duration::from_secs(5), "a typing error: {:?}", began.elapsed());
    stream.send(&request(
        &stub.endpoint,
        "waitForJobRun",
        json!({ "name": "nightly", "runId": "jr_1", "pollSeconds": 1 }),
    ));
    assert_eq!(stream.receive().expect("a reply")["data"]["Done"], true);
    stream.finish();
}

#[test]
fn every_error_after_a_start_names_the_run() {
    let refused = || Answer::Error(400, "AccessDeniedException", "no".to_owned());
    for (answer, kind) in
        [(Answer::Ok(json!({ "JobRun": run("jr_1", "FAILED") })), "jobFailed"), (refused(), "accessDenied")]
    {
        let stub = Stub::serve(move |request| match request.operation.as_str() {
            "StartJobRun" => Answer::Ok(json!({ "JobRunId": "jr_1" })),
            _ => answer.clone(),
        });
        let failed = error(&stub.endpoint, "runJob", json!({ "name": "nightly" }));
        assert_eq!(
            (&failed["kind"], &failed["effect"], &failed["details"]["JobRunId"]),
            (&json!(kind), &json!("applied"), &json!("jr_1")),
            "{failed}"
        );
        assert_eq!(failed["details"]["JobRun"].is_object(), kind == "jobFailed");
    }
}

#[test]
fn a_run_that_another_request_started_is_stopped_only_where_that_is_wanted() {
    let mut aws = Emulator::start();
    aws.create_job("nightly", 10);
    aws.slow_down(1_000_000);
    let at = aws.endpoint.clone();
    let first = data(&at, "startJobRun", json!({ "name": "nightly", "idempotencyKey": "k" }))["JobRunId"].clone();
    for input in [json!({ "whenRunning": "join" }), json!({ "idempotencyKey": "k" }), json!({ "marker": first })] {
        let mut input = input;
        (input["name"], input["timeoutSeconds"], input["stopOnTimeout"]) = (json!("nightly"), json!(1), json!(true));
        let waited = data(&at, "runJob", input);
        assert_eq!((&waited["JobRunId"], &waited["Done"], &waited["Stopped"]), (&first, &json!(false), &json!(false)));
    }
    let state = |aws: &mut Emulator| {
        aws.boto3("glue", "GetJobRun", json!({ "JobName": "nightly", "RunId": first }))["JobRun"]["JobRunState"].clone()
    };
    assert_eq!(state(&mut aws), "STARTING");
    let input =
        json!({ "name": "nightly", "marker": first, "timeoutSeconds": 1, "stopOnTimeout": true, "stopJoined": true });
    assert_eq!(data(&at, "runJob", input)["Stopped"], true);
    assert_eq!(state(&mut aws), "STOPPING");
}
