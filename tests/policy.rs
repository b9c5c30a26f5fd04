//! The policy flags for regions and secrets, and what all refusals have in common.

use serde_json::{Value, json};

use crate::support::program::{command, invoke_text, request};
use crate::support::stub::{Answer, Stub};

#[test]
fn the_policy_refuses_before_any_credential_is_used() {
    let stub = Stub::start([Answer::Ok(json!({}))]);
    let run =
        |flags: &[&str], call: &Value| invoke_text(command().arg("invoke").args(flags), call.to_string().as_bytes());
    let start = request(&stub.endpoint, "startCrawler", json!({ "name": "c" }));
    let list = request(&stub.endpoint, "listJobs", json!({}));
    let mut elsewhere = list.clone();
    elsewhere["connection"]["fields"]["endpointUrl"] = json!("https://glue.example.com");
    let mut role = json!({ "action": "listJobs", "connection": { "key": "awsAssumeRole", "fields": { "roleArn": "arn:aws:iam::123456789012:role/r",
        "accessKeyId": "A", "secretAccessKey": "s", "region": "us-east-1", "endpointUrl": stub.endpoint, "stsEndpointUrl": "http://10.1.2.3" } } });
    for (flags, call, field) in [
        (&["--read-only"][..], &start, "/action"),
        (&["--deny-action", "startCrawler", "stopCrawler"], &start, "/action"),
        (&["--allow-action", "listJobs,getJobRun"], &start, "/action"),
        (&["--allow-region", "eu-west-1"], &list, "/input/awsRegion"),
        (&[], &elsewhere, "/connection/fields/endpointUrl"),
        (&[], &role, "/connection/fields/stsEndpointUrl"),
    ] {
        let refused = run(flags, call).reply;
        assert_eq!(
            (refused["error"]["kind"].as_str(), refused["error"]["field"].as_str()),
            (Some("accessDenied"), Some(field)),
            "{flags:?}: {refused}"
        );
        assert_eq!((&refused["error"]["effect"], &refused["meta"]["attempts"]), (&json!("none"), &json!(0)));
    }
    let raw = |operation: &str| request(&stub.endpoint, "rawRequest", json!({ "operation": operation }));
    for operation in ["DeleteJob", "getjobs", "GETJOBS", "BatchDeleteTable"] {
        let refused = run(&["--read-only"], &raw(operation)).reply;
        assert_eq!(refused["error"]["field"], "/input/operation", "{operation}: {refused}");
    }
    assert!(stub.requests().is_empty());
    for (flags, call) in [
        (&["--read-only"][..], &list),
        (&["--read-only"], &raw("GetTables")),
        (&["--allow-action", "startCrawler"], &start),
        (&["--allow-region", "us-east-1"], &list),
    ] {
        assert_eq!(run(flags, call).reply["ok"], true, "{flags:?}");
    }
    role["connection"]["fields"]["stsEndpointUrl"] = json!("http://10.255.255.1:9/");
    role["timeoutMs"] = json!(300);
    let allowed = run(&["--allow-endpoint", "http://10.255.255.1:9"], &role).reply;
    assert_ne!(allowed["error"]["kind"], "accessDenied", "{allowed}");
    let misspelt = run(&["--deny-action", "startCrawlers"], &list);
    assert_eq!((misspelt.status, misspelt.reply["error"]["kind"].as_str()), (2, Some("invalidRequest")));
    for flags in [["--allow-proxy", "http://proxy:3128"], ["--allow-endpoint", "glue.example.com"]] {
        let unreadable = run(&flags, &list);
        assert_eq!((unreadable.status, unreadable.reply["error"]["kind"].as_str()), (2, Some("invalidRequest")));
    }
}
