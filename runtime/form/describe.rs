//! The limits of a JSON schema in words, for error messages, the reference and the listing.

use serde_json::Value;

/// Patterns that say little to people, in words that also fit after "must be".
const PATTERNS: [(&str, &str); 20] = [
    (r"^\S+$", "text without spaces"),
    (r"^\w+$", "letters, digits and underscores"),
    (r"^[A-Za-z0-9]+$", "letters and digits"),
    (r"^[A-Za-z0-9-]+$", "letters, digits and hyphens"),
    (r"^[\w+=,.@-]*$", "letters, digits and any of `_+=,.@-`"),
    (r"^[\w+=,.@:/-]*$", "letters, digits and any of `_+=,.@:/-`"),
    (r"^[\x20-\x7E]*$", "printable ASCII characters"),
    (r"^--[A-Za-z0-9_-]+$", "`--`, then letters, digits, hyphens and underscores"),
    (r"^[\x21-\x7E]+$", "printable ASCII characters without spaces"),
    (r"^[^\x00-\x08\x0A-\x1F\uFFFE\uFFFF]*$", "one line"),
    (r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]*$", "text without control characters"),
    (r"^https?://\S+$", "an `http://` or `https://` URL"),
    (r"^https?://[^\s/?#@]+(/[^\s?#]*)?$", "an `http://` or `https://` URL without user, query and fragment"),
    (r"^(https?)://[-a-zA-Z0-9+&@#/%?=~_|!:,.;]*[-a-zA-Z0-9+&@#/%=~_|]$", "an `http://` or `https://` URL"),
    (r"^(https?)://[^\s/$.?#].[^\s]*$", "an `http://` or `https://` URL"),
    (r"^arn:[a-z0-9-]+:iam::[0-9]{12}:role/[^\x00-\x1F]+$", "the ARN of an IAM role"),
    (r"^arn:aws(-(cn|us-gov|iso(-[bef])?))?:secretsmanager:.*$", "the ARN of a secret in Secrets Manager"),
    (r"^(|arn:aws[a-z0-9-]*:kms:.*)$", "the ARN of a KMS key"),
    (r"^([a-zA-Z0-9_=]+)\.([a-zA-Z0-9_=]+)\.([a-zA-Z0-9_\-+/=]*)$", "a JSON Web Token"),
    (
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$",
        "a time such as `2025-11-20T22:00:00Z`",
    ),
];

/// Everything that a schema allows, one limit an entry: "1 to 255 characters", "one of `FLEX`, `STANDARD`".
///
/// Code stands between backticks.
#[must_use]
pub fn limits(schema: &Value) -> Vec<String> {
    let bound = |keyword: &str| schema[keyword].as_f64();
    // The largest number that AWS's integers take is for checks, not for readers.
    let (min, max) = (bound("minimum"), bound("maximum").filter(|_| schema["maximum"] != i32::MAX));
    let mut limits = Vec::new();
    if min.is_some() || max.is_some() {
        limits.push(number(if schema["type"] == "integer" { "a whole number" } else { "a number" }, min, max));
    }
    for (min, max, noun) in [
        ("minLength", "maxLength", "character"),
        ("minItems", "maxItems", "item"),
        ("minProperties", "maxProperties", "entry"),
    ] {
        let (min, max) = (bound(min), bound(max));
        if min.is_some_and(|min| min > 0.0) || max.is_some() {
            limits.push(count(noun, min, max));
        }
    }
    if let Some(source) = schema["pattern"].as_str() {
        limits.push(pattern(source).map_or_else(|| format!("matches `{source}`"), str::to_owned));
    }
    if let Some(choices) = schema["enum"].as_array() {
        let choices: Vec<_> = choices.iter().filter_map(Value::as_str).map(|choice| format!("`{choice}`")).collect();
        limits.push(format!("one of {}", choices.join(", ")));
    }
    for (part, prefix) in [("items", "each "), ("propertyNames", "names: "), ("additionalProperties", "values: ")] {
        if let Some(inner) = schema.get(part) {
            limits.extend(self::limits(inner).into_iter().map(|limit| format!("{prefix}{limit}")));
        }
    }
    limits
}

/// A number within bounds: "a whole number from 1 to 1000".
#[must_use]
pub fn number(what: &str, min: Option<f64>, max: Option<f64>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("{what} from {min} to {max}"),
        (Some(min), None) => format!("{what} of {min} or more"),
        (None, Some(max)) => format!("{what} of {max} or less"),
        (None, None) => what.to_owned(),
    }
}

/// A count within bounds: "1 to 255 characters".
#[must_use]
pub fn count(noun: &str, min: Option<f64>, max: Option<f64>) -> String {
    let plural = if noun == "entry" { "entries".to_owned() } else { format!("{noun}s") };
    match (min.filter(|min| *min > 0.0), max) {
        (Some(min), Some(max)) => format!("{min} to {max} {plural}"),
        (Some(min), None) => format!("at least {min} {}", if min > 1.0 { &plural } else { noun }),
        (None, Some(max)) => format!("at most {max} {plural}"),
        (None, None) => plural,
    }
}

/// A known pattern in words: "letters, digits and hyphens".
#[must_use]
pub fn pattern(source: &str) -> Option<&'static str> {
    PATTERNS.iter().find(|(known, _)| *known == source).map(|(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn limits_are_put_into_words() {
        for (schema, words) in [
            (json!(true), vec![]),
            (json!({ "type": "string" }), vec![]),
            (json!({ "type": "string", "minLength": 0 }), vec![]),
            (json!({ "type": "string", "minLength": 1 }), vec!["at least 1 character"]),
            (json!({ "type": "string", "maxLength": 2048 }), vec!["at most 2048 characters"]),
            (
                json!({ "type": "string", "minLength": 1, "maxLength": 63, "pattern": "^[A-Za-z0-9-]+$" }),
                vec!["1 to 63 characters", "letters, digits and hyphens"],
            ),
            (json!({ "type": "string", "pattern": "^a|b$" }), vec!["matches `^a|b$`"]),
            (json!({ "type": "string", "enum": ["FLEX", "STANDARD"] }), vec!["one of `FLEX`, `STANDARD`"]),
            (json!({ "type": "integer", "minimum": 1, "maximum": 1000 }), vec!["a whole number from 1 to 1000"]),
            (json!({ "type": "integer", "minimum": 1, "maximum": i32::MAX }), vec!["a whole number of 1 or more"]),
            (json!({ "type": "integer", "maximum": i32::MAX }), vec![]),
            (json!({ "type": "number", "minimum": 0.0625 }), vec!["a number of 0.0625 or more"]),
            (json!({ "type": "number", "maximum": 2.0 }), vec!["a number of 2 or less"]),
            (
                json!({ "type": "array", "minItems": 2, "items": { "type": "string", "maxLength": 5 } }),
                vec!["at least 2 items", "each at most 5 characters"],
            ),
            (
                json!({
                    "type": "object",
                    "maxProperties": 50,
                    "propertyNames": { "type": "string", "pattern": r"^\S+$" },
                    "additionalProperties": { "type": "string", "maxLength": 9 },
                }),
                vec!["at most 50 entries", "names: text without spaces", "values: at most 9 characters"],
            ),
        ] {
            assert_eq!(limits(&schema), words, "{schema}");
        }
    }
}
