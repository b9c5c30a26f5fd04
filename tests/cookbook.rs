//! The README's cookbook, run as it stands there.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::emulator::Emulator;
use crate::support::program::{Stream, connection};

/// A flow: its title, and requests with the replies that the README shows.
struct Flow {
    title: String,
    steps: Vec<(Value, Value)>,
}

/// The flows below the README's heading: lines that begin with `{"action"` are requests, the line after each its reply.
fn flows() -> Vec<Flow> {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("a README");
    let (_, page) = page.split_once("\n## Cookbook\n").expect("a cookbook");
    let (page, _) = page.split_once("\n## ").expect("an end");
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|problem| panic!("{line}: {problem}"));
    let flow = |text: &str| {
        let mut lines = text.lines();
        let title = lines.next().expect("a title").to_owned();
        let mut steps = Vec::new();
        while let Some(line) = lines.next() {
            if line.starts_with("{\"action\"") {
                steps.push((parse(line), parse(lines.next().expect("a reply"))));
            }
        }
        Flow { title, steps }
    };
    page.split("\n### ").skip(1).map(flow).collect()
}

/// Text with an ellipsis stands for any; the same text stands for the same thing in the rest of the flow.
type Bound = HashMap<String, Value>;

fn fill_in(value: &mut Value, bound: &Bound) {
    match value {
        Value::String(text) if text.contains('…') => {
            *value = bound.get(text).unwrap_or_else(|| panic!("{text} is not bound")).clone();
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill_in(item, bound)),
        Value::Object(members) => members.values_mut().for_each(|member| fill_in(member, bound)),
        _ => {}
    }
}

/// What the README shows must be there; it leaves out what does not matter.
fn compare(shown: &Value, found: &Value, bound: &mut Bound, path: &str) {
    match shown {
        Value::String(text) if text.contains('…') => {
            let same = bound.entry(text.clone()).or_insert_with(|| found.clone());
            assert_eq!(same, found, "{path}: {text}");
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| compare(member, &found[name], bound, &format!("{path}.{name}")));
        }
        Value::Array(items) => {
            assert_eq!(found.as_array().map(Vec::len), Some(items.len()), "{path}: {found}");
            items
                .iter()
                .zip(found.as_array().into_iter().flatten())
                .for_each(|(shown, found)| compare(shown, found, bound, path));
        }
        // How long it took is never the same.
        Value::Number(_) if path.ends_with("Seconds") => assert!(found.is_number(), "{path}: {found}"),
        other => assert_eq!(other, found, "{path}"),
    }
}

#[test]
fn every_flow_of_the_cookbook_works() {
    let flows = flows();
    assert_eq!(flows.len(), 6);
    for flow in flows {
        let mut aws = Emulator::start();
        for job in ["import-orders", "nightly-orders", "weekly-report"] {
            aws.create_job(job, 5);
        }
        aws.boto3(
            "glue",
            "CreateCrawler",
            json!({ "Name": "orders", "Role": "r", "DatabaseName": "shop", "Targets": { "S3Targets": [{ "Path": "s3://x" }] } }),
        );
        aws.boto3("glue", "CreateDatabase", json!({ "DatabaseInput": { "Name": "shop" } }));
        aws.slow_down(1);
        if flow.title.starts_with("Stop") {
            aws.slow_down(1_000_000);
            for _ in 0..2 {
                aws.boto3("glue", "StartJobRun", json!({ "JobName": "nightly-orders" }));
            }
        }
        let mut stream = Stream::start(&[]);
        let mut bound = Bound::new();
        for (mut request, shown) in flow.steps {
            fill_in(&mut request, &bound);
            request["connection"] = connection(&aws.endpoint);
            stream.send(&request);
            let reply = stream.receive().expect("a reply");
            assert_eq!(shown["ok"], reply["ok"], "{}: {reply}", flow.title);
            compare(&shown, &reply, &mut bound, &flow.title);
        }
        stream.finish();
    }
}
