//! The reference of connections and actions, as Markdown for the README.

use std::fmt::Write;

use glue_connections::describe;
use serde_json::Value;

use crate::registry::{ACTIONS, CONNECTIONS};

/// A section for each connection type.
#[must_use]
pub fn connections() -> String {
    let mut page = String::new();
    for connection in CONNECTIONS.iter() {
        let meta = connection.meta();
        section(&mut page, meta.label, meta.key, meta.description);
        inputs(&mut page, &connection.schema());
    }
    page
}

/// A section for each action.
#[must_use]
pub fn actions() -> String {
    let mut page = String::new();
    for entry in ACTIONS.iter() {
        let meta = entry.meta();
        section(&mut page, meta.label, meta.key, meta.description);
        inputs(&mut page, &entry.input_schema());
        let permissions: Vec<_> =
            meta.permissions.iter().map(|permission| format!("`{}`", permission.action)).collect();
        let permissions =
            if permissions.is_empty() { "those of the operation".to_owned() } else { permissions.join(", ") };
        let _ = writeln!(
            page,
            "\nPermissions: {}. Data, example and schemas: [`spec/actions/{key}.json`](spec/actions/{key}.json).",
            permissions,
            key = meta.key
        );
    }
    page
}

fn section(page: &mut String, label: &str, key: &str, description: &str) {
    let _ = writeln!(page, "\n### {label}\n\n`{key}` — {}\n", sentence(description));
}

fn inputs(page: &mut String, schema: &Value) {
    page.push_str("| Input | Comments | Default |\n| --- | --- | --- |\n");
    rows(page, schema, "", "");
}

/// A row a field; those of a group follow it, named by their path.
fn rows(page: &mut String, schema: &Value, title_path: &str, key_path: &str) {
    let required =
        |name: &str| schema["required"].as_array().is_some_and(|required| required.iter().any(|other| other == name));
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let title = format!("{title_path}{}", field["title"].as_str().unwrap_or(name));
        let key = format!("{key_path}{name}");
        let star = if required(name) { " \\*" } else { "" };
        let default = match &field["default"] {
            Value::Null | Value::Bool(false) => String::new(),
            given => format!("`{given}`"),
        };
        let _ = writeln!(page, "| {title}{star}<br>`{key}` | {} | {default} |", comments(field));
        rows(page, field, &format!("{title} › "), &format!("{key}."));
    }
}

fn comments(field: &Value) -> String {
    let mut text = sentence(field["description"].as_str().unwrap_or_default());
    let mut limits = describe::limits(field).join("; ");
    if let Some(first) = limits.get_mut(..1) {
        first.make_ascii_uppercase();
        let _ = write!(text, " {limits}.");
    }
    if field["format"] == "password" {
        text.push_str(" Secret.");
    }
    text.replace('|', "\\|").replace('\n', " ")
}

pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}
