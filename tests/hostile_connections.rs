//! Connections whose authors are not to have what the machine has: refused before anything is opened or sent.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::program::{command, invoke_text};
use crate::support::stub::{Answer, Stub};

const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
const ROLE: &str = "arn:aws:iam::123456789012:role/r";
/// More than any run takes, on a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(1);

/// A folder with a pipe that nobody writes to: whoever opens it never comes back.
struct Trap(PathBuf);

impl Trap {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("glue-connector-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("writable");
        let trap = Self(folder);
        assert!(Command::new("mkfifo").arg(trap.pipe()).status().expect("mkfifo").success());
        trap
    }

    fn pipe(&self) -> PathBuf {
        self.0.join("pipe")
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The binary on a machine with an identity of its own.
fn on_machine(files: &Path) -> Command {
    let mut command = command();
    command.envs([("AWS_ACCESS_KEY_ID", "AKIAMACHINE"), ("AWS_SECRET_ACCESS_KEY", "machine-secret")]);
    command.env("AWS_CONFIG_FILE", files).env("AWS_SHARED_CREDENTIALS_FILE", files);
    command
}

/// Runs a command that must end.
fn run(command: &mut Command, text: &str) -> Value {
    let mut process = command.spawn().expect("the binary starts");
    let _ = process.stdin.take().expect("piped").write_all(text.as_bytes());
    let end = Instant::now() + PATIENCE;
    while process.try_wait().expect("a process").is_none() {
        if Instant::now() > end {
            process.kill().expect("a process");
            panic!("it hangs on {text}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut reply = String::new();
    process.stdout.take().expect("piped").read_to_string(&mut reply).expect("UTF-8");
    serde_json::from_str(&reply).unwrap_or_else(|_| panic!("no reply to {text}: {reply}"))
}

fn connection(key: &str, fields: &Value) -> Value {
    json!({ "key": key, "fields": fields })
}

/// A connection with keys of its own.
fn own(fields: Value) -> Value {
    let mut all = json!({ "accessKeyId": "AKIA", "secretAccessKey": "s", "region": "us-east-1" });
    all.as_object_mut().expect("fields").extend(fields.as_object().expect("fields").clone());
    connection("apiKeySecret", &all)
}

/// The connections that are refused: flags, connection, and the field that is named.
fn hostile(stub: &str, pipe: &str) -> Vec<(Vec<&'static str>, Value, String)> {
    let proxy = stub.replace("http://", "http://user:pass@");
    let port = stub.rsplit_once(':').expect("a port").1;
    let mut cases: Vec<(Vec<&'static str>, Value, String)> = Vec::new();
    let mut add = |flags: &[&'static str], connection: Value, field: &str| {
        cases.push((flags.to_vec(), connection, format!("/connection{field}")));
    };
    // The machine's own identity never travels where a request says.
    let of_machine = |fields: Value| {
        let mut role = fields.clone();
        role["roleArn"] = json!(ROLE);
        [connection("awsDefault", &fields), connection("awsAssumeRole", &role)]
    };
    for (name, value) in [
        ("proxyUrl", proxy.as_str()),
        ("endpointUrl", stub),
        ("stsEndpointUrl", stub),
        ("endpointUrl", "https://glue.eu-west-1.amazonaws.com.example.com"),
        ("endpointUrl", "http://glue.eu-west-1.amazonaws.com"),
        ("caBundle", PEM),
        ("caBundle", pipe),
    ] {
        for flags in [&[][..], &["--allow-proxy", "other:1"], &["--allow-endpoint", "http://other:1"]] {
            for connection in of_machine(json!({ name: value })) {
                add(flags, connection, &format!("/fields/{name}"));
            }
        }
    }
    // No request makes the process open a file.
    for path in [pipe, "/dev/stdin", "/dev/zero", "nonexistent", "-----BEGIN"] {
        add(&[], own(json!({ "caBundle": path })), "/fields/caBundle");
        add(&["--multi-tenant"], own(json!({ "caBundle": path })), "/fields/caBundle");
    }
    // Odd spellings of this machine and of its neighbours.
    for host in [
        "127.1",
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "0177.0.0.1",
        "0",
        "0.0.0.0",
        "localhost.",
        "127.0.0.1.",
        "LOCALHOST.localdomain",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "[::]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "metadata",
        "glue.eu-west-1.amazonaws.com.",
        "gl\u{fc}e.eu-west-1.amazonaws.com",
        "\u{24d6}lue.eu-west-1.amazonaws.com",
        "127\u{3002}0\u{3002}0\u{3002}1",
        "\u{ff11}27.0.0.1",
        "127.0.0.1\\",
        "%31%32%37.0.0.1",
    ] {
        for name in ["endpointUrl", "stsEndpointUrl"] {
            for flags in [&[][..], &["--multi-tenant"]] {
                add(flags, own(json!({ name: format!("http://{host}:{port}") })), &format!("/fields/{name}"));
            }
        }
    }
    // Each rule by its flag.
    for flags in [&["--deny-private-endpoints"][..], &["--multi-tenant"]] {
        for host in ["127.0.0.1", "localhost", "LocalHost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"] {
            add(flags, own(json!({ "endpointUrl": format!("http://{host}:{port}") })), "/fields/endpointUrl");
        }
        let private = "https://vpce-0a1b.glue.eu-west-1.vpce.amazonaws.com";
        add(flags, own(json!({ "endpointUrl": private })), "/fields/endpointUrl");
    }
    for flags in [&["--deny-proxy"][..], &["--multi-tenant"], &["--allow-proxy", "127.0.0.1:1"]] {
        add(flags, own(json!({ "proxyUrl": proxy })), "/fields/proxyUrl");
    }
    for flags in [&["--deny-machine-identity"][..], &["--multi-tenant"]] {
        add(flags, Value::Null, "");
        add(flags, connection("awsDefault", &json!({})), "/key");
        add(flags, connection("awsDefault", &json!({ "proxyUrl": proxy })), "/key");
        add(flags, connection("awsDefault", &json!({ "profile": "admin" })), "/fields/profile");
        add(flags, connection("awsAssumeRole", &json!({ "roleArn": ROLE })), "/key");
    }
    cases
}

fn request(connection: &Value, endpoint: &str) -> Value {
    let mut request = json!({ "action": "listJobs", "input": { "awsRegion": "us-east-1" }, "timeoutMs": 5000 });
    if !connection.is_null() {
        request["connection"] = connection.clone();
        let fields = request["connection"]["fields"].as_object_mut().expect("fields");
        // Where nothing else is said, requests that get through are seen.
        if connection["key"] != "awsDefault" && !fields.contains_key("roleArn") {
            fields.entry("endpointUrl").or_insert(json!(endpoint));
        }
    }
    request
}

#[test]
fn hostile_connections_open_nothing_and_send_nothing() {
    let stub = Stub::start([Answer::Ok(json!({ "JobNames": [] }))]);
    let trap = Trap::new("hostile");
    let pipe = trap.pipe();
    let cases = hostile(&stub.endpoint, pipe.to_str().expect("UTF-8"));
    assert!(cases.len() > 150, "only {}", cases.len());
    for (number, (flags, connection, field)) in cases.iter().enumerate() {
        // The endpoint of a request that is to be refused for something else must not be refused first.
        let endpoint =
            if flags.contains(&"--multi-tenant") { "https://glue.us-east-1.amazonaws.com" } else { &stub.endpoint };
        let request = request(connection, endpoint);
        for (way, task) in [("invoke", "action"), ("stream", "action"), ("stream", "check"), ("invoke", "dataSource")] {
            // Every way with every rule would take long.
            if way != ["invoke", "stream"][number % 2] && task == "action" || task != "action" && number % 5 != 0 {
                continue;
            }
            let mut request = request.clone();
            let members = request.as_object_mut().expect("members");
            members.remove("action");
            members.insert(
                task.to_owned(),
                match task {
                    "check" => json!(true),
                    "dataSource" => json!("jobs"),
                    _ => json!("listJobs"),
                },
            );
            let what = format!("{way} {flags:?} {request}");
            let reply = run(on_machine(&pipe).arg(way).args(flags), &format!("{request}\n"));
            let error = &reply["error"];
            assert_eq!(
                (error["kind"].as_str(), error["field"].as_str()),
                (Some("accessDenied"), Some(field.as_str())),
                "{what}: {reply}"
            );
            assert_eq!((&error["effect"], &error["retryable"]), (&json!("none"), &json!(false)), "{what}");
            assert_eq!(reply["meta"]["attempts"], 0, "{what}");
            let message = error["message"].as_str().expect("a message");
            assert!(message.contains("--") && !message.contains("pass"), "{what}: {message}");
        }
    }
    assert_eq!(stub.connections.load(Ordering::SeqCst), 0, "somebody connected");
}

#[test]
fn what_the_operator_allows_goes_through() {
    let stub = Stub::start([Answer::Ok(json!({ "JobNames": ["there"] }))]);
    let address = stub.endpoint.trim_start_matches("http://").to_owned();
    let capitals = stub.endpoint.replace("http", "HTTP");
    let elsewhere = "http://glue.invalid";
    let endpoint = json!({ "endpointUrl": stub.endpoint });
    let through = json!({ "endpointUrl": elsewhere, "proxyUrl": stub.endpoint });
    let default = |fields: &Value| connection("awsDefault", fields);
    let both = ["--allow-proxy", &address, "--allow-endpoint", "http://GLUE.invalid:80/"];
    let with = |more: &[&'static str]| -> Vec<String> { more.iter().copied().chain(both).map(str::to_owned).collect() };
    let only = |flags: &[&str]| -> Vec<String> { flags.iter().map(|flag| (*flag).to_owned()).collect() };
    for (flags, connection) in [
        (only(&[]), own(endpoint.clone())),
        (only(&["--allow-endpoint", elsewhere]), own(through.clone())),
        (only(&["--allow-endpoint", &capitals]), default(&endpoint)),
        (with(&[]), default(&through)),
        (with(&["--deny-proxy", "--deny-private-endpoints"]), default(&through)),
        (with(&["--multi-tenant"]), own(through.clone())),
        (only(&["--multi-tenant", "--allow-endpoint", &capitals]), own(endpoint.clone())),
    ] {
        let seen = stub.requests().len();
        let request = request(&connection, &stub.endpoint);
        let outcome = invoke_text(
            on_machine(Path::new("/nonexistent")).arg("invoke").args(&flags),
            request.to_string().as_bytes(),
        );
        assert_eq!(outcome.reply["data"], json!({ "JobNames": ["there"] }), "{flags:?} {request}: {}", outcome.stdout);
        assert_eq!(stub.requests().len(), seen + 1);
    }
}

#[test]
fn the_operators_own_connection_is_free_to_name_all() {
    let stub = Stub::start([Answer::Ok(json!({ "JobNames": ["there"] }))]);
    let trap = Trap::new("operator");
    let (file, bundle) = (trap.0.join("connection.json"), trap.0.join("ca.pem"));
    fs::write(&bundle, rcgen::generate_simple_self_signed(vec!["a".to_owned()]).expect("a certificate").cert.pem())
        .expect("writable");
    let fields = json!({ "endpointUrl": "http://10.1.2.3", "proxyUrl": stub.endpoint, "caBundle": bundle, "region": "us-east-1" });
    fs::write(&file, connection("awsDefault", &fields).to_string()).expect("writable");
    let by_file = |more: &[&str]| {
        let mut command = on_machine(Path::new("/nonexistent"));
        invoke_text(command.args(["invoke", "listJobs", "--connection"]).arg(&file).args(more), b"")
    };
    for flags in [&[][..], &["--multi-tenant"]] {
        let outcome = by_file(flags);
        assert_eq!(outcome.reply["data"], json!({ "JobNames": ["there"] }), "{flags:?}: {}", outcome.stdout);
    }
    // Nobody says that the arguments are the operator's.
    let none = invoke_text(on_machine(Path::new("/nonexistent")).args(["invoke", "listJobs", "--multi-tenant"]), b"");
    assert_eq!(
        (&none.reply["error"]["kind"], &none.reply["error"]["field"]),
        (&json!("accessDenied"), &json!("/connection"))
    );
}

#[test]
fn the_machines_files_are_not_read_for_connections_that_may_not_use_it() {
    let trap = Trap::new("region");
    let fields = json!({ "accessKeyId": "AKIA", "secretAccessKey": "s" });
    let request = json!({ "action": "listJobs", "connection": connection("apiKeySecret", &fields) });
    for flag in ["--deny-machine-identity", "--multi-tenant"] {
        let reply = run(on_machine(&trap.pipe()).args(["invoke", flag]), &request.to_string());
        let error = &reply["error"];
        assert_eq!((&error["kind"], &error["field"]), (&json!("connection"), &json!("/input/awsRegion")), "{reply}");
    }
}
