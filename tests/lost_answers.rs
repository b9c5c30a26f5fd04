//! The check of a change whose answer was lost: what AWS does late counts, and what cannot be told is not claimed.

use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::support::program::{invoke, request};
use crate::support::stub::{Answer, Stub};

/// A stub on which `change` fails without a word, and the other operations answer by the time since then.
fn lost(change: &'static str, answer: impl Fn(&str, Option<Duration>) -> Answer + Send + Sync + 'static) -> Stub {
    let sent = Mutex::new(None);
    Stub::serve(move |request| {
        let mut sent = sent.lock().expect("unpoisoned");
        if request.operation == change {
            *sent = Some(Instant::now());
            return Answer::Hangup;
        }
        answer(&request.operation, sent.map(|at| at.elapsed()))
    })
}

fn run(stub: &Stub, action: &str, input: Value, timeout_ms: u64) -> Value {
    let mut call = request(&stub.endpoint, action, input);
    call["timeoutMs"] = json!(timeout_ms);
    invoke(&call).reply
}

fn assert_effect(reply: &Value, effect: &str) {
    assert_eq!((&reply["ok"], &reply["error"]["effect"]), (&json!(false), &json!(effect)), "{reply}");
    assert_eq!(reply["error"]["retryable"], effect == "none", "{reply}");
}

/// Seconds since 1970, this many from now.
fn from_now(seconds: i64) -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()).expect("small") + seconds
}

#[test]
fn a_change_that_aws_makes_late_is_found() {
    let stub = lost("StartTrigger", |_, since| {
        let late = since.is_some_and(|since| since > Duration::from_secs(4));
        Answer::Ok(json!({ "Trigger": { "Type": "SCHEDULED", "State": if late { "ACTIVATED" } else { "CREATED" } } }))
    });
    assert_eq!(run(&stub, "startTrigger", json!({ "name": "t" }), 20_000)["data"], json!({ "Name": "t" }));
}

#[test]
fn a_deadline_that_leaves_no_time_to_see_leaves_the_effect_unknown() {
    let created = |_: &str, _| Answer::Ok(json!({ "Trigger": { "Type": "SCHEDULED", "State": "CREATED" } }));
    let reply = run(&lost("StartTrigger", created), "startTrigger", json!({ "name": "t" }), 4000);
    assert_effect(&reply, "unknown");
    assert!(reply["error"]["message"].as_str().expect("a message").contains("cannot tell"), "{reply}");
    assert_effect(&run(&lost("StartTrigger", created), "startTrigger", json!({ "name": "t" }), 20_000), "none");
}

#[test]
fn a_connection_that_aws_validates_may_be_made_after_a_minute() {
    let none = |_: &str, _| Answer::Error(400, "EntityNotFoundException", "no".to_owned());
    let input = json!({ "name": "c", "connectionType": "CUSTOM", "connectionProperties": { "HOST": "h" } });
    assert_effect(&run(&lost("CreateConnection", none), "createConnection", input.clone(), 9000), "unknown");
    let mut unvalidated = input;
    unvalidated["validateCredentials"] = json!(false);
    assert_effect(&run(&lost("CreateConnection", none), "createConnection", unvalidated, 20_000), "none");
}

#[test]
fn a_failed_probe_is_tried_again() {
    let looks = Mutex::new(0);
    let stub = lost("StopTrigger", move |_, _| {
        let mut looks = looks.lock().expect("unpoisoned");
        *looks += 1;
        match *looks {
            // As often as a read is retried.
            ..=5 => Answer::Error(500, "InternalServiceException", "no".to_owned()),
            _ => Answer::Ok(json!({ "Trigger": { "State": "DEACTIVATED" } })),
        }
    });
    assert_eq!(run(&stub, "stopTrigger", json!({ "name": "t" }), 20_000)["ok"], true);
}

#[test]
fn the_run_of_a_workflow_is_told_from_others() {
    let ours = |id: &str| json!({ "WorkflowRunId": id, "StartedOn": from_now(1), "WorkflowRunProperties": { "day": "1", "of": "the workflow" } });
    let older = json!({ "WorkflowRunId": "wr_0", "StartedOn": from_now(-60), "WorkflowRunProperties": { "day": "1" } });
    let other = json!({ "WorkflowRunId": "wr_8", "StartedOn": from_now(1), "WorkflowRunProperties": { "day": "2" } });
    let mut event = ours("wr_9");
    event["StartingEventBatchCondition"] = json!({ "BatchSize": 1 });
    let outcomes = [
        (json!([event, other, ours("wr_1"), older]), "ok"),
        (json!([event, other, older]), "none"),
        (json!([ours("wr_1"), ours("wr_2"), older]), "unknown"),
    ];
    std::thread::scope(|scope| {
        for (runs, outcome) in outcomes {
            scope.spawn(move || {
                let stub = lost("StartWorkflowRun", move |_, _| Answer::Ok(json!({ "Runs": runs })));
                let input = json!({ "name": "w", "runProperties": { "day": "1" } });
                let reply = run(&stub, "startWorkflowRun", input, 20_000);
                if outcome == "ok" {
                    assert_eq!(reply["data"], json!({ "RunId": "wr_1" }), "{reply}");
                } else {
                    assert_effect(&reply, outcome);
                }
            });
        }
    });
}

#[test]
fn a_workflow_run_that_ended_by_itself_tells_nothing() {
    let stub = lost("StopWorkflowRun", |_, _| Answer::Ok(json!({ "Run": { "Status": "COMPLETED" } })));
    assert_effect(&run(&stub, "stopWorkflowRun", json!({ "name": "w", "runId": "wr_1" }), 20_000), "unknown");
}

#[test]
fn a_bookmark_that_went_back_was_reset() {
    let entry = |version: i64, run: i64| json!({ "JobBookmarkEntry": { "JobName": "j", "Version": version, "Run": run, "Attempt": 0 } });
    let outcomes = [(entry(5, 0), "ok"), (entry(5, 3), "ok"), (entry(5, 8), "unknown"), (entry(4, 7), "none")];
    std::thread::scope(|scope| {
        for (after, outcome) in outcomes {
            scope.spawn(move || {
                let now = after.clone();
                let stub = lost("ResetJobBookmark", move |_, since| {
                    Answer::Ok(if since.is_none() { entry(4, 7) } else { now.clone() })
                });
                let reply = run(&stub, "resetJobBookmark", json!({ "name": "j" }), 20_000);
                if outcome == "ok" {
                    assert_eq!(reply["data"], after, "{reply}");
                } else {
                    assert_effect(&reply, outcome);
                }
            });
        }
    });
    // Without permission to read it, the reset is sent all the same.
    let stub = Stub::serve(|request| match request.operation.as_str() {
        "GetJobBookmark" => Answer::Error(400, "AccessDeniedException", "no".to_owned()),
        _ => Answer::Ok(json!({})),
    });
    assert_eq!(run(&stub, "resetJobBookmark", json!({ "name": "j" }), 20_000)["ok"], true);
}

#[test]
fn a_raw_request_says_where_to_look() {
    let stub = lost("CreateFlux", |_, _| Answer::Ok(json!({})));
    let reply = run(&stub, "rawRequest", json!({ "operation": "CreateFlux" }), 20_000);
    assert_effect(&reply, "unknown");
    let message = reply["error"]["message"].as_str().expect("a message");
    assert!(message.contains("Whether CreateFlux was carried out is not known: look at"), "{message}");
}
