//! The reference of connections, actions and data sources: the Markdown files of `docs/reference/`.

use std::fmt::Write;

use glue_runtime::action::LostAnswer;
use glue_runtime::form::describe;
use serde_json::{Map, Value, json};

use crate::entry::Entry;
use crate::registry::ACTIONS;

/// A page of the reference, and where its entries stand in the manifest.
struct ReferencePage {
    title: &'static str,
    file: &'static str,
    /// The member of the manifest, and the folder of `spec/`.
    member: &'static str,
    folder: &'static str,
    /// The member of an entry with the schema of its form.
    form: &'static str,
    /// The member of a request that names an entry; none for connections, which have no data of their own.
    request: Option<&'static str>,
    introduction: &'static str,
    shared_title: &'static str,
}

const PAGES: [ReferencePage; 3] = [
    ReferencePage {
        title: "Connections",
        file: "connections.md",
        member: "connections",
        folder: "connections",
        form: "fields",
        request: None,
        introduction: "How a host authenticates: see [Connections and credentials](../connections.md). All of them also \
                       take [settings](#settings-of-every-connection) of region and network.",
        shared_title: "Settings of every connection",
    },
    ReferencePage {
        title: "Actions",
        file: "actions.md",
        member: "actions",
        folder: "actions",
        form: "input",
        request: Some("action"),
        introduction: "What a request can do. Every action also takes a [connection](connections.md) and a \
                       [region](#input-of-every-action).",
        shared_title: "Input of every action",
    },
    ReferencePage {
        title: "Data sources",
        file: "data-sources.md",
        member: "dataSources",
        folder: "data-sources",
        form: "input",
        request: Some("dataSource"),
        introduction: "They fill the [dropdowns](../protocol.md#dropdowns) of forms. All of them also take a \
                       [region, a search and a limit](#input-of-every-data-source).",
        shared_title: "Input of every data source",
    },
];

/// The files of `docs/reference/`: their names and their content. All of it comes from the manifest and the registry.
#[must_use]
pub fn reference(manifest: &Value) -> Vec<(&'static str, String)> {
    let pages = PAGES.iter().map(|page| (page.file, page.write(manifest)));
    [("README.md", index(manifest)), ("lost-answers.md", lost_answers())].into_iter().chain(pages).collect()
}

/// The list of actions in the README: a paragraph a group, in lines of at most 120 characters.
#[must_use]
pub fn actions_by_group(manifest: &Value) -> String {
    let mut text = String::new();
    for group in list(&manifest["groups"]) {
        let actions = list(&manifest["actions"]).iter().filter(|action| action["group"] == group["key"]);
        let mut line = format!("- **{}**:", member(group, "label"));
        let mut names = actions.map(|action| format!(" `{}`", member(action, "key"))).peekable();
        while let Some(name) = names.next() {
            let name = name + if names.peek().is_some() { "," } else { "" };
            if line.len() + name.len() > 120 {
                let _ = writeln!(text, "{line}");
                line = String::from(" ");
            }
            line.push_str(&name);
        }
        let _ = writeln!(text, "{line}");
    }
    text
}

/// A row for each change whose effect can be told after its answer was lost.
fn lost_answers() -> String {
    let mut text = "# Lost answers\n\nThe [verdict](../errors.md#lost-answers) on a change whose answer was lost, by the finding of the probes. The effect \
                    of any other change stays `unknown`.\n\n| Action | `ok` | `effect: none` | `effect: unknown` |\n\
                    | --- | --- | --- | --- |\n"
        .to_owned();
    for meta in ACTIONS.iter().map(Entry::meta) {
        if let Some(LostAnswer { applied, not_applied, unknown }) = meta.lost_answer {
            let _ = writeln!(text, "| `{}` | {applied} | {not_applied} | {unknown} |", meta.key);
        }
    }
    text
}

fn index(manifest: &Value) -> String {
    let mut text =
        "# Reference\n\nGenerated from the manifest, which is in [`spec/`](../../spec) with the JSON schemas \
                    and IAM policies.\n"
            .to_owned();
    for page in &PAGES {
        let _ = write!(text, "\n## {}\n\n| Name | Key | Description |\n| --- | --- | --- |\n", page.title);
        let mut entries = list(&manifest[page.member]).iter().collect::<Vec<_>>();
        entries.sort_by_key(|entry| list(&manifest["groups"]).iter().position(|group| group["key"] == entry["group"]));
        for entry in entries {
            let [key, label, description] = ["key", "label", "description"].map(|name| member(entry, name));
            let link = format!("{}#{}", page.file, anchor(label));
            let _ = writeln!(text, "| [{label}]({link}) | `{key}` | {} |", sentence(description));
        }
    }
    text
}

impl ReferencePage {
    fn write(&self, manifest: &Value) -> String {
        let entries = list(&manifest[self.member]);
        let shared = self.shared(entries);
        let mut text = format!("# {}\n\n{} \\* required.\n", self.title, self.introduction);
        for entry in entries {
            self.entry(&mut text, entry, &shared);
        }
        let _ = write!(text, "\n## {}\n\n", self.shared_title);
        inputs(&mut text, &json!({ "properties": shared }), &Map::new());
        text
    }

    /// The fields that all forms of the page have in common: they are listed once.
    fn shared(&self, entries: &[Value]) -> Map<String, Value> {
        let mut forms = entries.iter().map(|entry| &entry[self.form]["properties"]);
        let mut shared = forms.next().and_then(Value::as_object).cloned().unwrap_or_default();
        forms.for_each(|fields| shared.retain(|name, field| fields[name.as_str()] == *field));
        shared
    }

    fn entry(&self, text: &mut String, entry: &Value, shared: &Map<String, Value>) {
        let [key, label, description] = ["key", "label", "description"].map(|name| member(entry, name));
        let _ = write!(text, "\n## {label}\n\n`{key}` — {}\n\n", sentence(description));
        inputs(text, &entry[self.form], shared);
        let schema = format!("[`spec/{0}/{key}.json`](../../spec/{0}/{key}.json)", self.folder);
        let Some(request) = self.request else {
            let _ = write!(text, "\nSchema: {schema}.\n");
            return;
        };
        let data = entry["output"]["properties"].as_object().filter(|members| !members.is_empty());
        if let Some(members) = data {
            text.push_str("\n| Data | |\n| --- | --- |\n");
            for (name, schema) in members {
                let _ = writeln!(text, "| `{name}` | {} |", cell(&sentence(member(schema, "description"))));
            }
        }
        let permissions: Vec<_> =
            list(&entry["iamActions"]).iter().filter_map(Value::as_str).map(|name| format!("`{name}`")).collect();
        let permissions =
            if permissions.is_empty() { "those of the operation".to_owned() } else { permissions.join(", ") };
        let access = match (&entry["annotations"]["reads"], &entry["annotations"]["idempotent"]) {
            (Value::Bool(false), Value::Bool(true)) => "Changes something, idempotent.",
            (Value::Bool(false), _) => "Changes something.",
            _ => "Reads only.",
        };
        let _ = write!(text, "\n{access} Permissions: {permissions}. Schemas: {schema}.\n");
        let example = json!({ request: key, "input": entry["example"]["input"] });
        let data = &entry["example"]["output"];
        let _ = write!(
            text,
            "\n<details><summary>Example</summary>\n\n```json\n{example}\n```\n\nData:\n\n```json\n{data:#}\n```\n\n</details>\n"
        );
    }
}

/// A table of the fields that are not listed elsewhere.
fn inputs(text: &mut String, schema: &Value, elsewhere: &Map<String, Value>) {
    let mut table = String::new();
    rows(&mut table, schema, "", "", elsewhere);
    if !table.is_empty() {
        let _ = write!(text, "| Input | Comments | Default |\n| --- | --- | --- |\n{table}");
    }
}

/// A row a field; those of a group follow it, named by their path.
fn rows(table: &mut String, schema: &Value, title_path: &str, key_path: &str, elsewhere: &Map<String, Value>) {
    let required = |name: &str| list(&schema["required"]).iter().any(|other| other == name);
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        if elsewhere.contains_key(name) {
            continue;
        }
        let title = format!("{title_path}{}", field["title"].as_str().unwrap_or(name));
        let key = format!("{key_path}{name}");
        let star = if required(name) { " \\*" } else { "" };
        let default = match &field["default"] {
            Value::Null | Value::Bool(false) => String::new(),
            given => format!("`{given}`"),
        };
        let _ = writeln!(table, "| {title}{star}<br>`{key}` | {} | {default} |", comments(field));
        rows(table, field, &format!("{title} › "), &format!("{key}."), &Map::new());
    }
}

fn comments(field: &Value) -> String {
    let mut text = sentence(member(field, "description"));
    let mut limits = describe::limits(field).join("; ");
    if let Some(first) = limits.get_mut(..1) {
        first.make_ascii_uppercase();
        let _ = write!(text, " {limits}.");
    }
    if field["format"] == "password" {
        text.push_str(" Secret.");
    }
    cell(&text)
}

/// Text that a cell of a table can hold.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn member<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// The anchor that GitHub gives to a heading.
fn anchor(heading: &str) -> String {
    heading.to_lowercase().replace(' ', "-")
}

pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}
