//! The parser of requests accepts what `spec/protocol/request.json` allows, and nothing else.

use glue_connector::protocol::{MAX_TIMEOUT_MS, Request, Task, parse_connection};
use glue_connector::registry::{DATA_SOURCES, action, connection};
use jsonschema::Validator;
use secrecy::ExposeSecret;

/// Members of requests: their names, texts that the schema allows, and texts that it does not.
const MEMBERS: &[(&str, &[&str], &[&str])] = &[
    ("id", &["7", "-1.5e3", r#""7""#, r#""\u2028""#], &["null", "true", "[7]", r#"{"id":7}"#]),
    ("action", &[r#""listJobs""#, r#""runJob""#, r#""list\u004aobs""#], &[r#""listJob""#, "7", "null", "{}"]),
    ("dataSource", &[r#""jobs""#, r#""regions""#], &[r#""job""#, "7", "null", "[]"]),
    ("check", &["true"], &["false", "null", "1", r#""true""#]),
    ("cancel", &["7", "-1.5", r#""7""#], &["null", "false", "[]", "{}"]),
    (
        "connection",
        &[
            r#"{"key":"awsDefault"}"#,
            r#"{"key":"apiKeySecret","fields":{}}"#,
            r#"{"fields":{"region":"us-east-1"},"key":"awsDefault"}"#,
        ],
        &[
            "null",
            r#""awsDefault""#,
            "[]",
            "{}",
            r#"{"key":null}"#,
            r#"{"key":"awsdefault"}"#,
            r#"{"fields":{}}"#,
            r#"{"key":"awsDefault","fields":null}"#,
            r#"{"key":"awsDefault","fields":[]}"#,
            r#"{"key":"awsDefault","field":{}}"#,
        ],
    ),
    ("input", &["{}", r#"{"name":1}"#], &["null", "[]", r#""{}""#, "1"]),
    (
        "timeoutMs",
        &["1", "518399999", "518400000", "1000.0", "1e3", "5.184E8"],
        &["0", "-0", "-1", "518400001", "5.184000005e8", "1.5", "1e10", "99999999999999999999", r#""1""#, "null", "{}"],
    ),
    ("inputs", &[], &["{}"]),
    ("ID", &[], &["7"]),
    ("", &[], &["null"]),
];

const TASKS: &[&str] = &["action", "dataSource", "check", "cancel"];

fn schema() -> Validator {
    let schema = serde_json::from_str(include_str!("../spec/protocol/request.json")).expect("JSON");
    jsonschema::validator_for(&schema).expect("a schema")
}

/// True when the connector would start on a request. Connections and inputs have schemas of their own, by key.
fn is_accepted(text: &str) -> bool {
    let Ok(request) = Request::parse(text.as_bytes()) else { return false };
    let is_known = match &request.task {
        Task::Action(key) => action(key).is_some(),
        Task::DataSource(key) => DATA_SOURCES.iter().any(|source| source.meta().key == key),
        Task::Check | Task::Cancel(_) => true,
    };
    is_known && request.connection.is_none_or(|connection| is_connection(connection.expose_secret()))
}

fn is_connection(text: &str) -> bool {
    let Ok((key, fields)) = parse_connection(text) else { return false };
    let Some(connection) = connection(&key) else { return false };
    let refused = connection.read(fields).err().and_then(|error| error.field);
    // A pointer into the fields: the whole of them.
    refused.as_deref() != Some("")
}

/// Both verdicts, which must be one.
fn verdict(schema: &Validator, text: &str) -> bool {
    let allowed = schema.is_valid(&serde_json::from_str(text).expect("JSON"));
    assert_eq!(is_accepted(text), allowed, "the parser and the schema do not agree on {text}");
    allowed
}

fn object(members: &[(&str, &str)]) -> String {
    let members = members.iter().map(|(name, text)| format!(r#""{name}":{text}"#)).collect::<Vec<_>>();
    format!("{{{}}}", members.join(","))
}

#[test]
fn each_member_is_accepted_as_the_schema_says() {
    let schema = schema();
    assert!(MEMBERS.iter().any(|(_, allowed, _)| allowed.contains(&MAX_TIMEOUT_MS.to_string().as_str())));
    for (name, allowed, refused) in MEMBERS {
        for (texts, expected) in [(allowed, true), (refused, false)] {
            for text in *texts {
                let mut members = vec![(*name, *text)];
                if !TASKS.contains(name) {
                    members.push(("action", r#""listJobs""#));
                }
                assert_eq!(verdict(&schema, &object(&members)), expected, "{members:?}");
            }
        }
    }
    for text in ["{}", "[]", "null", "7", r#""check""#, "true"] {
        assert!(!verdict(&schema, text), "{text}");
    }
}

#[test]
fn members_are_accepted_together_as_the_schema_says() {
    let schema = schema();
    let mut random = fastrand::Rng::with_seed(7);
    let mut counts = [0, 0];
    for _ in 0..20_000 {
        // Mostly one task, mostly with members that are allowed.
        let mut members = Vec::new();
        for (name, allowed, refused) in MEMBERS {
            let share = if TASKS.contains(name) || allowed.is_empty() { 0.2 } else { 0.5 };
            if random.f64() < share {
                let texts = if allowed.is_empty() || random.f64() < 0.1 { refused } else { allowed };
                members.extend(random.choice(*texts).map(|text| (*name, *text)));
            }
        }
        random.shuffle(&mut members);
        counts[usize::from(verdict(&schema, &object(&members)))] += 1;
    }
    assert!(counts.iter().all(|count| *count > 2000), "{counts:?}");
}
