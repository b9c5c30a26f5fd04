//! The page shows all of the manifest, and lets none of it run.

use std::collections::BTreeSet;

use minijinja::HtmlEscape;
use serde_json::{Value, json};

const HOSTILE: &str = r#"<script>"'&</script>"#;

fn page(manifest: &Value) -> String {
    super::page(manifest, "<svg/>").expect("a page")
}

fn committed() -> Value {
    crate::spec::manifest()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Every text that is called `member`, however deep.
fn all<'a>(value: &'a Value, member: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            found.extend(value.as_str().filter(|_| name == member));
            all(value, member, found);
        }),
        Value::Array(entries) => entries.iter().for_each(|entry| all(entry, member, found)),
        _ => {}
    }
}

/// Puts hostile text into every text of a manifest.
fn poison(value: &mut Value) {
    match value {
        Value::String(text) => text.push_str(HOSTILE),
        Value::Object(members) => members.values_mut().for_each(poison),
        Value::Array(entries) => entries.iter_mut().for_each(poison),
        _ => {}
    }
}

#[test]
fn text_is_escaped_wherever_it_stands() {
    let safe = HtmlEscape(HOSTILE).to_string();
    assert!(!safe.contains(['<', '>', '"', '\'']), "{safe}");

    let mut manifest = committed();
    manifest["label"] = json!(HOSTILE);
    manifest["actions"][0]["input"]["properties"]["name"]["title"] = json!(HOSTILE);
    manifest["actions"][0]["example"]["input"]["name"] = json!(HOSTILE);
    let page = super::page(&manifest, HOSTILE).expect("a page");
    assert!(page.contains(&safe) && !page.contains(HOSTILE));
    assert_eq!(page.matches("<script>").count(), 1);
}

#[test]
fn no_text_of_the_manifest_can_run() {
    let mut manifest = committed();
    poison(&mut manifest);
    let page = page(&manifest);
    assert!(!page.contains(HOSTILE));
    assert_eq!(page.matches("<script>").count(), 1);
}

#[test]
fn every_key_and_title_is_shown() {
    let manifest = committed();
    let page = page(&manifest);
    let mut shown = Vec::new();
    for (place, id) in [("actions", "action"), ("connections", "connection"), ("dataSources", "data-source")] {
        for entry in list(&manifest[place]) {
            assert!(page.contains(&format!(" id=\"{id}-{}\"", text(&entry["key"]))), "{}", entry["key"]);
            shown.push(text(&entry["label"]));
        }
    }
    all(&manifest["connections"], "title", &mut shown);
    all(&manifest["actions"], "title", &mut shown);
    assert!(shown.len() > 100);
    for title in shown {
        assert!(page.contains(&HtmlEscape(title).to_string()), "{title}");
    }
}

#[test]
fn ids_are_unique_and_what_is_referred_to_is_there() {
    let page = page(&committed());
    let values =
        |attribute: &str| page.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()).collect::<Vec<_>>();
    let ids = values(" id=\"");
    let unique: BTreeSet<_> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len());
    for attribute in [" for=\"", " href=\"#", " aria-describedby=\""] {
        for id in values(attribute) {
            assert!(unique.contains(id), "{attribute}{id}");
        }
    }
}

#[test]
fn every_pattern_of_a_form_has_words() {
    let page = page(&committed());
    let patterns: Vec<_> = page.split("matches <code>").skip(1).filter_map(|rest| rest.split('<').next()).collect();
    assert!(patterns.is_empty(), "runtime/form/describe.rs has no words for {patterns:?}");
}
