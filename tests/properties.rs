//! Properties of everything that reads what a stranger wrote: no panic, no value repeated, always an answer.

use glue_connector::protocol::Request;
use glue_connector::registry::{ACTIONS, CONNECTIONS};
use glue_runtime::redact::names::{MASK, mask_url, secrets_in_url};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};

use crate::support::program::{Stream, request};
use crate::support::stub::{Answer, Stub};

fn masked(mut text: String) -> String {
    mask_url(&mut text);
    text
}

/// Any JSON value, three levels deep, with field names among its keys.
fn any_json() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        "\\PC{0,8}",
        proptest::sample::select(vec![
            "name",
            "maxItems",
            "args",
            "tags",
            "key",
            "value",
            "awsRegion",
            "jobRunIds",
            "connectionProperties",
            "fields"
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,40}".prop_map(Value::from),
        Just(json!("")),
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(key.clone(), inner, 0..6).prop_map(|map| json!(map))
        ]
    })
}

proptest! {
    #[test]
    fn parsing_a_request_never_panics(bytes in vec(any::<u8>(), 0..200)) {
        drop(Request::parse(&bytes));
    }

    #[test]
    fn parsing_something_like_a_request_never_panics(value in any_json(), action in "\\PC{0,10}") {
        for request in [json!({ "action": action, "input": value }), json!({ "action": action, "connection": value }), json!({ "id": value, "check": true }), value] {
            drop(Request::parse(request.to_string().as_bytes()));
        }
    }

    #[test]
    fn forms_take_or_refuse_anything_and_repeat_no_value(value in any_json(), canary in "[a-z]{12}") {
        for entry in ACTIONS.iter() {
            for given in [value.clone(), json!({ "name": canary, "maxItems": canary, "timeout": canary, "hidePassword": canary, "jobRunIds": canary, "tags": canary })] {
                if let Err(error) = entry.read(given) {
                    prop_assert!(error.field.as_ref().is_some_and(|field| field.starts_with("/input")), "{error:?}");
                    prop_assert!(!error.message.contains(&canary), "{error:?}");
                }
            }
        }
        for connection in CONNECTIONS.iter() {
            if let Err(error) = connection.read(value.clone()).map_err(|error| error.with_field_prefix("/connection/fields")) {
                prop_assert!(error.field.as_ref().is_some_and(|field| field.starts_with("/connection/fields")), "{error:?}");
            }
        }
    }

    #[test]
    fn masking_leaves_no_password_and_changes_nothing_twice(
        user in "[a-z]{1,8}",
        password in "[a-zA-Z0-9:/?@!$~^*+-]{12,20}",
        host in "[a-z]{1,8}(:[0-9]{2,5})?",
        scheme in proptest::sample::select(vec!["mongodb://", "jdbc:postgresql://", "https://", "amqp://"]),
    ) {
        let before = format!("{scheme}{user}:{password}@{host}/db");
        let masked = masked(before);
        prop_assert_eq!(&masked, &format!("{scheme}{user}:{MASK}@{host}/db"));
        prop_assert_eq!(self::masked(masked.clone()), masked);
        let inside = password.replace(['@', '?', '/'], "x");
        let masked = self::masked(format!("{scheme}{host}/db?user={user}&password={inside}&ssl=true"));
        prop_assert!(!masked.contains(&inside), "{masked}");
    }

    #[test]
    fn secrets_in_any_text_stand_in_order_and_apart(text in "\\PC{0,60}|[a-z:/?&;=@{}()]{0,60}") {
        let mut end = 0;
        for secret in secrets_in_url(&text) {
            prop_assert!(end <= secret.start && secret.start < secret.end && secret.end <= text.len());
            prop_assert!(text.is_char_boundary(secret.start) && text.is_char_boundary(secret.end));
            end = secret.end;
        }
        drop(masked(text));
    }
}

/// Hostile answers, one after the other through one process: each gets one well-formed reply.
#[test]
fn any_answer_of_aws_gets_one_well_formed_reply() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let statuses = proptest::sample::select(vec![200_u16, 200, 200, 204, 301, 400, 403, 404, 413, 429, 500, 503]);
    let bodies = prop_oneof![
        any_json().prop_map(|value| value.to_string()),
        any_json().prop_map(|value| json!({ "JobRun": value, "JobNames": value, "Connection": value }).to_string()),
        any_json().prop_map(|value| json!({ "__type": value, "Message": value }).to_string()),
        "\\PC{0,100}",
        Just("[".repeat(10_000)),
    ];
    let answers: Vec<Answer> = (0..300)
        .map(|_| {
            let (status, body) = (statuses.clone(), &bodies).new_tree(&mut runner).expect("a value").current();
            Answer::Raw(status, body)
        })
        .collect();
    let stub = Stub::start(answers);
    let mut stream = Stream::start(&["--concurrency", "1"]);
    for number in 0..100 {
        let (action, input) = [
            ("getJobRun", json!({ "name": "a", "runId": "r" })),
            ("listJobs", json!({ "fetchAll": true, "maxTotal": 3 })),
            ("startTrigger", json!({ "name": "t" })),
            ("getConnection", json!({ "name": "c" })),
        ][number % 4]
            .clone();
        let mut call = request(&stub.endpoint, action, input);
        call["id"] = json!(number);
        call["timeoutMs"] = json!(200);
        stream.send(&call);
        assert_eq!(stream.receive().expect("a reply")["id"], number);
    }
    stream.finish();
}
