//! The Model Context Protocol on the wire, where its clients take care of what is tested here.

use std::io::{BufRead, BufReader, Write};

use serde_json::{Value, json};

use crate::support::program::command;

/// A call of a tool in the protocol's era without sessions, by a client that can ask a person.
fn call(arguments: &Value, answer: Option<&str>, state: &Value) -> Value {
    let about = |name: &str| format!("io.modelcontextprotocol/{name}");
    let mut params = json!({
        "name": "startJobRun",
        "arguments": arguments,
        "_meta": {
            about("protocolVersion"): "2026-07-28",
            about("clientInfo"): { "name": "test", "version": "1" },
            about("clientCapabilities"): { "elicitation": {} },
        },
    });
    if let Some(action) = answer {
        params["inputResponses"] = json!({ "confirm": { "action": action, "content": {} } });
    }
    if !state.is_null() {
        params["requestState"] = state.clone();
    }
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params })
}

#[test]
fn an_answer_holds_for_what_was_asked_and_for_nothing_else() {
    let mut server = command().args(["mcp", "--allow-write"]).spawn().expect("the binary starts");
    let mut input = server.stdin.take().expect("piped");
    let mut output = BufReader::new(server.stdout.take().expect("piped")).lines();
    let mut ask = |arguments: &Value, answer: Option<&str>, state: &Value| {
        writeln!(input, "{}", call(arguments, answer, state)).expect("it listens");
        let line = output.next().expect("an answer").expect("text");
        serde_json::from_str::<Value>(&line).expect("JSON")["result"].take()
    };
    let (asked, other) = (json!({ "name": "a" }), json!({ "name": "b" }));
    let question = ask(&asked, None, &Value::Null);
    let message = question["inputRequests"]["confirm"]["params"]["message"].as_str().expect("a question");
    assert!(
        message.starts_with("Action: Start Job Run (startJobRun)\nOperation: StartJobRun\nname: \"a\"\n"),
        "{message}"
    );
    let state = &question["requestState"];
    for (arguments, state) in [(&other, state), (&asked, &Value::Null)] {
        let again = ask(arguments, Some("accept"), state);
        assert_eq!(again["resultType"], "input_required", "{again}");
    }
    let kind = |result: Value| result["_meta"]["glue-connector/error"]["kind"].clone();
    assert_eq!(kind(ask(&asked, Some("decline"), state)), "cancelled");
    // It goes on as far as it can: there are no credentials.
    assert_eq!(kind(ask(&asked, Some("accept"), state)), "connection");
    drop(input);
    assert!(server.wait().expect("an end").success());
}
