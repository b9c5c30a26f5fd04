//! Reads what a form hands over by its JSON schema: coerces it, or refuses it with a way to put it right.
//!
//! Hosts hand over what a form holds: blank strings for what was left out, numbers and booleans as text, lists as
//! JSON text. A [`Form`] is compiled once from the same JSON schema that draws the form, so that what is shown and
//! what is checked cannot differ. Messages never repeat a value: it may be a secret in the wrong field.

use serde_json::{Map, Value};

use super::coerce::{boolean, is_blank, list, number, pairs_to_map, whole_number};
use super::describe;
use super::limits::{Range, Text, strings};
use super::names::{closest, join};
use crate::error::{Error, Result};

/// A JSON schema of an object, compiled for reading what hosts hand over.
///
/// ```
/// use glue_runtime::Form;
/// use serde_json::json;
///
/// let form = Form::compile(&json!({
///     "type": "object",
///     "properties": { "maxItems": { "title": "Max Items", "type": "integer", "minimum": 1 } },
///     "additionalProperties": false,
/// }))
/// .unwrap();
///
/// assert_eq!(form.read(json!({ "maxItems": "20" })).unwrap()["maxItems"], 20);
///
/// let refused = form.read(json!({ "maxItem": 20 })).unwrap_err();
/// assert_eq!(refused.field.as_deref(), Some("/maxItem"));
/// assert_eq!(refused.message, "There is no field `maxItem` here. Did you mean `maxItems`?");
/// ```
#[derive(Debug)]
pub struct Form(FieldGroup);

#[derive(Debug)]
struct FieldGroup {
    fields: Vec<Field>,
}

#[derive(Debug)]
struct Field {
    name: String,
    title: String,
    aliases: Vec<String>,
    required: bool,
    rule: Rule,
}

#[derive(Debug)]
enum Rule {
    Text(Text),
    Integer(Range),
    Number(Range),
    Boolean,
    List { items: Box<Rule>, size: Range },
    Map { key: Text, value: Box<Rule>, size: Range },
    FieldGroup(FieldGroup),
    Any,
}

/// Keywords that say something to people and tools but constrain nothing.
const ANNOTATIONS: &[&str] =
    &["title", "description", "default", "examples", "format", "writeOnly", "required", "deprecated"];

impl Form {
    /// Compiles the schema of an object.
    ///
    /// # Errors
    /// Names the keyword that this reader does not know: a limit that is shown must be a limit that is checked.
    pub fn compile(schema: &Value) -> std::result::Result<Self, String> {
        match Rule::compile(schema)? {
            Rule::FieldGroup(group) => Ok(Self(group)),
            other => Err(format!("a form is an object, not {other:?}")),
        }
    }

    /// True when the form has this field.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.0.fields.iter().any(|known| known.name == field)
    }

    /// Reads an object that a host handed over.
    ///
    /// # Errors
    /// `invalidInput` with a pointer, into the object, to the first field at fault.
    pub fn read(&self, given: Value) -> Result<Map<String, Value>> {
        match given {
            Value::Object(given) => self.0.read(given, ""),
            _ => Err(Error::invalid_input("", "This must be a JSON object.")),
        }
    }
}

impl Rule {
    fn compile(schema: &Value) -> std::result::Result<Self, String> {
        let Some(schema) = schema.as_object() else { return Ok(Self::Any) };
        let range = |min: &str, max: &str| Range {
            min: schema.get(min).and_then(Value::as_f64),
            max: schema.get(max).and_then(Value::as_f64),
        };
        let (rule, keywords): (Self, &[&str]) = match schema.get("type").and_then(Value::as_str) {
            Some("string") => (Self::Text(Text::compile(schema)), &["minLength", "maxLength", "pattern", "enum"]),
            Some("integer") => (Self::Integer(range("minimum", "maximum")), &["minimum", "maximum"]),
            Some("number") => (Self::Number(range("minimum", "maximum")), &["minimum", "maximum"]),
            Some("boolean") => (Self::Boolean, &[]),
            Some("array") => {
                let items = Box::new(Self::compile(schema.get("items").unwrap_or(&Value::Null))?);
                (Self::List { items, size: range("minItems", "maxItems") }, &["items", "minItems", "maxItems"])
            }
            Some("object") if schema.contains_key("properties") => {
                (Self::FieldGroup(FieldGroup::compile(schema)?), &["properties", "additionalProperties"])
            }
            Some("object") => {
                let value = Box::new(Self::compile(schema.get("additionalProperties").unwrap_or(&Value::Null))?);
                let key = schema.get("propertyNames").and_then(Value::as_object).map(Text::compile).unwrap_or_default();
                let size = range("minProperties", "maxProperties");
                (
                    Self::Map { key, value, size },
                    &["additionalProperties", "propertyNames", "minProperties", "maxProperties"],
                )
            }
            Some(other) => return Err(format!("unknown type {other}")),
            None => (Self::Any, &[]),
        };
        match schema.keys().map(String::as_str).find(|word| {
            *word != "type" && !word.starts_with("x-") && !ANNOTATIONS.contains(word) && !keywords.contains(word)
        }) {
            Some(unknown) => Err(format!("unknown keyword {unknown}")),
            None => Ok(rule),
        }
    }

    /// `None` is "not given".
    fn read(&self, given: Value, title: &str, at: &str) -> Result<Option<Value>> {
        let refuse = |expected: &str| Err(Error::invalid_input(at, format!("{title} must be {expected}.")));
        Ok(Some(match (self, given) {
            (Self::Any, given) => given,
            (Self::Text(text), Value::String(given)) => {
                text.check(&given, title, at)?;
                Value::String(given)
            }
            (Self::Text(_), _) => return refuse("text"),
            (Self::Integer(range), given) => {
                match number(&given).and_then(whole_number).filter(|n| n.as_f64().is_some_and(|n| range.holds(n))) {
                    Some(number) => Value::Number(number),
                    None => return refuse(&describe::number("a whole number", range.min, range.max)),
                }
            }
            (Self::Number(range), given) => match number(&given).filter(|n| n.as_f64().is_some_and(|n| range.holds(n)))
            {
                Some(number) => Value::Number(number),
                None => return refuse(&describe::number("a number", range.min, range.max)),
            },
            (Self::Boolean, given) => match boolean(&given) {
                Some(given) => Value::Bool(given),
                None => return refuse("true or false"),
            },
            (Self::List { items, size }, given) => {
                let Some(given) = list(given) else { return refuse("a list") };
                size.check_count(given.len(), "item", title, at)?;
                let read = given
                    .into_iter()
                    .enumerate()
                    .map(|(index, item)| Ok(items.read(item, title, &format!("{at}/{index}"))?.unwrap_or(Value::Null)));
                Value::Array(read.collect::<Result<_>>()?)
            }
            (Self::Map { key, value, size }, given) => {
                let given = match given {
                    Value::Object(given) => given,
                    Value::Array(pairs) => pairs_to_map(pairs, title, at)?,
                    _ => return refuse("a set of names and values"),
                };
                size.check_count(given.len(), "entry", title, at)?;
                let read = given.into_iter().map(|(name, given)| {
                    let at = join(at, &name);
                    key.check(&name, &format!("A name in {title}"), &at)?;
                    let given = value.read(given, &format!("The value of `{name}` in {title}"), &at)?;
                    Ok((name, given.unwrap_or(Value::Null)))
                });
                Value::Object(read.collect::<Result<_>>()?)
            }
            (Self::FieldGroup(group), Value::Object(given)) => {
                let was_empty = given.is_empty();
                let read = group.read_optional(given, at)?;
                // A group whose every field was left blank was not filled in.
                if read.is_empty() && !was_empty {
                    return Ok(None);
                }
                Value::Object(read)
            }
            (Self::FieldGroup(_), _) => return refuse("a group of fields"),
        }))
    }
}

impl FieldGroup {
    fn compile(schema: &Map<String, Value>) -> std::result::Result<Self, String> {
        let required = schema.get("required").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let properties = schema.get("properties").and_then(Value::as_object);
        let fields = properties.into_iter().flatten().map(|(name, schema)| {
            Ok(Field {
                name: name.clone(),
                title: schema.get("title").and_then(Value::as_str).unwrap_or(name).to_owned(),
                aliases: strings(schema.get("x-aliases")),
                required: required.iter().any(|required| required == name),
                rule: Rule::compile(schema).map_err(|problem| format!("{name}: {problem}"))?,
            })
        });
        Ok(Self { fields: fields.collect::<std::result::Result<_, String>>()? })
    }

    /// A nested group that was left blank throughout asks for nothing, not even for its required fields.
    fn read_optional(&self, given: Map<String, Value>, at: &str) -> Result<Map<String, Value>> {
        if given.values().all(is_blank) {
            self.refuse_unknown(&given, at)?;
            return Ok(Map::new());
        }
        self.read(given, at)
    }

    fn read(&self, mut given: Map<String, Value>, at: &str) -> Result<Map<String, Value>> {
        self.refuse_unknown(&given, at)?;
        let mut read = Map::new();
        for field in &self.fields {
            let names = std::iter::once(&field.name).chain(&field.aliases);
            let mut present = names.filter_map(|name| given.remove_entry(name)).filter(|(_, value)| !is_blank(value));
            let value = match present.next() {
                Some((name, value)) => field.rule.read(value, &field.title, &join(at, &name))?,
                None => None,
            };
            if let Some((twice, _)) = present.next() {
                return Err(Error::invalid_input(
                    join(at, &twice),
                    format!("`{twice}` is another name of `{}`: give one of them.", field.name),
                ));
            }
            match value {
                Some(value) => {
                    read.insert(field.name.clone(), value);
                }
                None if field.required => {
                    return Err(Error::invalid_input(
                        join(at, &field.name),
                        format!("{} (`{}`) is required.", field.title, field.name),
                    ));
                }
                None => {}
            }
        }
        Ok(read)
    }

    fn refuse_unknown(&self, given: &Map<String, Value>, at: &str) -> Result<()> {
        let Some(unknown) = given.keys().find(|key| !self.fields.iter().any(|field| field.goes_by(key))) else {
            return Ok(());
        };
        let names = self.fields.iter().map(|field| field.name.as_str());
        let advice = match closest(unknown, names.clone()) {
            Some(name) => format!("Did you mean `{name}`?"),
            None => format!("Known fields: {}.", names.collect::<Vec<_>>().join(", ")),
        };
        Err(Error::invalid_input(join(at, unknown), format!("There is no field `{unknown}` here. {advice}")))
    }
}

impl Field {
    fn goes_by(&self, name: &str) -> bool {
        self.name == name || self.aliases.iter().any(|alias| alias == name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form() -> Form {
        Form::compile(&json!({
            "type": "object",
            "properties": {
                "name": { "title": "Name", "type": "string", "minLength": 1, "maxLength": 5, "pattern": "^[^\\x00-\\x1F]*$" },
                "maxItems": { "title": "Max Items", "type": "integer", "minimum": 1, "maximum": 1000, "x-aliases": ["limit"] },
                "capacity": { "type": "number" },
                "hide": { "type": "boolean" },
                "ids": { "type": "array", "items": { "type": "string" }, "maxItems": 2 },
                "tags": { "type": "object", "additionalProperties": { "type": "string" }, "maxProperties": 2 },
                "network": { "type": "object", "properties": { "subnet": { "type": "string" } }, "additionalProperties": false },
            },
            "required": ["name"],
            "additionalProperties": false,
        }))
        .expect("a form")
    }

    fn read(input: Value) -> Result<Map<String, Value>> {
        form().read(input).map_err(|error| error.with_field_prefix("/input"))
    }

    #[test]
    fn what_a_form_holds_becomes_what_the_schema_says() {
        let read = read(
            json!({ "name": "a", "maxItems": "20", "capacity": " 0.0625", "hide": "true", "ids": "[\"x\"]", "tags": [{ "key": "k", "value": "v" }] }),
        );
        assert_eq!(
            Value::Object(read.expect("valid")),
            json!({ "name": "a", "maxItems": 20, "capacity": 0.0625, "hide": true, "ids": ["x"], "tags": { "k": "v" } })
        );
    }

    #[test]
    fn blank_is_not_given() {
        let read = read(json!({ "name": "a", "maxItems": "", "hide": null, "network": { "subnet": "" } }));
        assert_eq!(Value::Object(read.expect("valid")), json!({ "name": "a" }));
    }

    #[test]
    fn every_refusal_names_its_field_and_repeats_no_value() {
        for (given, field) in [
            (json!({}), "/input/name"),
            (json!({ "name": "" }), "/input/name"),
            (json!({ "name": 5 }), "/input/name"),
            (json!({ "name": "s3cret-too-long" }), "/input/name"),
            (json!({ "name": "a\u{1}" }), "/input/name"),
            (json!({ "name": "a", "maxItems": 0 }), "/input/maxItems"),
            (json!({ "name": "a", "maxItems": 1.5 }), "/input/maxItems"),
            (json!({ "name": "a", "limit": "s3cret" }), "/input/limit"),
            (json!({ "name": "a", "limit": 1, "maxItems": 1 }), "/input/limit"),
            (json!({ "name": "a", "capacity": "s3cret" }), "/input/capacity"),
            (json!({ "name": "a", "hide": "s3cret" }), "/input/hide"),
            (json!({ "name": "a", "ids": "s3cret" }), "/input/ids"),
            (json!({ "name": "a", "ids": ["1", "2", "3"] }), "/input/ids"),
            (json!({ "name": "a", "ids": [1] }), "/input/ids/0"),
            (json!({ "name": "a", "tags": "s3cret" }), "/input/tags"),
            (json!({ "name": "a", "tags": { "a/b": 1 } }), "/input/tags/a~1b"),
            (
                json!({ "name": "a", "tags": [{ "key": "k", "value": "1" }, { "key": "k", "value": "2" }] }),
                "/input/tags/1",
            ),
            (json!({ "name": "a", "network": { "subnett": "x" } }), "/input/network/subnett"),
        ] {
            let error = read(given.clone()).expect_err(&given.to_string());
            assert_eq!(error.field.as_deref(), Some(field), "{given}");
            assert!(!error.message.contains("s3cret"), "{}", error.message);
        }
    }

    #[test]
    fn an_unknown_field_is_met_with_a_suggestion() {
        let error = read(json!({ "name": "a", "maxItem": 1 })).expect_err("unknown");
        assert_eq!(error.message, "There is no field `maxItem` here. Did you mean `maxItems`?");
    }

    #[test]
    fn a_keyword_that_would_not_be_checked_does_not_compile() {
        let schema = json!({ "type": "object", "properties": { "n": { "type": "integer", "multipleOf": 2 } } });
        assert_eq!(Form::compile(&schema).expect_err("unknown"), "n: unknown keyword multipleOf");
    }
}
