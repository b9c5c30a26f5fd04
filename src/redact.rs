//! Redaction of a request's own secrets in errors, and in inputs that are shown to people.

use glue_runtime::Error;
use glue_runtime::redact::names::{MASK, is_secret, mask_url, secrets_in_url};
use serde_json::{Map, Value};

/// Anything shorter stands in ordinary words.
const SHORTEST: usize = 4;

/// Masks every secret of the request in the message and the details of an error. Both texts are JSON, as they were written.
///
/// AWS repeats what it was sent, anywhere in a sentence, so only the texts can be looked for. Whoever chooses a secret
/// that stands in ordinary words blanks them in the errors of their own requests, and nobody else's; what programs decide
/// by (kind, code, field, effect) stays as it is.
pub fn redact_error(error: &mut Error, connection: Option<&str>, input: &str) {
    let values = connection.into_iter().chain([input]).filter_map(|text| serde_json::from_str(text).ok());
    let secrets = secrets(&values.collect::<Vec<_>>());
    let clean = |text: &mut String| secrets.iter().for_each(|secret| *text = text.replace(secret.as_str(), MASK));
    clean(&mut error.message);
    if let Some(details) = &mut error.details {
        visit(details, &clean);
    }
}

/// Masks the secrets of an input where they stand. Whoever wrote it chose their texts, too, and must not be able to blank
/// the same words elsewhere.
pub fn redact_by_place(input: &mut Value) {
    mask(input, false);
}

fn mask(value: &mut Value, secret: bool) {
    match value {
        Value::String(text) if secret => MASK.clone_into(text),
        Value::Number(_) if secret => *value = MASK.into(),
        Value::String(text) => mask_url(text),
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, secret)),
        Value::Object(members) => {
            let pair = is_secret_pair(members);
            for (name, member) in members {
                mask(member, secret || is_secret(name) || (pair && name.eq_ignore_ascii_case("value")));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A set of names and values may come as a list of pairs.
fn is_secret_pair(members: &Map<String, Value>) -> bool {
    let key = members.iter().find(|(name, _)| name.eq_ignore_ascii_case("key"));
    key.and_then(|(_, key)| key.as_str()).is_some_and(is_secret)
}

fn secrets(values: &[Value]) -> Vec<String> {
    let mut secrets = Vec::new();
    for value in values {
        gather(value, false, &mut secrets);
    }
    secrets.retain(|secret| secret.len() >= SHORTEST);
    // A longer one first: a shorter one may be part of it.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

fn gather(value: &Value, secret: bool, found: &mut Vec<String>) {
    match value {
        Value::String(text) if secret => {
            let escaped = Value::String(text.clone()).to_string();
            found.push(escaped[1..escaped.len() - 1].to_owned());
            found.push(text.clone());
        }
        Value::String(text) => found.extend(secrets_in_url(text).into_iter().map(|range| text[range].to_owned())),
        Value::Array(items) => items.iter().for_each(|item| gather(item, secret, found)),
        Value::Object(members) => {
            let pair = is_secret_pair(members);
            for (name, member) in members {
                gather(member, secret || is_secret(name) || (pair && name.eq_ignore_ascii_case("value")), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn visit(value: &mut Value, clean: &impl Fn(&mut String)) {
    match value {
        Value::String(text) => clean(text),
        Value::Array(items) => items.iter_mut().for_each(|item| visit(item, clean)),
        Value::Object(members) => members.values_mut().for_each(|member| visit(member, clean)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use glue_runtime::Kind;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_aws_repeats_of_a_secret_is_taken_out() {
        let connection =
            json!({ "fields": { "secretAccessKey": "abcd1234", "proxyUrl": "http://u:proxy-pass@h:1" } }).to_string();
        let input = json!({
            "args": [{ "key": "--db_password", "value": "quo\"ted" }],
            "connectionProperties": { "PASSWORD": "abcd1234-longer", "JDBC_CONNECTION_URL": "jdbc:x://h?password=in-url" },
        });
        let said = r#"abcd1234-longer abcd1234 proxy-pass in-url quo\"ted quo"ted and the rest"#;
        let mut error = Error::new(Kind::InvalidInput, said).with_details(json!([{ "Cause": said }]));
        error.code = Some("abcd1234Exception".to_owned());
        redact_error(&mut error, Some(&connection), &input.to_string());
        assert_eq!(error.message, "*** *** *** *** *** *** and the rest");
        assert_eq!(error.code.as_deref(), Some("abcd1234Exception"));
        assert_eq!(error.details, Some(json!([{ "Cause": "*** *** *** *** *** *** and the rest" }])));
    }
}
