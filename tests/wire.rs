//! Every member of the service model, both ways: our requests against botocore's, our data against the answer.

use std::collections::BTreeMap;

use aws_credential_types::Credentials;
use aws_sdk_glue::config::{BehaviorVersion, Region};
use glue_connector::entry::Entry;
use glue_connector::registry::{ACTIONS, action};
use glue_runtime::{Meta, pages};
use serde_json::{Map, Value, json};

use crate::support::emulator::Emulator;
use crate::support::program::{Stream, command, data, invoke_text, request};
use crate::support::stub::{Answer, Request, Stub};

/// Actions that are one operation, and its name; those that wait are several, and `rawRequest` is any.
fn plain_actions() -> impl Iterator<Item = (&'static Entry, &'static str)> {
    ACTIONS.iter().filter(|entry| !entry.waits()).filter_map(|entry| Some((entry, entry.meta().operation?)))
}

/// The input of an action that stands for these parameters of its operation. A member without a field of its own is a
/// group whose members have theirs.
fn input(meta: &Meta, schema: &Value, parameters: &Map<String, Value>) -> Map<String, Value> {
    let mut input = Map::new();
    for (member, value) in parameters {
        let field = field(meta, member);
        let own = &schema["properties"][&field];
        match value {
            Value::Object(members) if own.is_null() => input.extend(self::input(meta, schema, members)),
            Value::Object(members) if own["properties"].is_object() => {
                input.insert(field, Value::Object(self::input(meta, own, members)));
            }
            value => drop(input.insert(field, value.clone())),
        }
    }
    input
}

/// The field for a member of AWS's: renamed, or in camel case.
fn field(meta: &Meta, member: &str) -> String {
    let renamed = meta.renamed.iter().chain(pages::RENAMED).find(|(name, _)| *name == member);
    renamed.map_or_else(|| camel_case(member), |(_, field)| (*field).to_owned())
}

/// `KmsKeyArn` is `kmsKeyArn`, `OAuth2Properties` is `oAuth2Properties`, `AWSManaged` is `awsManaged`.
fn camel_case(member: &str) -> String {
    let capitals = member.chars().take_while(char::is_ascii_uppercase).count();
    let lowered = if capitals > 1 { capitals - 1 } else { 1 };
    member[..lowered].to_lowercase() + &member[lowered..]
}

#[test]
fn requests_with_every_member_are_what_botocore_sends() {
    let mut emulator = Emulator::start();
    let known = emulator.operations();
    for (entry, operation) in plain_actions() {
        let meta = entry.meta();
        assert!(
            known.iter().any(|name| name == operation),
            "`operation` in the META of {}: the service model has no {operation}",
            meta.key
        );
        let mut parameters = emulator.sample(operation)["input"].take();
        for member in meta.omitted {
            parameters.as_object_mut().expect("parameters").remove(*member).expect("a member that is left out");
        }
        let stub = Stub::start([Answer::Ok(json!({}))]);

        let given = input(meta, &entry.input_schema(), parameters.as_object().expect("parameters"));
        data(&stub.endpoint, meta.key, Value::Object(given));

        // Others are about what was there before.
        let sent = stub.requests().into_iter().find(|request| request.operation == operation).expect("its request");
        assert_eq!(sent.json(), emulator.serialize(operation, &parameters), "{}", meta.key);
        assert_eq!(sent.header("content-type"), Some("application/x-amz-json-1.1"));
    }
}

#[test]
fn answers_with_every_member_lose_nothing() {
    let mut emulator = Emulator::start();
    for (entry, operation) in plain_actions() {
        let meta = entry.meta();
        let answer = emulator.sample(operation)["output"].take();
        // botocore's times are the only floats with a fraction of a second.
        let wanted: Value =
            serde_json::from_str(&answer.to_string().replace("1763676000.123", "\"2025-11-20T22:00:00.123Z\""))
                .expect("JSON");
        let stub = Stub::start([Answer::Ok(answer)]);
        let schema = entry.input_schema();
        let mut input = entry.example().expect("an example")["input"].take();
        // An answer with every member is no page of a longer list, and passes no filter of the example's.
        let is_switch = |name: &str| schema["properties"][name]["type"] == "boolean" && name != "fetchAll";
        let is_required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|it| it == name));
        input.as_object_mut().expect("an input").retain(|name, _| is_required(name) || is_switch(name));
        if schema["properties"].get("revealSecrets").is_some() {
            input["revealSecrets"] = json!(true);
        }
        let found = invoke_text(
            command().args(["invoke", "--allow-reveal"]),
            request(&stub.endpoint, meta.key, input).to_string().as_bytes(),
        );
        assert_eq!(found.reply["ok"], true, "{}: {}", meta.key, found.stdout);
        let found = found.reply["data"].clone();

        let (mut found_members, mut wanted_members) = (BTreeMap::new(), BTreeMap::new());
        flatten("", &found, &mut found_members);
        flatten("", &wanted, &mut wanted_members);
        assert_eq!(found_members, wanted_members, "{}", meta.key);
        every_member_is_typed(meta.key, &found, &entry.action().output_schema());
    }
}

/// Leaves by path, so that a difference is seen for what it is.
fn flatten(path: &str, value: &Value, leaves: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| flatten(&format!("{path}.{name}"), value, leaves));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| flatten(&format!("{path}.{index}"), value, leaves));
        }
        leaf => drop(leaves.insert(path.to_owned(), leaf.clone())),
    }
}

/// A member that the schema does not name would only have been passed through.
fn every_member_is_typed(path: &str, value: &Value, schema: &Value) {
    match value {
        Value::Object(members) if schema["properties"].is_object() => {
            for (name, value) in members {
                assert!(schema["properties"][name].is_object(), "{path}.{name} is not in the schema");
                every_member_is_typed(&format!("{path}.{name}"), value, &schema["properties"][name]);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| every_member_is_typed(path, item, &schema["items"])),
        _ => {}
    }
}

#[test]
fn members_that_aws_adds_tomorrow_are_passed_through() {
    let answer = json!({ "JobRun": { "Id": "jr_1", "Tomorrow": { "Deep": [1] }, "NotificationProperty": { "Channel": "x" } }, "Extra": true });
    let stub = Stub::start([Answer::Ok(answer.clone())]);
    assert_eq!(data(&stub.endpoint, "getJobRun", json!({ "name": "a", "runId": "jr_1" })), answer);
}

#[test]
fn an_omitted_capacity_sends_none() {
    let stub = Stub::start([Answer::Ok(json!({ "JobRunId": "jr_1" }))]);
    data(
        &stub.endpoint,
        "startJobRun",
        json!({ "name": "a", "capacity": "", "security": "audited", "args": [{ "key": "--k", "value": "v" }] }),
    );
    assert_eq!(
        stub.requests()[0].json(),
        json!({ "JobName": "a", "SecurityConfiguration": "audited", "Arguments": { "--k": "v" } })
    );
    assert!(action("startJobRun").is_some());
}

#[test]
fn a_raw_request_reaches_every_operation_of_the_service() {
    let mut emulator = Emulator::start();
    let operations = emulator.operations();
    assert!(operations.len() > 300, "only {}", operations.len());
    let stub = Stub::start([Answer::Ok(json!({}))]);
    let mut stream = Stream::start(&["--ordered"]);
    let mut wanted = Vec::new();
    for operation in &operations {
        let parameters = emulator.sample(operation)["input"].take();
        let body = emulator.serialize(operation, &parameters);
        stream.send(&request(&stub.endpoint, "rawRequest", json!({ "operation": operation, "body": body })));
        assert_eq!(stream.receive().expect("a reply")["ok"], true, "{operation}");
        wanted.push((operation.clone(), body));
    }
    stream.finish();
    let sent: Vec<_> = stub.requests().iter().map(|request| (request.operation.clone(), request.json())).collect();
    assert!(sent == wanted, "bodies differ");
}

/// Headers about the SDK's own retries, and those that differ from second to second.
const NOT_COMPARED: [&str; 4] = ["amz-sdk-invocation-id", "amz-sdk-request", "authorization", "x-amz-date"];

#[test]
fn requests_are_those_of_the_sdk() {
    let stub = Stub::start([Answer::Ok(json!({ "JobRunId": "jr_1" }))]);
    let arguments = [("--day", "2026-11-21"), ("--name", "\u{1f600} \"a\"")];
    let fields = json!({ "name": "nightly", "args": BTreeMap::from(arguments), "timeout": 5 });
    assert_eq!(data(&stub.endpoint, "startJobRun", fields)["JobRunId"], "jr_1");

    let keys = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", None, None, "test");
    let config = aws_sdk_glue::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .credentials_provider(keys)
        .endpoint_url(&stub.endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    let mut request = aws_sdk_glue::Client::from_conf(config.build()).start_job_run().job_name("nightly").timeout(5);
    for (name, value) in arguments {
        request = request.arguments(name, value);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(request.send()).expect("an answer");

    let [ours, theirs] = stub.requests().try_into().expect("two requests");
    assert_eq!(ours.json(), theirs.json());
    let headers = |request: &Request| {
        // The SDK counts in its name which of its own features it uses.
        let value = |value: &str| value.split_once(" m/").map_or(value, |(name, _)| name).to_owned();
        let headers = request.headers.iter().map(|(name, given)| (name.to_lowercase(), value(given)));
        headers.filter(|(name, _)| !NOT_COMPARED.contains(&name.as_str())).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(headers(&ours), headers(&theirs));
    let signed = |request: &Request| {
        let authorization = request.header("authorization").expect("signed");
        let (_, names) = authorization.split_once("SignedHeaders=").expect("names");
        names.split([';', ',']).take_while(|name| !name.contains('=')).map(str::to_owned).collect::<Vec<_>>()
    };
    let without_retries =
        |names: Vec<String>| names.into_iter().filter(|name| !name.starts_with("amz-sdk-")).collect::<Vec<_>>();
    assert_eq!(signed(&ours), without_retries(signed(&theirs)));
}
