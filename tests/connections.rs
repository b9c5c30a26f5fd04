//! The three connections: every way to authenticate, and the region.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::emulator::Emulator;
use crate::support::program::{Outcome, Stream, command, connection, data, invoke, invoke_text, request};
use crate::support::stub::{Answer, Stub};

fn check(connection: &Value) -> Outcome {
    invoke(&json!({ "check": true, "connection": connection }))
}

fn assume_role(endpoint: &str, fields: Value) -> Value {
    let mut all = json!({ "roleArn": "arn:aws:iam::123456789012:role/glue", "region": "us-east-1", "endpointUrl": endpoint, "stsEndpointUrl": endpoint });
    all.as_object_mut().expect("fields").extend(fields.as_object().expect("fields").clone());
    json!({ "key": "awsAssumeRole", "fields": all })
}

#[test]
fn check_says_who_the_credentials_belong_to() {
    let mut aws = Emulator::start();
    aws.boto3("iam", "CreateRole", json!({ "RoleName": "glue", "AssumeRolePolicyDocument": "{}" }));

    let key = check(&connection(&aws.endpoint)).reply;
    assert_eq!(
        (&key["data"]["Account"], &key["data"]["Region"]),
        (&json!("123456789012"), &json!("us-east-1")),
        "{key}"
    );
    assert!(key["data"]["LatencyMs"].is_u64());

    let role = assume_role(
        &aws.endpoint,
        json!({ "accessKeyId": "AKIA", "secretAccessKey": "s", "externalId": "partner", "roleSessionName": "flow", "durationSeconds": "900" }),
    );
    let role = check(&role).reply;
    assert_eq!(role["data"]["Arn"], "arn:aws:sts::123456789012:assumed-role/glue/flow", "{role}");

    let machine = invoke_text(
        command()
            .arg("invoke")
            .env("AWS_ACCESS_KEY_ID", "AKIA")
            .env("AWS_SECRET_ACCESS_KEY", "s")
            .env("AWS_ENDPOINT_URL", &aws.endpoint)
            .env("AWS_REGION", "eu-west-1"),
        br#"{"check":true}"#,
    );
    assert_eq!(
        (&machine.reply["ok"], &machine.reply["data"]["Region"]),
        (&json!(true), &json!("eu-west-1")),
        "{}",
        machine.stdout
    );
}

#[test]
fn every_field_of_an_assumed_role_reaches_sts() {
    let sts = Stub::start([Answer::Raw(200, assumed("2099-01-01T00:00:00Z"))]);
    let glue = Stub::start([Answer::Ok(json!({ "JobNames": [] }))]);
    let fields = json!({
        "accessKeyId": "AKIABASE", "secretAccessKey": "base", "sessionToken": "base-token", "externalId": "partner-42", "roleSessionName": "flow",
        "durationSeconds": 1800, "stsRegion": "eu-central-1", "endpointUrl": glue.endpoint, "stsEndpointUrl": sts.endpoint,
    });
    let outcome = invoke(
        &json!({ "action": "listJobs", "connection": assume_role("http://unused", fields), "input": { "awsRegion": "ap-south-1" } }),
    );
    assert_eq!(outcome.reply["ok"], true, "{}", outcome.stdout);

    let asked = &sts.requests()[0];
    for part in [
        "Action=AssumeRole",
        "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fglue",
        "RoleSessionName=flow",
        "ExternalId=partner-42",
        "DurationSeconds=1800",
    ] {
        assert!(asked.body.contains(part), "{part} is not in {}", asked.body);
    }
    let signed = asked.header("authorization").expect("signed");
    assert!(signed.contains("AKIABASE") && signed.contains("/eu-central-1/sts/"), "{signed}");
    assert_eq!(asked.header("x-amz-security-token"), Some("base-token"));
    let used = &glue.requests()[0];
    assert!(
        used.header("authorization")
            .is_some_and(|signed| signed.contains("ASIATEMP") && signed.contains("/ap-south-1/glue/"))
    );
    assert_eq!(used.header("x-amz-security-token"), Some("temporary-token"));
}

pub fn assumed(expiration: &str) -> String {
    format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials><AccessKeyId>ASIATEMP</AccessKeyId>\
         <SecretAccessKey>temporary</SecretAccessKey><SessionToken>temporary-token</SessionToken><Expiration>{expiration}</Expiration></Credentials>\
         </AssumeRoleResult></AssumeRoleResponse>"
    )
}

#[test]
fn glue_is_connected_to_while_sts_answers() {
    let glue = Stub::start([Answer::Ok(json!({ "JobNames": [] }))]);
    let connections = Arc::clone(&glue.connections);
    let sts = Stub::serve(move |_| {
        for _ in 0..500 {
            if connections.load(Ordering::SeqCst) > 0 {
                return Answer::Raw(200, assumed("2099-01-01T00:00:00Z"));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Answer::Raw(403, "nobody connects to Glue".to_owned())
    });
    let fields = json!({ "accessKeyId": "AKIA", "secretAccessKey": "s", "endpointUrl": glue.endpoint, "stsEndpointUrl": sts.endpoint });
    let outcome = invoke(&json!({ "action": "listJobs", "connection": assume_role("http://unused", fields) }));
    assert_eq!(outcome.reply["ok"], true, "{}", outcome.stdout);
    assert_eq!(glue.connections.load(Ordering::SeqCst), 1, "the connection that was made is the one that is used");
}

#[test]
fn temporary_credentials_are_reused_also_when_the_clock_is_wrong() {
    let glue = Stub::start([Answer::Ok(json!({ "JobNames": [] }))]);
    for expiration in ["2099-01-01T00:00:00Z", "2001-01-01T00:00:00Z"] {
        let sts = Stub::start([Answer::Raw(200, assumed(expiration))]);
        let fields = json!({ "accessKeyId": "AKIA", "secretAccessKey": "s", "endpointUrl": glue.endpoint, "stsEndpointUrl": sts.endpoint });
        let mut stream = Stream::start(&[]);
        for _ in 0..3 {
            stream.send(&json!({ "action": "listJobs", "connection": assume_role("http://unused", fields.clone()) }));
            assert_eq!(stream.receive().expect("a reply")["ok"], true);
        }
        stream.finish();
        assert_eq!(sts.requests().len(), 1, "credentials that last until {expiration}");
    }
}

#[test]
fn credentials_that_glue_calls_expired_are_replaced_once() {
    let sts = Stub::start([Answer::Raw(200, assumed("2099-01-01T00:00:00Z"))]);
    let glue = Stub::start([
        Answer::Error(400, "ExpiredTokenException", "expired".to_owned()),
        Answer::Ok(json!({ "JobRunId": "jr_1" })),
    ]);
    let fields = json!({ "accessKeyId": "AKIA", "secretAccessKey": "s", "endpointUrl": glue.endpoint, "stsEndpointUrl": sts.endpoint });
    let outcome = invoke(
        &json!({ "action": "startJobRun", "connection": assume_role("http://unused", fields), "input": { "name": "a" } }),
    );
    assert_eq!(
        (&outcome.reply["data"], &outcome.reply["meta"]["attempts"]),
        (&json!({ "JobRunId": "jr_1" }), &json!(2))
    );
    assert_eq!((sts.requests().len(), glue.requests().len()), (2, 2));
}

#[test]
fn a_refused_role_is_a_connection_that_does_not_work() {
    let refusal = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform sts:AssumeRole</Message></Error></ErrorResponse>";
    let stub = Stub::start([Answer::Raw(403, refusal.to_owned())]);
    let outcome = invoke(&json!({
        "action": "startJobRun",
        "connection": assume_role(&stub.endpoint, json!({ "accessKeyId": "AKIA", "secretAccessKey": "s" })),
        "input": { "name": "a" },
    }));
    let error = &outcome.reply["error"];
    assert_eq!(
        (&error["kind"], &error["code"], &error["effect"]),
        (&json!("connection"), &json!("AccessDenied"), &json!("none"))
    );
    assert!(error["message"].as_str().expect("a message").contains("trust policy"));
    assert_eq!(stub.requests().len(), 1);
}

#[test]
fn fields_that_cannot_work_are_named() {
    let connection =
        |key: &str, fields: Value| json!({ "action": "listJobs", "connection": { "key": key, "fields": fields } });
    for (request, kind, field) in [
        (
            connection("apiKeySecret", json!({ "accessKeyId": "A" })),
            "invalidInput",
            "/connection/fields/secretAccessKey",
        ),
        (
            connection("apiKeySecret", json!({ "accessKeyId": "A b", "secretAccessKey": "s" })),
            "invalidInput",
            "/connection/fields/accessKeyId",
        ),
        (
            connection("apiKeySecret", json!({ "accessKeyId": "A", "secretAccessKey": "s", "secret": "x" })),
            "invalidInput",
            "/connection/fields/secret",
        ),
        (connection("awsAssumeRole", json!({})), "invalidInput", "/connection/fields/roleArn"),
        (
            connection("awsAssumeRole", json!({ "roleARN": "arn:aws:iam::123456789012:user/me" })),
            "invalidInput",
            "/connection/fields/roleARN",
        ),
        (
            connection("awsAssumeRole", json!({ "roleArn": "arn:aws:iam::123456789012:role/r", "accessKeyId": "A" })),
            "invalidInput",
            "/connection/fields/secretAccessKey",
        ),
        (
            connection(
                "awsAssumeRole",
                json!({ "roleArn": "arn:aws:iam::123456789012:role/r", "durationSeconds": 60 }),
            ),
            "invalidInput",
            "/connection/fields/durationSeconds",
        ),
        (
            connection("awsDefault", json!({ "endpointUrl": "localhost:1" })),
            "invalidInput",
            "/connection/fields/endpointUrl",
        ),
        (
            connection("awsDefault", json!({ "caBundle": "/nonexistent", "region": "us-east-1" })),
            "accessDenied",
            "/connection/fields/caBundle",
        ),
        (
            connection(
                "apiKeySecret",
                json!({ "accessKeyId": "A", "secretAccessKey": "s",
                    "caBundle": "-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----" }),
            ),
            "connection",
            "/connection/fields/caBundle",
        ),
        (
            connection("apiKeySecret", json!({ "accessKeyId": "A", "secretAccessKey": "s" })),
            "connection",
            "/input/awsRegion",
        ),
        (connection("apiKeysecret", json!({})), "invalidRequest", "/connection/key"),
        (json!({ "action": "listJobs", "connection": { "fields": {} } }), "invalidRequest", "/connection/key"),
        (json!({ "action": "listJobs", "connection": "apiKeySecret" }), "invalidRequest", "/connection"),
        (
            json!({ "action": "listJobs", "connection": { "key": "awsDefault", "field": {} } }),
            "invalidRequest",
            "/connection/field",
        ),
    ] {
        let error = invoke(&request).reply["error"].clone();
        assert_eq!((error["kind"].as_str(), error["field"].as_str()), (Some(kind), Some(field)), "{request}: {error}");
        assert_eq!(error["effect"], "none");
    }
}

#[test]
fn no_credentials_is_said_plainly() {
    let outcome = invoke(&json!({ "action": "listJobs", "input": { "awsRegion": "us-east-1" } }));
    let error = &outcome.reply["error"];
    assert_eq!(error["kind"], "connection");
    assert!(error["message"].as_str().expect("a message").starts_with("No AWS credentials were found"), "{error}");
}

#[test]
fn the_machines_own_credentials_come_from_files_and_processes() {
    let stub = Stub::start([Answer::Ok(json!({ "JobNames": [] }))]);
    let folder = std::env::temp_dir().join(format!("glue-connector-profiles-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("writable");
    let (config, credentials) = (folder.join("config"), folder.join("credentials"));
    std::fs::write(
        &config,
        "[profile team]\nregion = ca-central-1\n[profile tool]\nregion = us-west-2\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"ASIAPROCESS\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\"}'\n",
    )
    .expect("writable");
    std::fs::write(&credentials, "[team]\naws_access_key_id = AKIATEAM\naws_secret_access_key = s\n")
        .expect("writable");
    for (profile, key, region) in [("team", "AKIATEAM", "ca-central-1"), ("tool", "ASIAPROCESS", "us-west-2")] {
        let request =
            json!({ "action": "listJobs", "connection": { "key": "awsDefault", "fields": { "profile": profile } } });
        let outcome = invoke_text(
            command()
                .arg("invoke")
                .env("AWS_ENDPOINT_URL", &stub.endpoint)
                .env("AWS_CONFIG_FILE", &config)
                .env("AWS_SHARED_CREDENTIALS_FILE", &credentials),
            request.to_string().as_bytes(),
        );
        assert_eq!(outcome.reply["ok"], true, "{}", outcome.stdout);
        let signed = stub
            .requests()
            .last()
            .and_then(|request| request.header("authorization").map(str::to_owned))
            .expect("signed");
        assert!(signed.contains(key) && signed.contains(region), "{signed}");
    }
    std::fs::remove_dir_all(folder).expect("removable");
}

#[test]
fn the_usual_variables_stand_in_for_fields() {
    let (glue, other) = (Stub::start([Answer::Ok(json!({ "JobNames": [] }))]), Stub::start([Answer::Hangup]));
    let request = br#"{"action":"listJobs"}"#;
    let outcome = invoke_text(
        command()
            .arg("invoke")
            .envs([("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_REGION", "sa-east-1")])
            .envs([("AWS_ENDPOINT_URL", &other.endpoint), ("AWS_ENDPOINT_URL_GLUE", &glue.endpoint)]),
        request,
    );
    assert_eq!(outcome.reply["ok"], true, "{}", outcome.stdout);
    assert!(glue.requests()[0].header("authorization").is_some_and(|signed| signed.contains("/sa-east-1/")));
    assert!(other.requests().is_empty());
}

#[test]
fn prismatics_spelling_of_the_role_is_read() {
    let mut aws = Emulator::start();
    aws.boto3("iam", "CreateRole", json!({ "RoleName": "glue", "AssumeRolePolicyDocument": "{}" }));
    let mut request = request(&aws.endpoint, "listJobs", json!({}));
    request["connection"] =
        assume_role(&aws.endpoint, json!({ "accessKeyId": "AKIA", "secretAccessKey": "s", "externalId": "" }));
    let fields = request["connection"]["fields"].as_object_mut().expect("fields");
    let arn = fields.remove("roleArn").expect("a role");
    fields.insert("roleARN".to_owned(), arn);
    assert_eq!(invoke(&request).reply["data"], data(&aws.endpoint, "listJobs", json!({})));
}
