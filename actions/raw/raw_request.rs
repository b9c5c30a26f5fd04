//! `rawRequest`: sends any operation of AWS Glue, also one that has no action of its own.

use glue_runtime::action::LostAnswer;
use glue_runtime::aws::Request;
use glue_runtime::{Access, Action, Context, Effect, Error, Group, Meta, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fields::RevealSecrets;
use crate::glue::GLUE;

/// Prefixes of operations that change nothing.
const READ_PREFIXES: &[&str] = &["Get", "List", "BatchGet", "Search", "Describe", "Query"];

/// The action `rawRequest`.
#[derive(Debug)]
pub struct RawRequest;

/// The form of `rawRequest`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// # Operation
    /// The name of a Glue operation, for example GetTables. It counts as changing something unless it begins with Get, List, BatchGet, Search, Describe or Query.
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[A-Za-z0-9]+$"))]
    operation: String,
    /// # Body
    /// The operation's parameters under AWS's own names, as its API reference has them.
    #[serde(default)]
    body: Map<String, Value>,
    #[serde(default)]
    reveal_secrets: RevealSecrets,
}

/// The answer of AWS as it is, secrets masked.
#[derive(Deserialize, Serialize, JsonSchema)]
pub struct Output {
    #[serde(flatten)]
    answer: Map<String, Value>,
}

impl Action for RawRequest {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        group: Group::OTHER,
        access: Access::DependsOnInput,
        lost_answer: Some(LostAnswer {
            applied: "",
            not_applied: "",
            unknown: "Always: what an operation changes is known to its caller only. The error says where to look.",
        }),
        destructive: true,
        example: include_str!("raw_request.json"),
        ..Meta::read(
            "rawRequest",
            "Raw Request",
            "Sends any operation of AWS Glue, also one that has no action of its own.",
        )
    };

    fn reveals_secrets(input: &Input) -> bool {
        input.reveal_secrets.0
    }

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        let changes = !READ_PREFIXES.iter().any(|start| input.operation.starts_with(start));
        cx.check_operation(&input.operation, changes).map_err(|error| error.with_field("/operation"))?;
        let operation = input.operation.clone();
        let request = Ok(Request::json(&GLUE, input.operation, Value::Object(input.body).to_string()));
        let outcome = if changes { cx.change(request).await } else { cx.read(request).await };
        outcome.map_err(|error| say_what_to_check(error, &operation))
    }
}

/// Says after a lost answer where to look: what an operation changes is known to its caller only.
fn say_what_to_check(mut error: Box<Error>, operation: &str) -> Box<Error> {
    if error.effect == Effect::Unknown {
        error.message = format!(
            "{} Whether {operation} was carried out is not known: look at what it changes, with the operation Get… or List… \
             of the same resource, before you send it again.",
            error.message
        );
    }
    error
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::run;

    #[test]
    fn an_operation_of_tomorrow_is_sent_as_it_is() {
        let answer = json!({ "Fluxes": [{ "Name": "f", "CreatedOn": 1.5 }], "NextToken": "t" });
        let run = run(
            &RawRequest,
            json!({ "operation": "ListFluxes", "body": { "Deep": [{ "é": null }] } }),
            std::slice::from_ref(&answer),
        );
        assert_eq!(run.sent, [("ListFluxes".to_owned(), json!({ "Deep": [{ "é": null }] }))]);
        assert_eq!(run.data(), &answer);
    }

    #[test]
    fn secrets_in_any_answer_are_masked() {
        let answer = json!({ "Connection": { "ConnectionProperties": { "PASSWORD": "p", "JDBC_CONNECTION_URL": "jdbc:x://u:p@h/d" } } });
        let run = run(&RawRequest, json!({ "operation": "GetConnection" }), &[answer]);
        let masked = json!({ "Connection": { "ConnectionProperties": { "PASSWORD": "***", "JDBC_CONNECTION_URL": "jdbc:x://u:***@h/d" } } });
        assert_eq!(run.data(), &masked);
    }
}
