//! The policy flags for actions judge operations: nothing that leads to a denied one gets past them.

use std::collections::{HashMap, HashSet};

use glue_connector::entry::Entry;
use glue_connector::registry::{ACTIONS, DATA_SOURCES};
use serde_json::{Value, json};

use crate::support::program::{Stream, connection};
use crate::support::stub::{Answer, Stub};

/// The entries with the member of a request that names them.
fn entries() -> impl Iterator<Item = (&'static str, &'static Entry)> {
    let actions = ACTIONS.iter().map(|entry| ("action", entry));
    actions.chain(DATA_SOURCES.iter().map(|entry| ("dataSource", entry)))
}

/// The exchanges of an entry's worked example: operations and answers.
fn exchanges(entry: &Entry) -> Vec<(String, Value)> {
    let example = entry.example().expect("JSON");
    let exchanges = example["exchanges"].as_array().expect("exchanges").iter();
    let named = exchanges.map(|one| (one["operation"].as_str().expect("a name").to_owned(), one["response"].clone()));
    named.collect()
}

fn example_of(task: &str, entry: &Entry, endpoint: &str) -> Value {
    let input = entry.example().expect("JSON")["input"].clone();
    json!({ task: entry.meta().key, "connection": connection(endpoint), "input": input })
}

/// Sends requests one by one.
fn answers(flags: &[&str], requests: &[Value]) -> Vec<Value> {
    let mut stream = Stream::start(flags);
    let replies = requests.iter().map(|request| {
        stream.send(request);
        stream.receive().expect("a reply")
    });
    let replies = replies.collect();
    stream.finish();
    replies
}

fn assert_refused(reply: &Value, field: Option<&str>, what: &str) {
    let error = &reply["error"];
    assert_eq!((&error["kind"], &error["effect"]), (&json!("accessDenied"), &json!("none")), "{what}: {reply}");
    assert!(error["message"].as_str().is_some_and(|text| text.contains("--")), "{what} names no flag: {reply}");
    if let Some(field) = field {
        assert_eq!(error["field"], field, "{what}: {reply}");
    }
}

#[test]
fn no_way_leads_to_a_denied_operation() {
    let mut tried = 0;
    for denied in ACTIONS.iter().filter(|entry| !entry.waits()) {
        let (key, Some(operation)) = (denied.meta().key, denied.meta().operation) else { continue };
        let stub = Stub::start([Answer::Ok(json!({}))]);
        let sends = |entry: &Entry| exchanges(entry).iter().any(|(sent, _)| sent == operation);
        let mut requests: Vec<_> = entries()
            .filter(|(_, entry)| sends(entry))
            .map(|(task, entry)| example_of(task, entry, &stub.endpoint))
            .collect();
        let examples = requests.len();
        for name in [operation.to_owned(), operation.to_lowercase(), operation.to_uppercase()] {
            let input = json!({ "operation": name, "body": { "Name": "x" } });
            requests.push(json!({ "action": "rawRequest", "connection": connection(&stub.endpoint), "input": input }));
        }
        for (number, reply) in answers(&["--deny-action", key], &requests).iter().enumerate() {
            let field = (number >= examples).then_some("/input/operation");
            assert_refused(reply, field, &format!("--deny-action {key}: {}", requests[number]));
        }
        assert_eq!(stub.operations(), Vec::<String>::new(), "--deny-action {key}");
        tried += requests.len();
    }
    assert!(tried > 80, "only {tried}");
}

#[test]
fn an_allowed_action_does_all_of_its_work_and_nothing_else_is_done() {
    for allowed in ACTIONS.iter() {
        let key = allowed.meta().key;
        let script = exchanges(allowed);
        let stub = Stub::start(script.iter().map(|(_, answer)| Answer::Ok(answer.clone())));
        let requests: Vec<_> = std::iter::once(("action", allowed))
            .chain(ACTIONS.iter().filter(|entry| entry.meta().key != key).map(|entry| ("action", entry)))
            .map(|(task, entry)| example_of(task, entry, &stub.endpoint))
            .collect();
        let replies = answers(&["--allow-action", key], &requests);
        assert_eq!(replies[0]["ok"], true, "{key}: {}", replies[0]);
        for (request, reply) in requests.iter().zip(&replies).skip(1) {
            assert_refused(reply, Some("/action"), &format!("--allow-action {key}: {}", request["action"]));
        }
        assert_eq!(stub.requests().len(), script.len(), "--allow-action {key}");
    }
}

#[test]
fn data_sources_are_judged_by_their_operation() {
    let stub = Stub::start([Answer::Ok(json!({}))]);
    let ask = |key: &str| json!({ "dataSource": key, "connection": connection(&stub.endpoint) });
    for flags in [["--deny-action", "listJobs"], ["--allow-action", "getJob"]] {
        assert_refused(&answers(&flags, &[ask("jobs")])[0], Some("/dataSource"), &format!("{flags:?}"));
    }
    assert!(stub.requests().is_empty());
    let replies = answers(&["--allow-action", "listJobs"], &[ask("jobs"), ask("regions"), ask("crawlers")]);
    assert_eq!((&replies[0]["ok"], &replies[1]["ok"]), (&json!(true), &json!(true)), "{replies:?}");
    assert_refused(&replies[2], Some("/dataSource"), "crawlers");
    // Any operation, for those who may send any.
    assert_eq!(answers(&["--allow-action", "rawRequest"], &[ask("securityConfigurations")])[0]["ok"], true);
}

#[test]
fn a_run_that_could_not_be_stopped_is_not_started() {
    let stub = Stub::start([Answer::Ok(json!({}))]);
    let run = |field: &str| json!({ "action": "runJob", "connection": connection(&stub.endpoint), "input": { "name": "a", field: true } });
    let requests = [run("stopOnTimeout"), run("stopOnCancel")];
    let replies = answers(&["--deny-action", "stopJobRun"], &requests);
    assert_refused(&replies[0], Some("/input/stopOnTimeout"), "runJob");
    assert_refused(&replies[1], Some("/input/stopOnCancel"), "runJob");
    assert!(stub.requests().is_empty());
}

#[test]
fn a_look_that_is_denied_is_not_had_on_the_way() {
    let stub = Stub::start([Answer::Ok(json!({ "JobRunId": "jr_1" }))]);
    let start =
        |input: Value| json!({ "action": "startJobRun", "connection": connection(&stub.endpoint), "input": input });
    let requests = [start(json!({ "name": "a", "idempotencyKey": "k" })), start(json!({ "name": "a" }))];
    let replies = answers(&["--deny-action", "listJobRuns"], &requests);
    assert_refused(&replies[0], None, "a search for the key");
    assert!(replies[0]["error"]["message"].as_str().is_some_and(|text| text.contains("GetJobRuns")), "{}", replies[0]);
    assert_eq!(replies[1]["ok"], true, "{}", replies[1]);
    assert_eq!(stub.operations(), ["StartJobRun"]);
}

#[test]
fn every_operation_of_an_example_is_among_the_permissions() {
    let mut operations: HashMap<&str, HashSet<String>> = HashMap::new();
    for (_, entry) in entries().filter(|(_, entry)| entry.meta().operation.is_some()) {
        let meta = entry.meta();
        let needed: HashSet<_> = meta.permissions.iter().filter_map(|needed| needed.action.split_once(':')).collect();
        let needed: HashSet<_> = needed.into_iter().map(|(_, operation)| operation).collect();
        let certain = meta.operation.iter().chain(meta.polls).map(|operation| (*operation).to_owned());
        for operation in certain.chain(exchanges(entry).into_iter().map(|(operation, _)| operation)) {
            assert!(needed.contains(operation.as_str()), "{}: {operation}", meta.key);
            operations.entry(meta.key).or_default().insert(operation);
        }
    }
    assert!(operations.len() > 30, "only {}", operations.len());
}
