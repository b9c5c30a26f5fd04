//! A walk over the registry: what every action and connection must have.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use glue_connector::registry::{ACTIONS, CONNECTIONS, DATA_SOURCES};
use glue_connector::spec;
use glue_runtime::Form;
use glue_runtime::redact::names::is_secret;
use serde_json::Value;

use crate::spec::root;

/// Keywords that draft-07 and 2020-12 read the same way, and ours.
const KEYWORDS: &[&str] = &[
    "type",
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
    "items",
    "enum",
    "title",
    "description",
    "default",
    "examples",
    "format",
    "writeOnly",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "x-aliases",
    "x-advanced",
    "x-data-source",
];

/// Calls `look` on a schema and all schemas in it, with their paths.
fn walk(schema: &Value, path: &str, look: &mut dyn FnMut(&str, &Value)) {
    look(path, schema);
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        walk(field, &format!("{path}.{name}"), look);
    }
    for keyword in ["items", "additionalProperties", "propertyNames"] {
        if schema[keyword].is_object() {
            walk(&schema[keyword], &format!("{path}.{keyword}"), look);
        }
    }
}

/// Every schema of every form and of all data.
fn schemas() -> Vec<(String, Value)> {
    let inputs = ACTIONS.iter().map(|entry| (format!("{} input", entry.meta().key), entry.input_schema()));
    let outputs = ACTIONS.iter().map(|entry| (format!("{} output", entry.meta().key), entry.action().output_schema()));
    let sources = DATA_SOURCES.iter().map(|entry| (format!("{} source", entry.meta().key), entry.input_schema()));
    let fields = CONNECTIONS.iter().map(|connection| (connection.meta().key.to_owned(), connection.schema()));
    inputs.chain(outputs).chain(sources).chain(fields).collect()
}

#[test]
fn keys_are_unique_and_said_well() {
    let metas = ACTIONS.iter().map(|entry| (entry.meta().key, entry.meta().label, entry.meta().description));
    let metas = metas.chain(
        CONNECTIONS
            .iter()
            .map(|connection| (connection.meta().key, connection.meta().label, connection.meta().description)),
    );
    let mut seen = HashSet::new();
    for (key, label, description) in metas {
        assert!(seen.insert(key), "{key} is there twice");
        assert!(
            key.chars().all(char::is_alphanumeric) && key.starts_with(char::is_lowercase),
            "{key} is not camelCase"
        );
        assert!(!label.is_empty() && !description.is_empty(), "{key} has no label or description");
    }
    for entry in ACTIONS.iter() {
        // What `rawRequest` needs depends on what it is asked for.
        assert!(
            !entry.meta().permissions.is_empty() || entry.meta().operation.is_none(),
            "{} needs no permission?",
            entry.meta().key
        );
    }
}

#[test]
fn every_field_has_a_title_and_a_description() {
    for (name, schema) in schemas() {
        walk(&schema, &name, &mut |path, schema| {
            for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
                for keyword in ["title", "description"] {
                    assert!(
                        schema[keyword].as_str().is_some_and(|text| !text.is_empty()),
                        "{}: the field `{field}` of {path} has no {keyword}: begin its doc comment with `/// # Label`, then the help",
                        file_of(&name)
                    );
                }
            }
        });
    }
}

#[test]
fn schemas_keep_to_keywords_that_all_drafts_read_the_same_way() {
    for (name, schema) in schemas() {
        walk(&schema, &name, &mut |path, schema| {
            for keyword in schema.as_object().into_iter().flat_map(|schema| schema.keys()) {
                assert!(KEYWORDS.contains(&keyword.as_str()), "{path}: {keyword}");
            }
            assert!(!schema["type"].is_array(), "{path} has several types");
        });
    }
}

#[test]
fn every_form_compiles_with_every_pattern_in_it() {
    for (name, schema) in schemas().into_iter().filter(|(name, _)| !name.ends_with("output")) {
        Form::compile(&schema).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        walk(&schema, &name, &mut |path, schema| {
            if let Some(pattern) = schema["pattern"].as_str() {
                regex_lite::Regex::new(pattern).unwrap_or_else(|problem| panic!("{path}: {problem}"));
                assert!(
                    pattern.starts_with('^') && pattern.ends_with('$'),
                    "{path}: AWS matches the whole value, {pattern} does not"
                );
            }
        });
    }
}

#[test]
fn examples_are_valid_and_hold_no_secret() {
    for entry in ACTIONS.iter() {
        let example = spec::action(entry)["example"].clone();
        entry.read(example["input"].clone()).unwrap_or_else(|error| panic!("{}: {error}", entry.meta().key));
        let text = example.to_string().to_lowercase();
        assert!(!text.contains("akia"), "{}: take the access key out of its example", entry.meta().key);
        no_secret_is_named(entry.meta().key, &example);
    }
}

/// Fails on a member of an example that a secret would have.
fn no_secret_is_named(key: &str, value: &Value) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, member)| {
            assert!(
                !member.is_string() || !is_secret(name),
                "{key}: take `{name}` out of its example, the JSON beside it"
            );
            no_secret_is_named(key, member);
        }),
        Value::Array(items) => items.iter().for_each(|item| no_secret_is_named(key, item)),
        _ => {}
    }
}

#[test]
fn secrets_are_marked_as_such() {
    let mut marked = 0;
    for (name, schema) in schemas().into_iter().filter(|(name, _)| !name.ends_with("output")) {
        walk(&schema, &name, &mut |path, schema| {
            let field = path.rsplit('.').next().unwrap_or_default();
            // A proxy's URL holds its password. A script's own arguments and tokens of a listing are no fields of ours.
            let secret = schema["type"] == "string" && (is_secret(field) || field == "proxyUrl");
            assert_eq!(secret, schema["format"] == "password" && field != "additionalProperties", "{path}");
            assert_eq!(
                schema["format"] == "password",
                schema["writeOnly"] == true && schema["type"] == "string",
                "{path}"
            );
            marked += usize::from(secret);
        });
    }
    assert!(marked >= 11, "only {marked} secrets");
}

#[test]
fn dropdowns_are_filled_by_data_sources_that_there_are() {
    for (name, schema) in schemas() {
        walk(&schema, &name, &mut |path, schema| {
            let Some(link) = schema.get("x-data-source") else { return };
            let source = DATA_SOURCES
                .iter()
                .find(|entry| entry.meta().key == link["key"])
                .unwrap_or_else(|| panic!("{path}: {link}"));
            for input in link["inputs"].as_array().into_iter().flatten() {
                let input = input.as_str().expect("a name");
                assert!(source.input_schema()["properties"][input].is_object(), "{path}: {link}");
            }
        });
    }
}

/// Calls `look` on every Rust file below a folder of the repository.
fn sources(folder: &Path, look: &mut dyn FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, look);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            look(&path, &fs::read_to_string(&path).expect("text"));
        }
    }
}

/// The text between two others.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    Some(rest.split_once(end)?.0)
}

#[test]
fn every_action_and_connection_type_is_in_the_lists() {
    let listed: HashSet<_> = ACTIONS.iter().chain(DATA_SOURCES.iter()).map(|entry| entry.meta().key).collect();
    sources(&root().join("actions"), &mut |path, text| {
        let Some(action) = between(text, "\nimpl Action for ", " ") else { return };
        let meta = between(text, "..Meta::", ")").unwrap_or_default();
        let key = between(meta, "\"", "\"").unwrap_or_default();
        let (file, name) = (path.display(), path.file_stem().expect("a name").to_string_lossy());
        let folder = path.parent().and_then(Path::file_name).expect("a folder").to_string_lossy();
        assert!(listed.contains(key), "{file}: add `&{folder}::{name}::{action}` to a list in src/registry.rs");
        assert!(
            text.contains(&format!("include_str!(\"{name}.json\")")),
            "{file}: put its worked example beside it, as {name}.json, and `example: include_str!(\"{name}.json\")` into META"
        );
    });
    let registry = fs::read_to_string(root().join("src/registry.rs")).expect("text");
    sources(&root().join("connections"), &mut |path, text| {
        let Some(connection) = between(text, "\nimpl Connection for ", " ") else { return };
        let module = path.file_stem().expect("a name").to_string_lossy();
        let line = format!("ConnectionType::of::<{module}::{connection}>()");
        assert!(registry.contains(&line), "{}: add `{line}` to the list in src/registry.rs", path.display());
    });
}

/// The file of the action or connection type whose schema this is.
fn file_of(schema: &str) -> String {
    let key = format!("\"{}\"", schema.split(' ').next().unwrap_or_default());
    let mut found = String::new();
    for folder in ["actions", "connections"] {
        sources(&root().join(folder), &mut |path, text| {
            if text.contains("const META") && text.contains(&key) {
                found = path.display().to_string();
            }
        });
    }
    found
}
