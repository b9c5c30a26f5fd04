//! JSON Schemas from Rust types, in the keywords that draft-07 and 2020-12 read the same way.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

/// The schema of an input: unknown members are refused.
#[must_use]
pub fn of_input<T: JsonSchema>() -> Value {
    generate::<T>(SchemaSettings::draft07().for_deserialize(), &mut RecursiveTransform(refuse_unknown_members))
}

/// The schema of an output.
#[must_use]
pub fn of_output<T: JsonSchema>() -> Value {
    generate::<T>(SchemaSettings::draft07().for_serialize(), &mut |_: &mut Schema| ())
}

/// Doc comments on the struct itself are for Rust readers; only those on fields belong to the form.
fn generate<T: JsonSchema>(settings: SchemaSettings, finish: &mut dyn Transform) -> Value {
    let mut settings = settings.with_transform(RecursiveTransform(plain));
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    finish.transform(&mut schema);
    if let Some(members) = schema.as_object_mut() {
        members.shift_remove("title");
        members.shift_remove("description");
    }
    schema.to_value()
}

/// An optional member is one that may be absent: "or null" says nothing to a form, and neither do the widths of Rust's
/// numbers, but for the largest value that AWS's integers take.
fn plain(schema: &mut Schema) {
    if schema.get("format").is_some_and(|format| format == "int32") && schema.get("maximum").is_none() {
        schema.insert("maximum".into(), i32::MAX.into());
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("enum") {
        choices.retain(|choice| !choice.is_null());
    }
    if let Some(format) = schema.get("format").and_then(Value::as_str)
        && !matches!(format, "password" | "date-time")
    {
        schema.remove("format");
    }
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    put_first(schema, &["type", "title", "description"]);
}

/// Puts keywords first, where people look for them: a field's type may have brought others along.
fn put_first(schema: &mut Schema, keywords: &[&str]) {
    if let Some(members) = schema.as_object_mut() {
        let mut ordered = Map::new();
        ordered.extend(keywords.iter().filter_map(|keyword| members.shift_remove_entry(*keyword)));
        ordered.append(members);
        *members = ordered;
    }
}

fn refuse_unknown_members(schema: &mut Schema) {
    if schema.get("properties").is_some() && schema.get("additionalProperties").is_none() {
        schema.insert("additionalProperties".into(), Value::Bool(false));
    }
}
