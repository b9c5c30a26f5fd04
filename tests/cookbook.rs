//! The flows of `docs/cookbook.md`, run as they stand there.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::support::emulator::Emulator;
use crate::support::program::{Stream, connection};

/// A flow: its title, and requests with the replies that the cookbook shows.
struct Flow {
    title: String,
    steps: Vec<(Value, Value)>,
}

/// The flows of the cookbook, one a heading: in their blocks of JSON, each request is followed by its reply.
fn flows() -> Vec<Flow> {
    let flow = |text: &str| {
        let title = text.lines().next().expect("a title").to_owned();
        let blocks: String = text.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        let values = serde_json::Deserializer::from_str(&blocks).into_iter::<Value>();
        let values: Vec<_> = values.collect::<Result<_, _>>().unwrap_or_else(|problem| panic!("{title}: {problem}"));
        let steps = values.chunks(2).map(|step| match step {
            [request, reply] => (request.clone(), reply.clone()),
            _ => panic!("{title}: a request has no reply"),
        });
        Flow { steps: steps.collect(), title }
    };
    include_str!("../docs/cookbook.md").split("\n## ").skip(1).map(flow).collect()
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

/// What the cookbook shows must be there; it leaves out what does not matter.
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
