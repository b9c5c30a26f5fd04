//! The listing: one HTML page that shows the connector to a marketplace's visitors, with every form and an example of
//! every call.
//!
//! `page.html` is the template, filled in from the manifest alone. The page asks the network for nothing and can be
//! read without its script.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use glue_runtime::form::describe;
use glue_runtime::{Error, Kind, Result};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context, filters, tests as is};
use serde_json::{Value, json};

use crate::spec::sentence;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The page of a manifest. The icon is shown as an image, so nothing in it can run.
///
/// # Errors
/// `internal` when the template cannot be filled in.
pub fn page(manifest: &Value, icon_svg: &str) -> Result<String> {
    let context = context! {
        manifest => Serde(manifest),
        permissions => Serde(permissions(manifest)),
        icon => icon_svg,
        style => minijinja::Value::from_safe_string(STYLE.to_owned()),
        script => minijinja::Value::from_safe_string(SCRIPT.to_owned()),
    };
    engine()
        .and_then(|engine| engine.render_named_str("page.html", TEMPLATE, context))
        .map_err(|problem| Error::new(Kind::Internal, format!("The listing cannot be made: {problem:#}.")))
}

/// A template engine that escapes everything: it has no filter that would let text through as it is.
fn engine() -> std::result::Result<Environment<'static>, minijinja::Error> {
    let mut engine = Environment::empty();
    engine.set_auto_escape_callback(|_| AutoEscape::Html);
    engine.set_undefined_behavior(UndefinedBehavior::Chainable);
    engine.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    engine.add_filter("items", filters::items);
    engine.add_filter("length", filters::length);
    engine.add_filter("split", filters::split);
    engine.add_filter("urlencode", filters::urlencode);
    engine.add_filter("json", |Serde(value): Serde<Value>| format!("{value:#}"));
    engine.add_filter("limits", |Serde(schema): Serde<Value>| describe::limits(&schema));
    engine.add_filter("sample", |Serde(connection): Serde<Value>| Serde(sample(&connection)));
    engine.add_filter("sentence", |text: &str| sentence(text));
    engine.add_test("defined", is::is_defined);
    engine.add_test("mapping", is::is_mapping);
    engine.add_test("undefined", is::is_undefined);
    Ok(engine)
}

/// A connection as a request carries it: what it must have, with its values left out.
fn sample(connection: &Value) -> Value {
    let required = connection["fields"]["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let fields: serde_json::Map<_, _> = required.map(|key| (key.to_owned(), json!("…"))).collect();
    json!({ "key": connection["key"], "fields": fields })
}

/// All that the actions and data sources ask of AWS, each once.
fn permissions(manifest: &Value) -> BTreeSet<&str> {
    ["actions", "dataSources"]
        .into_iter()
        .filter_map(|member| manifest[member].as_array())
        .flatten()
        .filter_map(|entry| entry["iamActions"].as_array())
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}
