//! The schemas of requests and replies.

use glue_runtime::Error;
use glue_runtime::form::schema;
use serde_json::{Value, json};

use crate::entry::DEFAULT_TIMEOUT;
use crate::protocol::{MAX_TIMEOUT_MS, ReplyMeta};
use crate::registry::{ACTIONS, CONNECTIONS, DATA_SOURCES, DEFAULT_CONNECTION};

/// The schema of a request. Inputs and fields have schemas of their own, by key.
pub(super) fn request() -> Value {
    let id = json!({ "type": ["string", "number"] });
    let tasks = ["action", "dataSource", "check", "cancel"].map(|task| json!({ "required": [task] }));
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Request",
        "description": "One JSON object; in a stream, on one line.",
        "type": "object",
        "properties": {
            "id": with(id.clone(), "Echoed in the reply."),
            "action": {
                "description": "The key of an action.",
                "type": "string",
                "enum": ACTIONS.iter().map(|entry| entry.meta().key).collect::<Vec<_>>(),
            },
            "dataSource": {
                "description": "The key of a data source, which fills a form's dropdown.",
                "type": "string",
                "enum": DATA_SOURCES.iter().map(|entry| entry.meta().key).collect::<Vec<_>>(),
            },
            "check": { "description": "Tests the connection.", "const": true },
            "cancel": with(id, "In a stream: cancels the request with this ID."),
            "connection": {
                "description": format!("How to authenticate. Omitted: {DEFAULT_CONNECTION} with no fields."),
                "type": "object",
                "properties": {
                    "key": {
                        "description": "The connection type.",
                        "type": "string",
                        "enum": CONNECTIONS.iter().map(|connection| connection.meta().key).collect::<Vec<_>>(),
                    },
                    "fields": { "description": "The fields of the connection type.", "type": "object" },
                },
                "required": ["key"],
                "additionalProperties": false,
            },
            "input": { "description": "The input of the action or data source.", "type": "object" },
            "timeoutMs": {
                "description": "The deadline of the whole invocation in milliseconds: credentials, every retry and every wait included. Actions that wait have their timeoutSeconds as default.",
                "type": "integer",
                "minimum": 1,
                "maximum": MAX_TIMEOUT_MS,
                "default": u64::try_from(DEFAULT_TIMEOUT.as_millis()).unwrap_or_default(),
            },
        },
        "oneOf": tasks,
        "additionalProperties": false,
    })
}

/// The schema of a reply. Data have schemas of their own, by action.
pub(super) fn reply() -> Value {
    let has = |ok: bool, member: &str| json!({ "properties": { "ok": { "const": ok } }, "required": [member] });
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Reply",
        "description": "One JSON object on one line.",
        "type": "object",
        "properties": {
            "id": { "description": "The request's ID.", "type": ["string", "number"] },
            "ok": { "description": "Whether data or error follows.", "type": "boolean" },
            "data": { "description": "What the action gives back.", "type": "object" },
            "error": with(schema::of_output::<Error>(), "What went wrong, where, what it changed, and what to do."),
            "meta": with(schema::of_output::<ReplyMeta>(), "What answering took."),
        },
        "required": ["ok", "meta"],
        "oneOf": [has(true, "data"), has(false, "error")],
        "additionalProperties": false,
    })
}

fn with(mut schema: Value, description: &str) -> Value {
    schema["description"] = json!(description);
    schema
}
