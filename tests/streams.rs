//! Streams under load: slots, memory, deadlines and standard streams when some requests or the host are slow.

use std::collections::HashSet;
use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::program::{Stream, request};
use crate::support::stub::{Answer, Stub};

/// A server that does not answer for as long as a test takes.
fn hanging() -> Stub {
    Stub::start([Answer::After(Duration::from_mins(2), Box::new(Answer::Hangup))])
}

fn fast() -> Stub {
    Stub::start([Answer::Ok(json!({ "JobNames": ["a"] }))])
}

/// A server whose answers to `ListJobs` have a megabyte. The job `slow` takes some time.
fn large() -> Stub {
    let names = json!({ "JobNames": vec!["x".repeat(1 << 16); 16] }).to_string();
    Stub::serve(move |request| match request.operation.as_str() {
        "ListJobs" => Answer::Raw(200, names.clone()),
        _ => Answer::After(Duration::from_secs(8), Box::new(Answer::Ok(json!({})))),
    })
}

fn with_id(id: impl Into<Value>, mut request: Value) -> Value {
    request["id"] = id.into();
    request
}

/// The same with time enough for a slow machine.
fn patient(mut request: Value) -> Value {
    request["timeoutMs"] = json!(300_000);
    request
}

/// A wait for a run that does not end.
fn wait(endpoint: &str, id: u64) -> Value {
    let input = json!({ "name": "nightly", "runId": "jr_1", "timeoutSeconds": 3600, "pollSeconds": 3600 });
    with_id(id, request(endpoint, "waitForJobRun", input))
}

fn running() -> Stub {
    let run = json!({ "Id": "jr_1", "JobName": "nightly", "JobRunState": "RUNNING" });
    Stub::start([Answer::Ok(json!({ "JobRun": run, "JobRuns": [run] }))])
}

#[test]
fn cancel_is_read_behind_any_number_of_waits() {
    const WAITS: u64 = 20_000;
    let stub = running();
    let mut stream = Stream::start(&["--concurrency", "2"]);
    stream.send(&wait(&stub.endpoint, 0));
    stub.wait_for(1);
    let before = stream.rss_kib();
    for id in 1..WAITS {
        stream.send(&wait(&stub.endpoint, id));
    }
    stream.send(&json!({ "id": "one", "cancel": 7777 }));
    let mut replies = [stream.receive().expect("a reply"), stream.receive().expect("a reply")];
    replies.sort_by_key(|reply| reply["id"].to_string());
    assert_eq!((&replies[0]["id"], &replies[0]["data"]["Cancelled"]), (&json!("one"), &json!(true)), "{replies:?}");
    assert_eq!((&replies[1]["id"], &replies[1]["error"]["kind"]), (&json!(7777), &json!("cancelled")), "{replies:?}");
    let each = (stream.rss_kib() - before) * 1024 / WAITS;
    assert!(each < 16 * 1024, "{each} bytes a wait");
    let mut input = stream.take_input();
    let canceller = thread::spawn(move || {
        for id in 0..WAITS {
            writeln!(input, r#"{{"cancel":{id}}}"#).expect("the stream listens");
        }
        input
    });
    let mut ended = HashSet::new();
    while (ended.len() as u64) < WAITS - 1 {
        let reply = stream.receive().expect("a reply");
        if let Some(id) = reply["id"].as_u64() {
            assert_eq!(reply["error"]["kind"], "cancelled");
            ended.insert(id);
        }
    }
    drop(canceller.join().expect("written"));
    stream.finish();
}

#[test]
fn requests_beyond_what_may_wait_are_refused_at_once() {
    let stub = running();
    for (flag, connection) in [("--max-waiting", false), ("--max-waiting-per-connection", true)] {
        let mut stream = Stream::start(&[flag, "3"]);
        for id in 0..4 {
            stream.send(&wait(&stub.endpoint, id));
        }
        let refused = stream.receive().expect("a reply");
        let error = &refused["error"];
        assert_eq!(
            (&refused["id"], &error["kind"], &error["effect"], &error["retryable"]),
            (&json!(3), &json!("limitExceeded"), &json!("none"), &json!(true))
        );
        let message = error["message"].as_str().expect("text");
        assert!(message.contains(&format!("{flag} ")) && message.starts_with("3 requests"), "{message}");
        let mut other = request(&fast().endpoint, "listJobs", json!({}));
        other["connection"]["fields"]["region"] = json!("eu-west-1");
        stream.send(&with_id("other", other));
        let other = stream.receive().expect("a reply");
        assert_eq!((&other["id"], &other["error"]["kind"] == "limitExceeded"), (&json!("other"), !connection));
        stream.send(&json!({ "cancel": 0 }));
        (0..2).for_each(|_| drop(stream.receive()));
        stream.send(&wait(&stub.endpoint, 5));
        stream.send(&json!({ "id": "end", "cancel": 5 }));
        let replies = [stream.receive().expect("a reply"), stream.receive().expect("a reply")];
        assert!(replies.iter().all(|reply| reply["error"]["kind"] != "limitExceeded"), "{replies:?}");
        stream.terminate();
    }
}

#[test]
fn a_request_that_queues_past_its_deadline_is_answered_at_its_deadline() {
    let stub = hanging();
    let mut stream = Stream::start(&["--concurrency", "1", "--grace", "0"]);
    stream.send(&with_id("running", request(&stub.endpoint, "startCrawler", json!({ "name": "c" }))));
    stub.wait_for(1);
    let mut queued = with_id("queued", request(&stub.endpoint, "startCrawler", json!({ "name": "c" })));
    queued["timeoutMs"] = json!(500);
    let started = Instant::now();
    stream.send(&queued);
    let reply = stream.receive().expect("a reply");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    let error = &reply["error"];
    assert_eq!(
        (&reply["id"], &error["kind"], &error["effect"], &error["retryable"]),
        (&json!("queued"), &json!("timeout"), &json!("none"), &json!(true)),
        "{reply}"
    );
    assert_eq!(reply["meta"]["attempts"], 0);
    stream.terminate();
    assert_eq!(stream.finish().1, 0);
    assert_eq!(stub.requests().len(), 1);
}

#[test]
fn a_connection_that_hangs_leaves_others_their_share() {
    let (stuck, quick) = (hanging(), fast());
    let mut stream = Stream::start(&["--concurrency", "8", "--grace", "0"]);
    for id in 0..200 {
        stream.send(&with_id(id, request(&stuck.endpoint, "listJobs", json!({}))));
    }
    stuck.wait_for(8);
    for id in 1000..1050 {
        let started = Instant::now();
        stream.send(&with_id(id, request(&quick.endpoint, "listJobs", json!({}))));
        let reply = stream.receive().expect("a reply");
        assert_eq!((&reply["id"], &reply["ok"]), (&json!(id), &json!(true)), "{reply}");
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    }
    assert_eq!(stuck.requests().len(), 8, "no more than there are slots");
    stream.terminate();
    stream.finish();
}

#[test]
fn starts_that_wait_for_a_job_do_not_block_its_stop() {
    let stub = Stub::serve(|request| match request.operation.as_str() {
        "StartJobRun" => Answer::Error(400, "ConcurrentRunsExceededException", "Concurrent runs exceeded".to_owned()),
        "BatchStopJobRun" => {
            Answer::Ok(json!({ "SuccessfulSubmissions": [{ "JobName": "nightly", "JobRunId": "jr_1" }], "Errors": [] }))
        }
        _ => Answer::Ok(json!({ "JobRuns": [], "JobRun": { "Id": "jr_1", "JobRunState": "STOPPED" } })),
    });
    let mut stream = Stream::start(&["--concurrency", "1", "--grace", "0"]);
    for id in 0..2 {
        let input = json!({ "name": "nightly", "whenRunning": "wait" });
        stream.send(&with_id(id, request(&stub.endpoint, "startJobRun", input)));
    }
    stub.wait_for(2);
    let stop = request(&stub.endpoint, "stopJobRun", json!({ "name": "nightly", "jobRunIds": ["jr_1"] }));
    stream.send(&with_id("stop", stop));
    let reply = stream.receive().expect("a reply");
    assert_eq!((&reply["id"], &reply["ok"]), (&json!("stop"), &json!(true)), "{reply}");
    stream.terminate();
    stream.finish();
}

#[test]
fn replies_that_wait_for_their_turn_count_as_memory() {
    const REPLIES: u64 = 250;
    let stub = large();
    let mut stream = Stream::start(&["--ordered", "--concurrency", "16"]);
    stream.send(&with_id(0, request(&stub.endpoint, "startTrigger", json!({ "name": "slow" }))));
    stub.wait_for(1);
    let mut input = stream.take_input();
    let endpoint = stub.endpoint.clone();
    let writer = thread::spawn(move || {
        for id in 1..=REPLIES {
            let list = with_id(id, patient(request(&endpoint, "listJobs", json!({}))));
            writeln!(input, "{list}").expect("the stream listens");
        }
        input
    });
    for id in 0..=REPLIES {
        let reply = stream.receive().expect("a reply");
        assert_eq!((&reply["id"], &reply["ok"]), (&json!(id), &json!(true)), "{:.500}", reply["error"].to_string());
    }
    let peak = stream.peak_kib();
    assert!(peak < 160 * 1024, "{peak} KiB");
    drop(writer.join().expect("written"));
    stream.finish();
}

#[test]
fn replies_that_a_host_does_not_read_count_as_memory() {
    const REPLIES: usize = 250;
    let stub = large();
    let mut stream = Stream::start(&["--concurrency", "16"]);
    for id in 0..REPLIES {
        stream.send(&with_id(id, patient(request(&stub.endpoint, "listJobs", json!({})))));
    }
    thread::sleep(Duration::from_secs(8));
    let peak = stream.peak_kib();
    assert!(peak < 160 * 1024, "{peak} KiB");
    assert!(stub.requests().len() < REPLIES, "requests are held back");
    let ids = (0..REPLIES).map(|_| stream.receive().expect("a reply")["id"].as_u64()).collect::<HashSet<_>>();
    assert_eq!(ids.len(), REPLIES);
    stream.finish();
}

#[test]
fn a_host_that_does_not_read_does_not_keep_the_process_from_its_end() {
    let stub = large();
    for ordered in [&["--grace", "1"][..], &["--grace", "1", "--ordered"]] {
        let mut stream = Stream::start(ordered);
        for id in 0..20 {
            stream.send(&with_id(id, request(&stub.endpoint, "listJobs", json!({}))));
        }
        thread::sleep(Duration::from_secs(2));
        let started = Instant::now();
        stream.terminate();
        let status = loop {
            if let Some(status) = stream.process.try_wait().expect("a process") {
                break status;
            }
            assert!(started.elapsed() < Duration::from_secs(15), "it goes on");
            thread::sleep(Duration::from_millis(20));
        };
        assert_eq!(status.code(), Some(0));
    }
}

#[cfg(all(unix, not(feature = "portable-io")))]
#[test]
fn standard_streams_that_do_not_block_are_waited_for() {
    use std::io::{BufRead, BufReader};

    use crate::support::program::command;

    const REPLIES: usize = 500;
    let (requests, mut host_in) = std::io::pipe().expect("a pipe");
    let (host_out, replies) = std::io::pipe().expect("a pipe");
    rustix::io::ioctl_fionbio(&requests, true).expect("a pipe");
    rustix::io::ioctl_fionbio(&replies, true).expect("a pipe");
    let mut process = command().arg("stream").stdin(requests).stdout(replies).spawn().expect("the binary starts");
    // Empty at first.
    thread::sleep(Duration::from_millis(300));
    for id in 0..REPLIES {
        writeln!(host_in, r#"{{"id":{id},"dataSource":"regions"}}"#).expect("the stream listens");
    }
    thread::sleep(Duration::from_millis(300));
    writeln!(host_in, r#"{{"id":{REPLIES},"dataSource":"regions"}}"#).expect("the stream listens");
    drop(host_in);
    // Full by now.
    thread::sleep(Duration::from_secs(2));
    let lines = BufReader::new(host_out).lines();
    let ids = lines.map(|line| {
        let reply: Value = serde_json::from_str(&line.expect("UTF-8")).expect("a whole reply");
        assert!(reply["ok"] == true);
        reply["id"].as_u64()
    });
    assert_eq!(ids.collect::<HashSet<_>>().len(), REPLIES + 1);
    assert_eq!(process.wait().expect("an end").code(), Some(0));
}
