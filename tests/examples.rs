//! The worked example of every action and data source, run: its requests on the wire, and its data.

use glue_connector::registry::{ACTIONS, DATA_SOURCES};
use serde_json::{Value, json};

use crate::support::program::{connection, invoke};
use crate::support::stub::{Answer, Stub};

#[test]
fn every_action_and_data_source_does_what_its_example_says() {
    for (task, entry) in
        ACTIONS.iter().map(|entry| ("action", entry)).chain(DATA_SOURCES.iter().map(|entry| ("dataSource", entry)))
    {
        let key = entry.meta().key;
        let example =
            entry.example().unwrap_or_else(|problem| panic!("{key}: its example, the JSON beside it: {problem}"));
        let exchanges =
            example["exchanges"].as_array().unwrap_or_else(|| panic!("{key} has no exchanges in its example"));
        let stub = Stub::start(exchanges.iter().map(|exchange| Answer::Ok(exchange["response"].clone())));

        let outcome =
            invoke(&json!({ task: key, "connection": connection(&stub.endpoint), "input": example["input"] }));

        assert_eq!(outcome.reply["ok"], true, "{key}: {}", outcome.stdout);
        assert_eq!(
            outcome.reply["data"], example["data"],
            "{key}: `data` of its example (right) is not the reply's (left)"
        );
        assert_eq!(outcome.reply["meta"]["attempts"], exchanges.len(), "{key}: attempts");
        assert_eq!(outcome.stderr, "", "{key}: standard error");
        let sent: Vec<(String, Value)> =
            stub.requests().iter().map(|request| (request.operation.clone(), request.json())).collect();
        let wanted: Vec<(String, Value)> = exchanges
            .iter()
            .map(|exchange| {
                (exchange["operation"].as_str().expect("an operation").to_owned(), exchange["request"].clone())
            })
            .collect();
        assert_eq!(sent, wanted, "{key}: the `exchanges` of its example (right) are not those on the wire (left)");
    }
}
