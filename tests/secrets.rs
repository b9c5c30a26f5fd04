//! A secret given in any field appears nowhere in standard output or standard error, at any log level.

use serde_json::{Value, json};

use crate::support::program::{command, invoke_text, request};
use crate::support::stub::{Answer, Stub};

const SECRET: &str = "Tr0ub4dor&3-hunter2";

/// Puts the secret in the place of every text in the value, one at a time.
fn spoil(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, member)| {
                spoil(member).into_iter().map(move |spoiled| {
                    let mut copy = value.clone();
                    copy[name] = spoiled;
                    copy
                })
            })
            .collect(),
        Value::Array(items) => (0..items.len())
            .flat_map(|index| {
                spoil(&items[index]).into_iter().map(move |spoiled| {
                    let mut copy = value.clone();
                    copy[index] = spoiled;
                    copy
                })
            })
            .collect(),
        _ => vec![json!(SECRET)],
    }
}

#[test]
fn a_secret_in_any_field_appears_nowhere() {
    let stub = Stub::start([Answer::Ok(json!({}))]);
    let mut create = request(
        &stub.endpoint,
        "createConnection",
        json!({
            "name": "c", "connectionType": "CUSTOM", "connectionProperties": { "PASSWORD": "x" }, "matchCriteria": ["x"], "tags": { "k": "v" },
            "validateCredentials": true,
            "authenticationConfiguration": {
                "secretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:s",
                "basicAuthenticationCredentials": { "username": "u", "password": "p" },
                "customAuthenticationCredentials": { "k": "v" },
                "oAuth2Properties": { "oAuth2Credentials": { "accessToken": "t", "jwtToken": "a.b.c" } },
            },
        }),
    );
    create["timeoutMs"] = json!(5000);
    create["connection"]["fields"]["sessionToken"] = json!("t");
    create["connection"]["fields"]["proxyUrl"] = json!(stub.endpoint);
    create["connection"]["fields"]["caBundle"] = json!("/nonexistent");
    let mut start = request(
        &stub.endpoint,
        "startJobRun",
        json!({ "name": "j", "args": [{ "key": "--k", "value": "v" }], "allocatedCapacity": 2, "timeout": 5 }),
    );
    start["id"] = json!("1");
    // A host's own ID is echoed; it is not a place for a secret. An action's key is repeated as unknown.
    let spoiled = spoil(&create).into_iter().chain(spoil(&start)).filter(|request| request["id"] != SECRET && request["action"] != SECRET);
    let spoiled: Vec<_> = spoiled.filter(|request| request["connection"]["key"] != SECRET).collect();
    assert!(spoiled.len() > 30, "only {}", spoiled.len());
    for (number, request) in spoiled.iter().enumerate() {
        let level = ["error", "debug", "trace"][number % 3];
        let outcome = invoke_text(command().args(["--log", level, "invoke"]), request.to_string().as_bytes());
        assert!(!outcome.stdout.contains(SECRET), "{request}\n{}", outcome.stdout);
        assert!(!outcome.stderr.contains(SECRET), "{request}\n{}", outcome.stderr);
    }
}

#[test]
fn logs_tell_what_happened_and_no_more() {
    let stub = Stub::start([Answer::Error(400, "ThrottlingException", "slow".to_owned()), Answer::Ok(json!({ "JobNames": [] }))]);
    let text = request(&stub.endpoint, "listJobs", json!({})).to_string();
    let quiet = invoke_text(command().arg("invoke"), text.as_bytes());
    assert_eq!(quiet.stderr, "");
    let loud = invoke_text(command().env("GLUE_CONNECTOR_LOG", "trace").arg("invoke"), text.as_bytes());
    assert!(loud.stderr.contains("answered"), "{}", loud.stderr);
    assert!(!loud.stderr.contains("wJalrXUtnFEMI") && !loud.stderr.to_lowercase().contains("authorization"), "{}", loud.stderr);
}
