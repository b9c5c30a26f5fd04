//! The actions on an emulator that other people wrote, compared with boto3 on the same one.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::emulator::Emulator;
use crate::support::program::{command, connection, data, error, invoke, invoke_text, request};
use crate::support::stub::{Answer, Stub};

#[test]
fn a_job_run_from_start_to_stop() {
    let mut aws = Emulator::start();
    aws.create_job("nightly", 1);
    aws.slow_down(100);
    let at = aws.endpoint.clone();

    let started = data(
        &at,
        "startJobRun",
        json!({ "name": "nightly", "args": { "--day": "ü\u{2028}" }, "workerType": "G.1X", "numberOfWorkers": "2", "timeout": 5 }),
    );
    let run = started["JobRunId"].as_str().expect("a run").to_owned();
    let found = data(&at, "getJobRun", json!({ "name": "nightly", "runId": run }));
    assert_eq!(found["JobRun"]["JobRunState"], "STARTING");
    assert_eq!(found["JobRun"]["Arguments"], json!({ "--day": "ü\u{2028}" }));
    assert_eq!(found, aws.boto3("glue", "GetJobRun", json!({ "JobName": "nightly", "RunId": run })));

    let refused = error(&at, "startJobRun", json!({ "name": "nightly" }));
    assert_eq!((&refused["kind"], &refused["code"]), (&json!("conflict"), &json!("ConcurrentRunsExceededException")));
    assert_eq!((&refused["effect"], &refused["retryable"]), (&json!("none"), &json!(true)));

    let stopped = data(&at, "stopJobRun", json!({ "name": "nightly", "jobRunIds": [run] }));
    assert_eq!(stopped, json!({ "SuccessfulSubmissions": [{ "JobName": "nightly", "JobRunId": run }], "Errors": [] }));
    assert_eq!(data(&at, "getJobRun", json!({ "name": "nightly", "runId": run }))["JobRun"]["JobRunState"], "STOPPING");
}

#[test]
fn stopping_some_of_several_runs() {
    let mut aws = Emulator::start();
    aws.create_job("nightly", 5);
    aws.slow_down(100);
    let run = data(&aws.endpoint, "startJobRun", json!({ "name": "nightly" }))["JobRunId"].clone();

    let half = error(&aws.endpoint, "stopJobRun", json!({ "name": "nightly", "jobRunIds": [run, "jr_none"] }));
    assert_eq!(
        (&half["kind"], &half["effect"], &half["retryable"]),
        (&json!("partialFailure"), &json!("applied"), &json!(false))
    );
    assert_eq!(half["details"]["SuccessfulSubmissions"][0]["JobRunId"], run);
    assert_eq!(half["details"]["Errors"][0]["JobRunId"], "jr_none");

    let allowed = data(
        &aws.endpoint,
        "stopJobRun",
        json!({ "name": "nightly", "jobRunIds": ["jr_none"], "allowPartialFailure": "true" }),
    );
    assert_eq!(allowed["Errors"][0]["JobRunId"], "jr_none");
    let none = error(&aws.endpoint, "stopJobRun", json!({ "name": "nightly", "jobRunIds": ["jr_none"] }));
    assert_eq!(none["effect"], "none");
}

#[test]
fn many_runs_are_stopped_25_at_a_time_each_once() {
    let stub = Stub::start([Answer::Ok(json!({ "SuccessfulSubmissions": [{ "JobRunId": "x" }] }))]);
    let ids: Vec<String> = (0..60).map(|n| format!("jr_{}", n % 55)).collect();
    let stopped = data(&stub.endpoint, "stopJobRun", json!({ "name": "a", "jobRunIds": ids }));
    let batches: Vec<usize> =
        stub.requests().iter().map(|request| request.json()["JobRunIds"].as_array().expect("ids").len()).collect();
    assert_eq!(batches, [25, 25, 5]);
    assert_eq!(stopped["SuccessfulSubmissions"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_later_batch_that_fails_says_what_is_done() {
    let done = Answer::Ok(json!({ "SuccessfulSubmissions": [{ "JobRunId": "jr_0" }] }));
    let refused = Answer::Error(400, "AccessDeniedException", "no".to_owned());
    let stub = Stub::start([done, refused]);
    let ids: Vec<String> = (0..30).map(|n| format!("jr_{n}")).collect();
    let failed = error(&stub.endpoint, "stopJobRun", json!({ "name": "a", "jobRunIds": ids }));
    assert_eq!((&failed["kind"], &failed["effect"]), (&json!("partialFailure"), &json!("applied")));
    assert_eq!(failed["details"]["NotConfirmed"], json!(["jr_25", "jr_26", "jr_27", "jr_28", "jr_29"]));
    assert_eq!(failed["details"]["Cause"]["kind"], "accessDenied");
}

#[test]
fn crawlers_and_triggers_start_and_stop() {
    let mut aws = Emulator::start();
    aws.create_job("nightly", 1);
    let at = aws.endpoint.clone();
    aws.boto3(
        "glue",
        "CreateCrawler",
        json!({ "Name": "orders", "Role": "r", "DatabaseName": "d", "Targets": { "S3Targets": [{ "Path": "s3://x" }] } }),
    );
    aws.boto3(
        "glue",
        "CreateTrigger",
        json!({ "Name": "every-night", "Type": "SCHEDULED", "Schedule": "cron(0 1 * * ? *)", "Actions": [{ "JobName": "nightly" }] }),
    );

    assert_eq!(data(&at, "listCrawlers", json!({})), json!({ "CrawlerNames": ["orders"] }));
    assert_eq!(data(&at, "startCrawler", json!({ "name": "orders" })), json!({}));
    let running = error(&at, "startCrawler", json!({ "name": "orders" }));
    assert_eq!((&running["kind"], &running["code"]), (&json!("conflict"), &json!("CrawlerRunningException")));
    assert_eq!(data(&at, "stopCrawler", json!({ "name": "orders" })), json!({}));
    let idle = error(&at, "stopCrawler", json!({ "name": "orders" }));
    assert_eq!((&idle["kind"], &idle["retryable"]), (&json!("conflict"), &json!(false)));

    assert_eq!(
        data(&at, "listTriggers", json!({ "dependentJobName": "nightly" })),
        json!({ "TriggerNames": ["every-night"] })
    );
    assert_eq!(data(&at, "startTrigger", json!({ "name": "every-night" })), json!({ "Name": "every-night" }));
    assert_eq!(aws.boto3("glue", "GetTrigger", json!({ "Name": "every-night" }))["Trigger"]["State"], "ACTIVATED");
    assert_eq!(data(&at, "stopTrigger", json!({ "name": "every-night" })), json!({ "Name": "every-night" }));
    assert_eq!(aws.boto3("glue", "GetTrigger", json!({ "Name": "every-night" }))["Trigger"]["State"], "DEACTIVATED");

    let missing = error(&at, "startTrigger", json!({ "name": "none" }));
    assert_eq!((&missing["kind"], &missing["effect"]), (&json!("notFound"), &json!("none")));
}

#[test]
fn a_thousand_jobs_come_in_pages() {
    let mut aws = Emulator::start();
    for number in 0..1100 {
        aws.create_job(&format!("job-{number:04}"), 1);
    }
    let at = &aws.endpoint;

    let mut names = Vec::new();
    let mut marker = Value::Null;
    loop {
        let page = data(at, "listJobs", json!({ "maxItems": "400", "marker": marker }));
        names.extend(page["JobNames"].as_array().expect("names").clone());
        marker = page["NextToken"].clone();
        if marker.is_null() {
            break;
        }
    }
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), 1100);

    let whole = data(at, "listJobs", json!({ "fetchAll": "true" }));
    assert_eq!(whole["JobNames"], json!(names));
    assert!(whole.get("NextToken").is_none() && whole.get("Truncated").is_none());

    let cut = data(at, "listJobs", json!({ "fetchAll": true, "maxItems": 100, "maxTotal": 250 }));
    assert_eq!((cut["JobNames"].as_array().map(Vec::len), &cut["Truncated"]), (Some(250), &json!(true)));
    let rest = data(at, "listJobs", json!({ "fetchAll": true, "marker": cut["NextToken"] }));
    assert_eq!(
        [cut["JobNames"].as_array().expect("names").as_slice(), rest["JobNames"].as_array().expect("names")].concat(),
        names
    );
}

#[test]
fn bad_input_never_reaches_aws() {
    let stub = Stub::start([Answer::Ok(json!({}))]);
    let long = "x".repeat(256);
    for (action, input, field) in [
        ("getJobRun", json!({ "name": "a" }), "/input/runId"),
        ("getJobRun", json!({ "name": long, "runId": "r" }), "/input/name"),
        ("getJobRun", json!({ "name": "a\u{0}", "runId": "r" }), "/input/name"),
        ("getJobRun", json!({ "name": "a", "runId": "r", "extra": 1 }), "/input/extra"),
        ("getJobRun", json!({ "name": "a", "runId": "r", "awsRegion": "eu west" }), "/input/awsRegion"),
        ("listJobs", json!({ "maxItems": 1001 }), "/input/maxItems"),
        ("listTriggers", json!({ "maxItems": 201 }), "/input/maxItems"),
        ("listJobs", json!({ "maxItems": [] }), "/input/maxItems"),
        ("listJobs", json!({ "tags": { "": "v" } }), "/input/tags/"),
        ("startJobRun", json!({ "name": "a", "timeout": 0 }), "/input/timeout"),
        ("startJobRun", json!({ "name": "a", "executionClass": "flex" }), "/input/executionClass"),
        ("startJobRun", json!({ "name": "a", "args": { "k": 1 } }), "/input/args/k"),
        ("stopJobRun", json!({ "name": "a", "jobRunIds": [] }), "/input/jobRunIds"),
        ("stopJobRun", json!({ "name": "a", "jobRunIds": "jr_1" }), "/input/jobRunIds"),
        ("getConnection", json!({ "name": "a", "hidePassword": "yes" }), "/input/hidePassword"),
        ("listJobRuns", json!({ "name": "a", "since": "yesterday" }), "/input/since"),
        ("runJob", json!({ "name": "a", "numberOfWorkers": 3_000_000_000_u64 }), "/input/numberOfWorkers"),
        ("runJob", json!({ "name": "a", "timeoutSeconds": "1.5" }), "/input/timeoutSeconds"),
        ("rawRequest", json!({ "operation": "Get Tables" }), "/input/operation"),
    ] {
        let refused = error(&stub.endpoint, action, input.clone());
        assert_eq!(
            (&refused["kind"], refused["field"].as_str()),
            (&json!("invalidInput"), Some(field)),
            "{action} {input}"
        );
        assert_eq!((&refused["effect"], &refused["retryable"]), (&json!("none"), &json!(false)));
    }
    assert!(stub.requests().is_empty());
}

/// Status and code of AWS's answer, and what they come to.
type Refusal = (u16, &'static str, &'static str, bool);

#[test]
fn every_refusal_has_its_kind() {
    let table: &[Refusal] = &[
        (400, "InvalidInputException", "invalidInput", false),
        (400, "EntityNotFoundException", "notFound", false),
        (400, "AlreadyExistsException", "alreadyExists", false),
        (400, "CrawlerRunningException", "conflict", true),
        (400, "CrawlerNotRunningException", "conflict", false),
        (400, "CrawlerStoppingException", "conflict", true),
        (400, "ConcurrentRunsExceededException", "conflict", true),
        (400, "ConcurrentModificationException", "conflict", true),
        (400, "ResourceNumberLimitExceededException", "limitExceeded", true),
        (400, "AccessDeniedException", "accessDenied", false),
        (400, "GlueEncryptionException", "accessDenied", false),
        (400, "UnrecognizedClientException", "connection", false),
        (400, "InvalidSignatureException", "connection", false),
        (400, "ExpiredTokenException", "connection", false),
        (403, "SomethingNewException", "accessDenied", false),
        (400, "SomethingNewException", "invalidInput", false),
    ];
    for (status, code, kind, retryable) in table {
        let stub = Stub::start([Answer::Error(*status, code, "Said so.".to_owned())]);
        let refused = error(&stub.endpoint, "startTrigger", json!({ "name": "t" }));
        assert_eq!((refused["kind"].as_str(), refused["code"].as_str()), (Some(*kind), Some(*code)));
        assert_eq!((&refused["effect"], &refused["retryable"]), (&json!("none"), &json!(retryable)), "{code}");
        assert_eq!((&refused["status"], &refused["requestId"]), (&json!(status), &json!("stub")));
        assert!(
            refused["message"].as_str().is_some_and(|message| message.starts_with("Said so. ")),
            "{code}: {}",
            refused["message"]
        );
        assert_eq!(stub.requests().len(), 1, "{code} was sent again");
    }
    let stub = Stub::start([Answer::Error(400, "AccessDeniedException", "User x is not authorized.".to_owned())]);
    let refused = error(&stub.endpoint, "startTrigger", json!({ "name": "t" }));
    assert!(refused["message"].as_str().expect("a message").contains("glue:StartTrigger"));
}

#[test]
fn what_passes_by_itself_is_sent_again_where_aws_did_not_act() {
    let throttled = || Answer::Error(400, "ThrottlingException", "Rate exceeded".to_owned());
    let stub = Stub::start([throttled(), throttled(), Answer::Ok(json!({ "JobRunId": "jr_1" }))]);
    let outcome = invoke(&request(&stub.endpoint, "startJobRun", json!({ "name": "a" })));
    assert_eq!((&outcome.reply["ok"], &outcome.reply["meta"]["attempts"]), (&json!(true), &json!(3)));

    // A read is sent again after anything that passes, a change only after a clear refusal.
    let failures = [
        (Answer::Error(500, "InternalServiceException", "oops".to_owned()), "service"),
        (Answer::Error(400, "OperationTimeoutException", "slow".to_owned()), "service"),
        (Answer::Raw(503, "<html>".to_owned()), "service"),
        (Answer::Hangup, "badResponse"),
        (Answer::CutOff("{\"Name\":".to_owned()), "badResponse"),
        (Answer::Raw(200, "not JSON".to_owned()), "badResponse"),
    ];
    for (failure, kind) in failures {
        let stub = Stub::start([failure.clone(), Answer::Ok(json!({ "JobNames": ["a"] }))]);
        assert_eq!(data(&stub.endpoint, "listJobs", json!({})), json!({ "JobNames": ["a"] }), "{failure:?}");

        let stub = Stub::start([failure.clone(), Answer::Ok(json!({ "Name": "t" }))]);
        let unknown = error(&stub.endpoint, "startTrigger", json!({ "name": "t" }));
        assert_eq!(
            (&unknown["kind"], &unknown["effect"], &unknown["retryable"]),
            (&json!(kind), &json!("unknown"), &json!(false)),
            "{failure:?}"
        );
        let sent = stub.operations().iter().filter(|operation| *operation == "StartTrigger").count();
        assert_eq!(sent, 1, "{failure:?}: it was sent again");
    }
}

#[test]
fn the_deadline_bounds_everything() {
    let stub = Stub::start([Answer::After(std::time::Duration::from_secs(20), Box::new(Answer::Ok(json!({}))))]);
    for (action, input, effect) in
        [("listJobs", json!({}), "none"), ("startCrawler", json!({ "name": "c" }), "unknown")]
    {
        let mut late = request(&stub.endpoint, action, input);
        late["timeoutMs"] = json!(300);
        let outcome = invoke(&late);
        assert_eq!(
            (&outcome.reply["error"]["kind"], &outcome.reply["error"]["effect"]),
            (&json!("timeout"), &json!(effect))
        );
        assert_eq!(outcome.reply["error"]["retryable"], effect == "none");
        let took = outcome.reply["meta"]["durationMs"].as_u64().expect("a duration");
        assert!((250..3000).contains(&took), "{took} ms");
        assert_eq!(outcome.status, 1);
    }
}

#[test]
fn signatures_are_verified_and_permissions_named() {
    let mut aws = Emulator::start();
    aws.boto3("iam", "CreateUser", json!({ "UserName": "lister" }));
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": ["glue:ListJobs", "glue:CreateConnection"], "Resource": "*" }] });
    aws.boto3(
        "iam",
        "PutUserPolicy",
        json!({ "UserName": "lister", "PolicyName": "p", "PolicyDocument": policy.to_string() }),
    );
    let key = aws.boto3("iam", "CreateAccessKey", json!({ "UserName": "lister" }))["AccessKey"].clone();
    aws.verify_signatures();

    let with = |action: &str, input: Value, secret: &Value| {
        let mut request = request(&aws.endpoint, action, input);
        request["connection"]["fields"]["accessKeyId"] = key["AccessKeyId"].clone();
        request["connection"]["fields"]["secretAccessKey"] = secret.clone();
        invoke(&request).reply
    };
    assert_eq!(with("listJobs", json!({ "tags": { "ü\u{2028}": "\"quoted\"" } }), &key["SecretAccessKey"])["ok"], true);
    let made = json!({ "name": "ü", "connectionType": "CUSTOM", "connectionProperties": { "HOST": "\u{1f600}" } });
    assert_eq!(with("createConnection", made, &key["SecretAccessKey"])["ok"], true);

    let denied = with("listCrawlers", json!({}), &key["SecretAccessKey"])["error"].clone();
    assert_eq!(denied["kind"], "accessDenied", "{denied}");
    assert!(denied["message"].as_str().expect("a message").contains("glue:ListCrawlers"));
    let wrong = with("listJobs", json!({}), &json!("wrongwrongwrong"))["error"].clone();
    assert_eq!(wrong["kind"], "connection", "{wrong}");
}

#[test]
fn the_command_line_puts_a_request_together() {
    let mut aws = Emulator::start();
    aws.create_job("nightly", 1);
    let file = std::env::temp_dir().join(format!("glue-connector-{}.json", std::process::id()));
    std::fs::write(&file, connection(&aws.endpoint).to_string()).expect("writable");
    let run =
        |arguments: &[&str]| invoke_text(command().arg("invoke").args(arguments).arg("--connection").arg(&file), b"");

    assert_eq!(run(&["listJobs"]).reply["data"], json!({ "JobNames": ["nightly"] }));
    assert_eq!(
        run(&["listJobs", r#"{"maxItems":1}"#, "--region", "us-east-1"]).reply["data"]["JobNames"],
        json!(["nightly"])
    );
    assert_eq!(run(&["listJobs", "--region", "eu-west-1"]).reply["data"], json!({ "JobNames": [] }));
    assert_eq!(run(&["listJobs", "[1]"]).status, 2);
    assert_eq!(run(&["getJobRun", "{}"]).status, 1);
    std::fs::remove_file(file).expect("removable");
}
