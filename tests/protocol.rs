//! The protocol: one reply for every request, whatever it is, and a clean end.

use std::collections::HashSet;
use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::program::{Stream, command, invoke_text, request};
use crate::support::stub::{Answer, Stub};

fn slow(milliseconds: u64) -> Answer {
    Answer::After(Duration::from_millis(milliseconds), Box::new(Answer::Ok(json!({ "JobNames": ["a"] }))))
}

#[test]
fn what_is_not_understood_gets_a_reply_and_status_2() {
    for (text, field) in [
        ("", None),
        ("nonsense", None),
        ("{\"action\":", None),
        ("[]", None),
        ("7", None),
        ("{}", None),
        (r#"{"action":"listJobs","check":true}"#, None),
        (r#"{"action":"listJob"}"#, Some("/action")),
        (r#"{"action":7}"#, Some("/action")),
        (r#"{"dataSource":"nothing"}"#, Some("/dataSource")),
        (r#"{"check":false}"#, Some("/check")),
        (r#"{"cancel":1}"#, Some("/cancel")),
        (r#"{"cancel":null}"#, Some("/cancel")),
        (r#"{"action":"listJobs","inputs":{}}"#, Some("/inputs")),
        (r#"{"action":"listJobs","input":[]}"#, Some("/input")),
        (r#"{"action":"listJobs","timeoutMs":0}"#, Some("/timeoutMs")),
        (r#"{"action":"listJobs","timeoutMs":"1"}"#, Some("/timeoutMs")),
        (r#"{"action":"listJobs","timeoutMs":1.5}"#, Some("/timeoutMs")),
        (r#"{"action":"listJobs","timeoutMs":99999999999999999999}"#, Some("/timeoutMs")),
        (r#"{"id":{},"action":"listJobs"}"#, Some("/id")),
        (r#"{"action":"listJobs"} {"action":"listJobs"}"#, None),
    ] {
        let outcome = invoke_text(command().arg("invoke"), text.as_bytes());
        assert_eq!(outcome.status, 2, "{text}: {}", outcome.stdout);
        assert_eq!(
            (outcome.reply["error"]["kind"].as_str(), outcome.reply["error"]["field"].as_str()),
            (Some("invalidRequest"), field),
            "{text}"
        );
        assert_eq!((outcome.stdout.lines().count(), outcome.stderr.as_str()), (1, ""), "{text}");
    }
    for arguments in [
        &[][..],
        &["nonsense"],
        &["stream", "--concurrency", "0"],
        &["invoke", "listJobs", "{}", "s3cret"],
        &["--s3cret"],
    ] {
        let outcome = invoke_text(command().args(arguments), b"");
        assert_eq!(
            (outcome.status, outcome.reply["error"]["kind"].as_str()),
            (2, Some("invalidRequest")),
            "{arguments:?}"
        );
        assert!(!outcome.stdout.contains("s3cret") && outcome.stderr.is_empty(), "{}", outcome.stdout);
    }
    assert_eq!(
        invoke_text(command().arg("--version"), b"").stdout,
        format!("glue-connector {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn a_request_over_16_mib_is_refused() {
    let outcome = invoke_text(
        command().arg("invoke"),
        format!(r#"{{"action":"listJobs","input":{{"marker":"{}"}}}}"#, "x".repeat(20 << 20)).as_bytes(),
    );
    assert_eq!((outcome.status, outcome.reply["error"]["kind"].as_str()), (2, Some("invalidRequest")));
    assert_eq!(outcome.reply.get("id"), None);
}

#[test]
fn the_refusal_of_a_request_over_16_mib_names_its_id() {
    let large =
        |start: &str| format!(r#"{{{start}"action":"listJobs","input":{{"id":0,"x":"{}"}}}}"#, "x".repeat(17 << 20));
    let outcome = invoke_text(command().arg("invoke"), large(r#""id":"7","#).as_bytes());
    assert_eq!((outcome.status, &outcome.reply["id"]), (2, &json!("7")));
    let mut stream = Stream::start(&["--ordered"]);
    for (start, id) in
        [(r#""id":"7","#, json!("7")), (r#""check":[{"id":1}],"id":-1.5,"#, json!(-1.5)), ("", Value::Null)]
    {
        stream.send_text(&large(start));
        stream.send_text("\n");
        let reply = stream.receive().expect("a reply");
        assert_eq!((&reply["id"], &reply["error"]["kind"]), (&id, &json!("invalidRequest")));
    }
    assert_eq!(stream.finish(), (vec![], 0));
}

#[test]
fn one_bad_line_spoils_only_its_own_reply() {
    let stub = Stub::start([Answer::Ok(json!({ "JobNames": ["a"] }))]);
    let mut stream = Stream::start(&["--ordered"]);
    let mut good = request(&stub.endpoint, "listJobs", json!({}));
    for (id, line) in
        [(1, None), (2, Some("{\"id\":2,".to_owned())), (3, None), (4, Some("x".repeat(20 << 20))), (5, None)]
    {
        good["id"] = json!(id);
        stream.send_text(&format!("{}\n\n", line.unwrap_or_else(|| good.to_string())));
    }
    let (replies, status) = stream.finish();
    let shape: Vec<_> = replies.iter().map(|reply| (reply["id"].clone(), reply["ok"].clone())).collect();
    assert_eq!(
        shape,
        [
            (json!(1), json!(true)),
            (Value::Null, json!(false)),
            (json!(3), json!(true)),
            (Value::Null, json!(false)),
            (json!(5), json!(true))
        ]
    );
    assert_eq!(status, 0);
}

#[test]
fn memory_stays_flat_under_lines_that_are_too_long() {
    let mut stream = Stream::start(&[]);
    let piece = "x".repeat(1 << 20);
    for _ in 0..200 {
        stream.send_text(&piece);
    }
    let peak = stream.peak_kib();
    assert!(peak < 100 * 1024, "{peak} kB");
    let (replies, _) = stream.finish();
    assert_eq!(replies.len(), 1);
    assert!(replies[0]["error"]["message"].as_str().is_some_and(|message| message.contains("16 MiB")));
}

#[test]
fn ids_are_echoed_as_they_were_written() {
    let mut stream = Stream::start(&["--ordered"]);
    for id in [json!("a\u{2028}\"b"), json!(18_446_744_073_709_551_615_u64), json!(-1.5), json!("")] {
        stream.send(&json!({ "id": id, "action": "none" }));
        assert_eq!(stream.receive().expect("a reply")["id"], id);
    }
    stream.finish();
}

#[test]
fn requests_overlap_and_come_back_as_they_are_ready() {
    let stub = Stub::start([slow(600), Answer::Ok(json!({ "JobNames": [] }))]);
    let mut stream = Stream::start(&[]);
    let mut call = request(&stub.endpoint, "listJobs", json!({}));
    call["id"] = json!("slow");
    stream.send(&call);
    stub.wait_for(1);
    call["id"] = json!("fast");
    stream.send(&call);
    let order: Vec<_> = stream.finish().0.into_iter().map(|reply| reply["id"].clone()).collect();
    assert_eq!(order, ["fast", "slow"]);
}

#[test]
fn ordered_replies_keep_the_order_of_the_requests() {
    let stub = Stub::start([slow(500), Answer::Ok(json!({ "JobNames": [] }))]);
    let mut stream = Stream::start(&["--ordered"]);
    for id in 0..20 {
        let mut call = request(&stub.endpoint, "listJobs", json!({}));
        call["id"] = json!(id);
        stream.send(&call);
        if id == 0 {
            stub.wait_for(1);
        }
    }
    let order: Vec<_> = stream.finish().0.into_iter().map(|reply| reply["id"].as_u64().expect("a number")).collect();
    assert_eq!(order, (0..20).collect::<Vec<_>>());
}

#[test]
fn no_reply_is_lost_at_the_end_of_input() {
    for ordered in [&["--ordered"][..], &[]] {
        for _ in 0..5 {
            let mut stream = Stream::start(ordered);
            for id in 0..500 {
                stream.send(&json!({ "id": id, "dataSource": "regions" }));
            }
            assert_eq!(stream.finish().0.len(), 500, "{ordered:?}");
        }
    }
}

#[test]
fn concurrency_is_bounded_and_everything_is_answered() {
    let stub = Stub::start([slow(100)]);
    let mut stream = Stream::start(&["--concurrency", "2"]);
    let started = Instant::now();
    for id in 0..10 {
        let mut call = request(&stub.endpoint, "listJobs", json!({}));
        call["id"] = json!(id);
        stream.send(&call);
    }
    let ids: HashSet<_> = stream.finish().0.into_iter().map(|reply| reply["id"].as_u64()).collect();
    assert_eq!(ids.len(), 10);
    assert!(started.elapsed() >= Duration::from_millis(500), "ten calls of 100 ms, two at a time");
}

#[test]
fn a_cancelled_request_says_what_is_known() {
    let stub = Stub::start([slow(20_000)]);
    let mut stream = Stream::start(&["--concurrency", "1"]);
    let mut call = request(&stub.endpoint, "startTrigger", json!({ "name": "t" }));
    call["id"] = json!("running");
    stream.send(&call);
    stub.wait_for(1);
    call["id"] = json!("waiting");
    stream.send(&call);

    stream.send(&json!({ "id": "c1", "cancel": "waiting" }));
    let mut replies = [stream.receive().expect("a reply"), stream.receive().expect("a reply")];
    replies.sort_by_key(|reply| reply["id"].to_string());
    assert_eq!(replies[0]["data"], json!({ "Cancelled": true }));
    assert_eq!((&replies[1]["error"]["kind"], &replies[1]["error"]["effect"]), (&json!("cancelled"), &json!("none")));

    stream.send(&json!({ "cancel": "running" }));
    let mut replies = [stream.receive().expect("a reply"), stream.receive().expect("a reply")];
    replies.sort_by_key(|reply| reply["id"].to_string());
    assert_eq!(
        (&replies[0]["error"]["kind"], &replies[0]["error"]["effect"]),
        (&json!("cancelled"), &json!("unknown"))
    );
    assert_eq!(replies[0]["error"]["retryable"], false);

    stream.send(&json!({ "cancel": "gone" }));
    assert_eq!(stream.receive().expect("a reply")["data"], json!({ "Cancelled": false }));
    assert_eq!(stream.finish(), (vec![], 0));
    assert_eq!(stub.requests().len(), 1);
}

#[test]
fn sigterm_lets_requests_finish_within_the_grace_time() {
    let stub = Stub::start([slow(700)]);
    let mut stream = Stream::start(&["--grace", "10"]);
    stream.send(&request(&stub.endpoint, "listJobs", json!({})));
    stub.wait_for(1);
    stream.terminate();
    assert_eq!(stream.receive().expect("a reply")["ok"], true);
    assert!(stream.receive().is_none(), "it ends although its input does not");
    assert_eq!(stream.process.wait().expect("an end").code(), Some(0));
}

#[test]
fn sigterm_cancels_what_does_not_finish_and_answers_everything() {
    let stub = Stub::start([slow(20_000)]);
    let mut stream = Stream::start(&["--grace", "1", "--concurrency", "2"]);
    for id in 0..5 {
        let mut call = request(&stub.endpoint, "startTrigger", json!({ "name": "t" }));
        call["id"] = json!(id);
        stream.send(&call);
    }
    stub.wait_for(2);
    let started = Instant::now();
    stream.terminate();
    let mut replies = Vec::new();
    while let Some(reply) = stream.receive() {
        replies.push(reply);
    }
    assert_eq!(replies.iter().map(|reply| reply["id"].as_u64()).collect::<HashSet<_>>().len(), 5);
    assert!(replies.iter().all(|reply| reply["error"]["kind"] == "cancelled"));
    assert_eq!(replies.iter().filter(|reply| reply["error"]["effect"] == "unknown").count(), 2);
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(stream.process.wait().expect("an end").code(), Some(0));
}

#[test]
fn a_host_that_goes_away_is_no_reason_to_panic() {
    let stub = Stub::start([slow(300)]);
    let Stream { mut process, .. } = {
        let mut stream = Stream::start(&[]);
        for _ in 0..5 {
            stream.send(&request(&stub.endpoint, "listJobs", json!({})));
        }
        stub.wait_for(1);
        stream
    };
    let status = process.wait().expect("an end");
    assert_eq!(status.code(), Some(0), "both ends of the pipe are closed");
}

#[test]
fn a_stream_ends_when_nobody_reads_its_replies() {
    let mut process = command().arg("stream").spawn().expect("the binary starts");
    drop(process.stdout.take());
    let mut requests = process.stdin.take().expect("piped");
    // Where the system does not tell that standard output was closed, a reply that cannot be written does.
    let _ = requests.write_all(b"{\"dataSource\":\"regions\"}\n");
    let started = Instant::now();
    while process.try_wait().expect("a process").is_none() {
        assert!(started.elapsed() < Duration::from_secs(10), "it goes on");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(process.wait().expect("an end").code(), Some(0));
    drop(requests);
}

#[test]
fn ten_thousand_requests_at_once_are_admitted_a_few_at_a_time() {
    let stub = Stub::start([Answer::Ok(json!({ "JobNames": ["a"] }))]);
    let mut stream = Stream::start(&["--concurrency", "8"]);
    let call = request(&stub.endpoint, "listJobs", json!({ "marker": "x".repeat(1000) }));
    let batch = format!("{call}\n").repeat(100);
    let mut requests = stream.take_input();
    let writer = std::thread::spawn(move || {
        (0..100).for_each(|_| requests.write_all(batch.as_bytes()).expect("the stream listens"));
    });
    for _ in 0..10_000 {
        assert_eq!(stream.receive().expect("a reply")["ok"], true);
    }
    writer.join().expect("written");
    let peak = stream.peak_kib();
    assert!(peak < 160 * 1024, "{peak} KiB");
    stream.finish();
}

#[test]
fn a_thousand_requests_in_one_process() {
    let stub = Stub::start([Answer::Ok(json!({ "JobNames": ["a"] }))]);
    let mut stream = Stream::start(&[]);
    let mut seen = HashSet::new();
    for batch in 0..10 {
        for id in 0..100 {
            let mut call = request(&stub.endpoint, "listJobs", json!({}));
            call["id"] = json!(batch * 100 + id);
            stream.send(&call);
        }
        for _ in 0..100 {
            let reply = stream.receive().expect("a reply");
            assert_eq!(reply["ok"], true, "{reply}");
            seen.insert(reply["id"].as_u64());
        }
    }
    assert_eq!(seen.len(), 1000);
    stream.finish();
}
