//! Data sources: what dropdowns show, from real lists.

use serde_json::{Value, json};

use crate::support::emulator::Emulator;
use crate::support::program::{Stream, connection, invoke};
use crate::support::stub::{Answer, Stub};

fn choices(endpoint: &str, key: &str, input: Value) -> Value {
    let mut outcome = invoke(&json!({ "dataSource": key, "connection": connection(endpoint), "input": input }));
    assert_eq!(outcome.reply["ok"], true, "{key}: {}", outcome.stdout);
    outcome.reply["data"].take()
}

#[test]
fn dropdowns_show_what_there_is() {
    let mut aws = Emulator::start();
    let at = aws.endpoint.clone();
    for job in ["import-orders", "nightly-orders", "weekly-report"] {
        aws.create_job(job, 5);
    }
    let run = aws.boto3("glue", "StartJobRun", json!({ "JobName": "nightly-orders" }))["JobRunId"].clone();
    aws.boto3("glue", "CreateSecurityConfiguration", json!({ "Name": "audited", "EncryptionConfiguration": {} }));
    aws.boto3(
        "glue",
        "CreateConnection",
        json!({ "ConnectionInput": { "Name": "db", "ConnectionType": "CUSTOM", "ConnectionProperties": { "PASSWORD": "x" } } }),
    );
    let found = choices(&at, "jobs", json!({ "search": "ORDERS" }));
    assert_eq!(
        found,
        json!({ "result": [{ "label": "import-orders", "value": "import-orders" }, { "label": "nightly-orders", "value": "nightly-orders" }], "truncated": false })
    );
    assert_eq!(choices(&at, "jobs", json!({ "limit": "1" }))["truncated"], true);
    assert_eq!(choices(&at, "crawlers", json!({})), json!({ "result": [], "truncated": false }));
    assert_eq!(choices(&at, "triggers", json!({}))["result"], json!([]));
    assert_eq!(choices(&at, "connections", json!({}))["result"], json!([{ "label": "db", "value": "db" }]));
    assert_eq!(choices(&at, "securityConfigurations", json!({}))["result"][0]["value"], "audited");
    assert_eq!(choices(&at, "jobRuns", json!({ "name": "nightly-orders" }))["result"][0]["value"], run);
}

#[test]
fn regions_are_those_of_every_partition() {
    let mut aws = Emulator::start();
    let found = choices("http://127.0.0.1:9", "regions", json!({ "limit": 1000 }));
    let mut codes: Vec<&str> = found["result"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|choice| choice["value"].as_str().expect("a code"))
        .collect();
    codes.sort_unstable();
    assert_eq!(json!(codes), aws.regions());
    // They need neither a region nor credentials.
    let bare = invoke(&json!({ "dataSource": "regions", "input": { "search": "frankfurt" } })).reply;
    assert_eq!(bare["data"]["result"][0]["value"], "eu-central-1", "{bare}");
}

#[test]
fn ten_thousand_jobs_answer_with_bounded_memory() {
    let stub = Stub::serve(|request| {
        let first: usize = request.json()["NextToken"].as_str().map_or(0, |token| token.parse().expect("a number"));
        let names: Vec<String> = (first..first + 1000).map(|number| format!("{}-{number}", "job".repeat(50))).collect();
        Answer::Ok(
            json!({ "JobNames": names, "NextToken": if first + 1000 < 10_000 { json!((first + 1000).to_string()) } else { Value::Null } }),
        )
    });
    let mut stream = Stream::start(&[]);
    stream.send(
        &json!({ "dataSource": "jobs", "connection": connection(&stub.endpoint), "input": { "search": "-9999" } }),
    );
    let reply = stream.receive().expect("a reply");
    assert_eq!(
        (reply["data"]["result"].as_array().map(Vec::len), &reply["data"]["truncated"]),
        (Some(1), &json!(false))
    );
    let peak = stream.peak_kib();
    assert!(peak < 48 * 1024, "{peak} kB");
    stream.finish();
}

#[test]
fn a_missing_permission_is_named() {
    let stub = Stub::start([Answer::Error(400, "AccessDeniedException", "User is not authorized".to_owned())]);
    let reply =
        invoke(&json!({ "dataSource": "securityConfigurations", "connection": connection(&stub.endpoint) })).reply;
    assert_eq!(reply["error"]["kind"], "accessDenied");
    assert!(
        reply["error"]["message"].as_str().expect("a message").contains("glue:GetSecurityConfigurations"),
        "{reply}"
    );
}
