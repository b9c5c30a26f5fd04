//! What the host hears when AWS's answers are lost, late, cut or wrong: never a wrong effect, never a second run.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use glue_connector::entry::Entry;
use glue_connector::registry::{ACTIONS, action};
use glue_runtime::Access;
use serde_json::{Value, json};

use crate::support::emulator::Emulator;
use crate::support::program::{Stream, command, data, invoke, invoke_text, request};
use crate::support::proxy::{Fault, Proxy};
use crate::support::stub::{Answer, Stub};

/// Something of the emulator's for one action to work on, made as the action's example says, or, for one that only reads,
/// a server that answers as the example does.
struct Subject {
    operation: String,
    input: Value,
    /// The request that tells whether the change was made.
    changed: Value,
    backend: Backend,
}

enum Backend {
    Emulator(String),
    Stub(Stub),
}

impl Subject {
    /// Makes what the action needs, under a name of its own.
    fn make(aws: &Mutex<Emulator>, entry: &Entry, name: &str) -> Self {
        let key = entry.meta().key;
        let mut example = entry.example().unwrap_or_else(|problem| panic!("{key}'s example: {problem}"));
        let emulator = example["emulator"].take();
        let any = if emulator.is_object() { &emulator } else { &example };
        let named = || any["input"]["operation"].as_str().expect("an operation");
        let operation = entry.meta().operation.unwrap_or_else(named).to_owned();
        let Value::Object(emulator) = emulator else {
            assert_eq!(entry.meta().access, Access::Reads, "{key} changes something: its example needs an `emulator`");
            return Self::from_exchanges(operation, example);
        };
        let mut aws = aws.lock().expect("unpoisoned");
        let mut text = Value::Object(emulator).to_string().replace("$NAME", name);
        for step in 0.. {
            let script: Value = serde_json::from_str(&text).expect("JSON");
            let Some(call) = script["before"].get(step) else { break };
            let made = aws.boto3("glue", call["operation"].as_str().expect("an operation"), call["parameters"].clone());
            for (placeholder, pointer) in call["keep"].as_object().into_iter().flatten() {
                let kept = made.pointer(pointer.as_str().expect("a pointer")).and_then(Value::as_str).expect("text");
                text = text.replace(placeholder.as_str(), kept);
            }
        }
        let mut script: Value = serde_json::from_str(&text).expect("JSON");
        let (input, changed) = (script["input"].take(), script["changed"].take());
        Self { operation, input, changed, backend: Backend::Emulator(aws.endpoint.clone()) }
    }

    /// A server that answers each operation of the example's exchanges in their order, and refuses all others.
    fn from_exchanges(operation: String, mut example: Value) -> Self {
        let exchanges = example["exchanges"].as_array().expect("exchanges").clone();
        let asked = Mutex::new(HashMap::<String, usize>::new());
        let stub = Stub::serve(move |request| {
            let answers = exchanges.iter().filter(|exchange| exchange["operation"] == request.operation.as_str());
            let answers: Vec<_> = answers.map(|exchange| exchange["response"].clone()).collect();
            let mut asked = asked.lock().expect("unpoisoned");
            let place = asked.entry(request.operation.clone()).or_default();
            *place += 1;
            let answer = answers.get((*place - 1).min(answers.len().saturating_sub(1))).cloned();
            let refused = || Answer::Error(400, "InvalidInputException", "no such exchange".to_owned());
            answer.map_or_else(refused, Answer::Ok)
        });
        Self { operation, input: example["input"].take(), changed: Value::Null, backend: Backend::Stub(stub) }
    }

    fn endpoint(&self) -> &str {
        match &self.backend {
            Backend::Emulator(endpoint) => endpoint,
            Backend::Stub(stub) => &stub.endpoint,
        }
    }

    /// True when the change was made, as the emulator has it.
    fn was_changed(&self, aws: &Mutex<Emulator>) -> bool {
        let Some(operation) = self.changed["operation"].as_str() else { return false };
        let found = aws.lock().expect("unpoisoned").boto3("glue", operation, self.changed["parameters"].clone());
        let found = found.pointer(self.changed["pointer"].as_str().expect("a pointer")).unwrap_or(&Value::Null);
        match self.changed["has"].as_object() {
            Some(members) => {
                let matches = |item: &Value| members.iter().all(|(name, value)| item[name] == *value);
                found.as_array().expect("a list").iter().any(matches)
            }
            None => *found == self.changed["is"],
        }
    }
}

/// Actions whose faults are tried at the same time: most of it is waiting.
const AT_ONCE: usize = 8;

#[test]
fn every_action_tells_the_truth_under_every_fault() {
    let mut aws = Emulator::start();
    aws.slow_down(1_000_000);
    let aws = Mutex::new(aws);
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(entry) = ACTIONS.get(next.fetch_add(1, Ordering::SeqCst)) {
                    tells_the_truth_under_every_fault(&aws, entry);
                }
            });
        }
    });
}

fn tells_the_truth_under_every_fault(aws: &Mutex<Emulator>, entry: &Entry) {
    let (key, changes) = (entry.meta().key, entry.meta().access != Access::Reads);
    let reconciled = entry.example().expect("an example")["emulator"]["reconciled"] == true;
    let mut succeeded = HashSet::new();
    for fault in Fault::ALL {
        let subject = Subject::make(aws, entry, &format!("{key}-{fault:?}"));
        let operation = subject.operation.clone();
        let proxy =
            Proxy::start(
                subject.endpoint(),
                move |asked, before| {
                    if asked == operation && before == 0 { fault } else { Fault::None }
                },
            );
        let mut call = request(&proxy.endpoint, key, subject.input.clone());
        call["timeoutMs"] = json!(if matches!(fault, Fault::LateAfter | Fault::Drip) { 1500 } else { 20_000 });

        let reply = invoke(&call).reply;

        let what = format!("{key} under {fault:?}: {reply}");
        let made = subject.was_changed(aws);
        if changes {
            let operation = &subject.operation;
            assert!(proxy.carried_out(operation) <= 1, "{what}: it was carried out twice");
        }
        if reply["ok"] == true {
            assert_eq!(made, changes, "{what}");
            succeeded.insert(fault);
        } else {
            match reply["error"]["effect"].as_str() {
                Some("none") => assert!(!made, "{what}: but it was made"),
                _ if reconciled && matches!(fault, Fault::ResetBefore | Fault::FailBefore) => {
                    panic!("{what}: there was time to see that it was not made")
                }
                Some("applied") => assert!(made, "{what}: but it was not made"),
                Some("unknown") => assert!(changes && reply["error"]["retryable"] == false, "{what}"),
                other => panic!("{what}: effect {other:?}"),
            }
        }
    }
    // Not merely never wrong: what can be told is told, and what can be retried is retried.
    let expected: &[Fault] = if reconciled {
        &[
            Fault::ResetAfter,
            Fault::CloseAfter,
            Fault::FailAfter,
            Fault::PageAfter,
            Fault::CutBody,
            Fault::CutJson,
            Fault::OkPage,
            Fault::Huge,
        ]
    } else if changes || entry.waits() {
        &[]
    } else {
        &[
            Fault::ResetAfter,
            Fault::CloseAfter,
            Fault::FailAfter,
            Fault::CutBody,
            Fault::CutJson,
            Fault::ResetBefore,
            Fault::Throttled,
        ]
    };
    for fault in expected {
        assert!(succeeded.contains(fault), "{key} under {fault:?} was neither reconciled nor retried");
    }
}

#[test]
fn a_crawl_of_somebody_else_is_not_claimed() {
    let mut aws = Emulator::start();
    aws.slow_down(1_000_000);
    let aws = Mutex::new(aws);
    let entry = action("startCrawler").expect("an action");
    let subject = Subject::make(&aws, entry, "busy");
    let mut aws = aws.into_inner().expect("unpoisoned");
    aws.boto3("glue", "StartCrawler", json!({ "Name": "busy" }));
    std::thread::sleep(Duration::from_millis(2500));
    let proxy =
        Proxy::start(&aws.endpoint, |asked, _| if asked == "StartCrawler" { Fault::ResetAfter } else { Fault::None });
    let reply = invoke(&request(&proxy.endpoint, "startCrawler", subject.input.clone())).reply;
    assert_eq!((&reply["ok"], &reply["error"]["effect"]), (&json!(false), &json!("none")), "{reply}");
}

#[test]
fn a_trigger_that_fires_on_demand_cannot_be_settled() {
    let mut aws = Emulator::start();
    aws.boto3("glue", "CreateTrigger", json!({ "Name": "now", "Type": "ON_DEMAND", "Actions": [{ "JobName": "j" }] }));
    let proxy =
        Proxy::start(&aws.endpoint, |asked, _| if asked == "StartTrigger" { Fault::CloseAfter } else { Fault::None });
    let reply = invoke(&request(&proxy.endpoint, "startTrigger", json!({ "name": "now" }))).reply;
    assert_eq!(
        (&reply["error"]["effect"], &reply["error"]["retryable"]),
        (&json!("unknown"), &json!(false)),
        "{reply}"
    );
}

#[test]
fn a_hundred_mebibytes_are_not_held() {
    let aws = Emulator::start();
    for fault in [Fault::Huge, Fault::ChunkedHuge] {
        let proxy = Proxy::start(&aws.endpoint, move |_, _| fault);
        let mut stream = Stream::start(&[]);
        stream.send(&request(&proxy.endpoint, "listJobs", json!({})));
        let reply = stream.receive().expect("a reply");
        assert_eq!(
            (&reply["error"]["kind"], &reply["error"]["retryable"]),
            (&json!("badResponse"), &json!(false)),
            "{reply}"
        );
        assert!(reply["error"]["message"].as_str().expect("a message").contains("--max-answer-mib"), "{reply}");
        let peak = stream.peak_kib();
        assert!(peak < 100 * 1024, "{fault:?}: {peak} kB");
        stream.finish();
    }
    let stub = Stub::start([Answer::Ok(json!({ "JobNames": ["x".repeat(2 << 20)] }))]);
    let small = invoke_text(
        command().args(["invoke", "--max-answer-mib", "1"]),
        request(&stub.endpoint, "listJobs", json!({})).to_string().as_bytes(),
    );
    assert_eq!(small.reply["error"]["kind"], "badResponse");
    assert_eq!(data(&stub.endpoint, "listJobs", json!({}))["JobNames"][0].as_str().map(str::len), Some(2 << 20));
}

#[test]
fn throttling_slows_down_all_requests_of_an_account() {
    let throttled = || Answer::Error(400, "ThrottlingException", "Rate exceeded".to_owned());
    let stub = Stub::start((0..3).map(|_| throttled()).chain([Answer::Ok(json!({ "JobNames": [] }))]));
    let mut stream = Stream::start(&["--concurrency", "1"]);
    let mut call = request(&stub.endpoint, "listJobs", json!({}));
    call["timeoutMs"] = json!(400);
    stream.send(&call);
    let refused = stream.receive().expect("a reply");
    assert_eq!((&refused["error"]["kind"], &refused["error"]["retryable"]), (&json!("throttled"), &json!(true)));
    assert!(refused["error"]["retryAfterMs"].as_u64().is_some_and(|wait| wait > 0));
    // The next requests of the account wait as well, however short their own history is.
    let before = stub.requests().len();
    assert_eq!(before, 2, "the third attempt would have had to wait for its turn: {refused}");
    let started = Instant::now();
    call["timeoutMs"] = json!(30_000);
    for _ in 0..3 {
        stream.send(&call);
    }
    for _ in 0..3 {
        assert_eq!(stream.receive().expect("a reply")["ok"], true);
    }
    assert!(
        started.elapsed() > Duration::from_secs(1),
        "{:?} for {} requests",
        started.elapsed(),
        stub.requests().len() - before
    );
    stream.finish();
}

#[test]
fn a_fault_never_changes_the_outcome_of_another_request() {
    let mut aws = Emulator::start();
    aws.create_job("nightly", 1);
    let faults = Fault::ALL;
    let proxy =
        Proxy::start(
            &aws.endpoint,
            move |asked, before| if asked == "ListCrawlers" { faults[before % faults.len()] } else { Fault::None },
        );
    let mut stream = Stream::start(&[]);
    for id in 0..60 {
        let action = if id % 2 == 0 { "listCrawlers" } else { "listJobs" };
        let mut call = request(&proxy.endpoint, action, json!({}));
        call["id"] = json!(id);
        call["timeoutMs"] = json!(8000);
        stream.send(&call);
    }
    let (replies, _) = stream.finish();
    assert_eq!(replies.len(), 60);
    for reply in replies.iter().filter(|reply| reply["id"].as_u64().expect("a number") % 2 == 1) {
        assert_eq!(reply["data"], json!({ "JobNames": ["nightly"] }), "{reply}");
    }
}

#[test]
fn a_host_that_stops_reading_gets_no_orphan_work() {
    let stub = Stub::start([Answer::After(Duration::from_secs(30), Box::new(Answer::Ok(json!({}))))]);
    let mut process = command().args(["stream", "--concurrency", "1"]).spawn().expect("the binary starts");
    let mut requests = process.stdin.take().expect("piped");
    for _ in 0..3 {
        use std::io::Write;
        writeln!(requests, "{}", request(&stub.endpoint, "startCrawler", json!({ "name": "c" }))).expect("writable");
    }
    stub.wait_for(1);
    let started = Instant::now();
    drop(process.stdout.take());
    let output = process.wait_with_output().expect("an end");
    assert!(started.elapsed() < Duration::from_secs(5), "it went on for {:?}", started.elapsed());
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    assert_eq!(stub.operations(), ["StartCrawler"], "what waited was begun all the same");
}
