//! The way to AWS: proxy, trust store, endpoints.

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::emulator::Emulator;
use crate::support::program::{command, invoke, invoke_text, request};
use crate::support::stub::{Answer, Stub};

#[test]
fn requests_go_through_the_proxy_that_is_named() {
    // An HTTP proxy is asked for the whole URL; the stub does not mind.
    let proxy = Stub::start([Answer::Ok(json!({ "JobNames": ["by-proxy"] }))]);
    let at = proxy.endpoint.replace("http://", "http://user:s3cret-pass@");
    let mut through = request("http://glue.invalid", "listJobs", json!({}));
    through["connection"]["fields"]["proxyUrl"] = json!(at);
    let outcome = invoke_text(
        command().args(["invoke", "--allow-endpoint", "http://glue.invalid"]),
        through.to_string().as_bytes(),
    );
    assert_eq!(outcome.reply["data"], json!({ "JobNames": ["by-proxy"] }), "{}", outcome.stdout);
    assert!(proxy.requests()[0].header("proxy-authorization").is_some_and(|value| value.starts_with("Basic ")));
    assert!(!outcome.stdout.contains("s3cret-pass"));
}

#[test]
fn a_ca_bundle_decides_whom_to_trust() {
    let mut aws = Emulator::start();
    let (endpoint, ca) = aws.tls(r#"{"JobNames":["over-tls"]}"#);
    let mut request = request(&endpoint, "listJobs", json!({}));
    let by_default = |level: &str| {
        let mut command = command();
        command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR").args(["invoke", "--log", level]);
        command
    };
    let stranger = invoke_text(&mut by_default("debug"), request.to_string().as_bytes());
    assert!(stranger.stderr.contains("the system's trust store is read"), "{}", stranger.stderr);
    let stranger = stranger.reply;
    assert_eq!(
        (&stranger["error"]["kind"], &stranger["error"]["retryable"]),
        (&json!("unreachable"), &json!(false)),
        "{stranger}"
    );
    assert!(stranger["error"]["message"].as_str().expect("a message").contains("caBundle"));

    let file = std::env::temp_dir().join(format!("glue-connector-ca-{}.pem", std::process::id()));
    std::fs::write(
        &file,
        format!("# A comment, and a certificate that is none\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n{ca}"),
    )
    .expect("writable");
    request["connection"]["fields"]["caBundle"] = json!(ca);
    let trusted = invoke(&request);
    assert_eq!(trusted.reply["data"], json!({ "JobNames": ["over-tls"] }), "{}", trusted.stdout);
    // Only the operator's own connection may name a file.
    request["connection"]["fields"]["caBundle"] = json!(file);
    let operators = file.with_extension("json");
    std::fs::write(&operators, request["connection"].to_string()).expect("writable");
    let trusted = invoke_text(command().args(["invoke", "listJobs", "--connection"]).arg(&operators), b"");
    assert_eq!(trusted.reply["data"], json!({ "JobNames": ["over-tls"] }), "{}", trusted.stdout);
    std::fs::remove_file(operators).expect("removable");
    request["connection"]["fields"]["caBundle"] = Value::Null;
    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let trusted = invoke_text(by_default("error").env(variable, &file), request.to_string().as_bytes());
        assert_eq!(trusted.reply["ok"], true, "{variable}: {}", trusted.stdout);
    }
    std::fs::remove_file(file).expect("removable");
}

#[test]
fn fips_and_dual_stack_choose_other_endpoints() {
    for (fields, host) in [
        (json!({}), "glue.us-east-1.amazonaws.com"),
        (json!({ "useFips": "true" }), "glue-fips.us-east-1.amazonaws.com"),
        (json!({ "useDualStack": true }), "glue.us-east-1.api.aws"),
        (json!({ "useFips": true, "useDualStack": true }), "glue-fips.us-east-1.api.aws"),
    ] {
        // The proxy sees which host is asked for, and refuses.
        let proxy = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = format!("http://{}", proxy.local_addr().expect("an address"));
        let mut through = json!({ "action": "listJobs", "connection": { "key": "apiKeySecret", "fields": {
            "accessKeyId": "AKIA", "secretAccessKey": "s", "region": "us-east-1", "proxyUrl": at } }, "timeoutMs": 4000 });
        through["connection"]["fields"]
            .as_object_mut()
            .expect("fields")
            .extend(fields.as_object().expect("fields").clone());
        let asked = std::thread::spawn(move || {
            use std::io::BufRead;
            let (client, _) = proxy.accept().expect("a client");
            let mut line = String::new();
            std::io::BufReader::new(client).read_line(&mut line).expect("a line");
            line
        });
        let outcome = invoke(&through);
        assert_eq!(outcome.reply["error"]["kind"], "unreachable", "{}", outcome.stdout);
        assert_eq!(asked.join().expect("asked"), format!("CONNECT {host}:443 HTTP/1.1\r\n"));
    }
}

#[test]
fn a_request_that_cannot_connect_says_so() {
    let error = crate::support::program::error("http://127.0.0.1:9", "startCrawler", json!({ "name": "c" }));
    assert_eq!(
        (&error["kind"], &error["effect"], &error["retryable"]),
        (&json!("unreachable"), &json!("none"), &json!(true))
    );
    assert!(error["message"].as_str().expect("a message").contains("Connection refused"), "{error}");
}

/// A server that takes connections and says nothing.
fn silent_server() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    (listener, address.to_string())
}

#[test]
fn a_metadata_service_that_hangs_is_given_up_soon() {
    let (_metadata, address) = silent_server();
    let start = Instant::now();
    let outcome = invoke_text(
        command()
            .arg("invoke")
            .env_remove("AWS_EC2_METADATA_DISABLED")
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("http://{address}")),
        br#"{"action":"listJobs","input":{"awsRegion":"us-east-1"},"timeoutMs":30000}"#,
    );
    assert_eq!(outcome.reply["error"]["kind"], "connection", "{}", outcome.stdout);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn a_service_that_takes_no_connection_is_unreachable() {
    let (_sts, address) = silent_server();
    let request = json!({
        "action": "startJobRun",
        "connection": { "key": "awsAssumeRole", "fields": {
            "roleArn": "arn:aws:iam::123456789012:role/glue", "region": "us-east-1",
            "accessKeyId": "AKIA", "secretAccessKey": "s", "stsEndpointUrl": format!("https://{address}"),
        } },
        "input": { "name": "a" },
        "timeoutMs": 7000,
    });
    let outcome = invoke_text(command().args(["invoke", "--log", "debug"]), request.to_string().as_bytes());
    // The deadline may end the second attempt.
    assert!(outcome.stderr.contains("kind=Unreachable"), "{}", outcome.stderr);
    let error = &outcome.reply["error"];
    assert_eq!((&error["effect"], &error["retryable"]), (&json!("none"), &json!(true)), "{error}");
}

#[test]
fn ca_bundles_are_regular_files() {
    let folder = std::env::temp_dir().join(format!("glue-connector-bundles-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("writable");
    let (large, pipe) = (folder.join("large.pem"), folder.join("pipe"));
    std::fs::write(&large, vec![b'\n'; 2 << 20]).expect("writable");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    for bundle in [&large, &pipe, &folder, &PathBuf::from("/dev/zero")] {
        let request = request("http://127.0.0.1:9", "listJobs", json!({}));
        let outcome = invoke_text(command().arg("invoke").env("AWS_CA_BUNDLE", bundle), request.to_string().as_bytes());
        let error = &outcome.reply["error"];
        assert_eq!((&error["kind"], &error["field"]), (&json!("connection"), &Value::Null), "{error}");
        assert!(error["message"].as_str().expect("a message").contains("AWS_CA_BUNDLE"), "{error}");
    }
    std::fs::remove_dir_all(folder).expect("removable");
}
