//! Coercion of what a form holds: numbers and booleans as text, lists as JSON text, sets as pairs.

use serde_json::{Map, Number, Value};

use crate::error::{Error, Result};

/// True for a blank value: null or an empty text.
pub(super) fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

/// A number, or the text of one.
pub(super) fn number(given: &Value) -> Option<Number> {
    match given {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => match text.trim().parse::<i64>() {
            Ok(whole) => Some(whole.into()),
            Err(_) => text.trim().parse::<f64>().ok().and_then(Number::from_f64),
        },
        _ => None,
    }
}

/// A number without a fraction, however it is written: `20.0` and `2e1` are integers to JSON Schema.
#[must_use]
pub fn whole_number(number: Number) -> Option<Number> {
    if number.is_f64() {
        let float = number.as_f64()?;
        #[allow(clippy::cast_possible_truncation, reason = "the value is whole and in range")]
        return (float.fract() == 0.0 && float.abs() < 9e15).then(|| Number::from(float as i64));
    }
    Some(number)
}

/// A boolean, or the text of one.
pub(super) fn boolean(given: &Value) -> Option<bool> {
    match given {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A list, or the JSON text of one.
pub(super) fn list(given: Value) -> Option<Vec<Value>> {
    match given {
        Value::Array(items) => Some(items),
        Value::String(text) => serde_json::from_str(&text).ok(),
        _ => None,
    }
}

/// A set of names and values from the list of `{key, value}` that low-code forms hold.
pub(super) fn pairs_to_map(pairs: Vec<Value>, title: &str, at: &str) -> Result<Map<String, Value>> {
    let mut map = Map::new();
    for (index, pair) in pairs.into_iter().enumerate() {
        let at = format!("{at}/{index}");
        let Value::Object(mut pair) = pair else {
            return Err(Error::invalid_input(at, format!("Each entry of {title} must be a `key` and a `value`.")));
        };
        let (Some(Value::String(key)), Some(value), true) = (pair.remove("key"), pair.remove("value"), pair.is_empty())
        else {
            return Err(Error::invalid_input(at, format!("Each entry of {title} must be a `key` and a `value`.")));
        };
        if map.contains_key(&key) {
            return Err(Error::invalid_input(at, format!("{title} has the name `{key}` twice.")));
        }
        map.insert(key, value);
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whole_numbers_are_taken_in_any_form_that_json_schema_takes() {
        for (given, expected) in [
            (json!(20), Some(json!(20))),
            (json!("20"), Some(json!(20))),
            (json!(20.0), Some(json!(20))),
            (json!("2e1"), Some(json!(20))),
            (json!(1.5), None),
            (json!(1e300), None),
            (json!("NaN"), None),
            (json!(true), None),
        ] {
            assert_eq!(number(&given).and_then(whole_number).map(Value::Number), expected, "{given}");
        }
    }
}
