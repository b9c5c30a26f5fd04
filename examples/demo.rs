//! `cargo run --example demo`: a whole flow, as a host would run it, on an emulator of AWS on this machine.

#![allow(missing_docs, dead_code, clippy::needless_pass_by_value, clippy::print_stdout, reason = "a demo prints")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::process::Command;

use serde_json::{Value, json};
use support::emulator::Emulator;
use support::program::{Stream, connection};

fn main() {
    say("Building glue-connector");
    // Named together with this example, the binary shares its dependencies; alone, all of them would be built again.
    let targets = ["--bin", "glue-connector", "--example", "demo"];
    let built = Command::new(env!("CARGO")).args(["build", "--quiet"]).args(targets).status().expect("cargo");
    assert!(built.success(), "the build failed");
    say("Installing the AWS emulator below target/ (the first time only) and starting it on 127.0.0.1");
    let mut aws = Emulator::start();
    say("Making a job, a crawler and a trigger in it, as they would be in your account");
    prepare(&mut aws);

    say(
        "Starting `glue-connector stream`, as a host does, and talking JSON with it.\nEvery request carries this connection (shown once, its secret hidden):",
    );
    let mut shown = connection(&aws.endpoint);
    shown["fields"]["secretAccessKey"] = json!("***");
    println!("{shown:#}");
    let mut host = Host { stream: Stream::start(&[]), connection: connection(&aws.endpoint), requests: 0 };

    host.ask("Does the connection work?", json!({ "check": true }));
    host.act("Which jobs are there?", "listJobs", json!({}));
    let run = host.act(
        "Start one, with an argument for its script",
        "startJobRun",
        json!({ "name": "nightly-orders", "args": { "--day": "2026-11-20" } }),
    );
    let run = run["JobRunId"].clone();
    host.act("How is it doing?", "getJobRun", json!({ "name": "nightly-orders", "runId": run }));
    host.act("Stop it", "stopJobRun", json!({ "name": "nightly-orders", "jobRunIds": [run] }));
    host.act("And now?", "getJobRun", json!({ "name": "nightly-orders", "runId": run }));
    host.act("Start a crawler", "startCrawler", json!({ "name": "orders" }));
    host.act("Stop it", "stopCrawler", json!({ "name": "orders" }));
    host.act("Which triggers start the job?", "listTriggers", json!({ "dependentJobName": "nightly-orders" }));
    host.act("Activate one", "startTrigger", json!({ "name": "every-night" }));
    let database = json!({
        "name": "orders-db",
        "connectionType": "JDBC",
        "connectionProperties": {
            "JDBC_CONNECTION_URL": "jdbc:postgresql://orders.example.com:5432/shop",
            "USERNAME": "reader",
            "PASSWORD": "a password that no reply shows",
        },
    });
    host.act("Create a Glue connection to a database", "createConnection", database);
    host.act("List the Glue connections", "listConnections", json!({ "connectionType": "JDBC" }));
    host.act("Read one: its password stays hidden", "getConnection", json!({ "name": "orders-db" }));
    host.act("A mistake in a form never reaches AWS", "getJobRun", json!({ "name": "nightly-orders", "runID": run }));
    host.act("And what AWS refuses is explained", "startCrawler", json!({ "name": "order" }));

    let (rest, status) = host.stream.finish();
    assert!(rest.is_empty() && status == 0, "the stream did not end cleanly");
    drop(aws);
    say("Done. The connector and the emulator have ended; what was installed stays below target/.");
}

struct Host {
    stream: Stream,
    connection: Value,
    requests: u32,
}

impl Host {
    fn act(&mut self, title: &str, action: &str, input: Value) -> Value {
        self.ask(title, json!({ "action": action, "input": input }))
    }

    fn ask(&mut self, title: &str, mut request: Value) -> Value {
        self.requests += 1;
        say(title);
        let mut sent = json!({ "id": self.requests });
        sent.as_object_mut().expect("an object").append(request.as_object_mut().expect("an object"));
        println!("→ {sent}");
        sent["connection"] = self.connection.clone();
        self.stream.send(&sent);
        let mut reply = self.stream.receive().expect("a reply");
        println!("← {reply:#}");
        reply["data"].take()
    }
}

fn prepare(aws: &mut Emulator) {
    aws.slow_down(100);
    aws.create_job("nightly-orders", 1);
    let targets = json!({ "S3Targets": [{ "Path": "s3://orders" }] });
    aws.boto3(
        "glue",
        "CreateCrawler",
        json!({ "Name": "orders", "Role": "glue", "DatabaseName": "shop", "Targets": targets }),
    );
    let nightly = json!({ "Name": "every-night", "Type": "SCHEDULED", "Schedule": "cron(0 1 * * ? *)", "Actions": [{ "JobName": "nightly-orders" }] });
    aws.boto3("glue", "CreateTrigger", nightly);
}

fn say(text: &str) {
    println!("\n\x1b[1m{text}\x1b[0m");
}
