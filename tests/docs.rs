//! The hand-written documentation: its links lead somewhere, its lines fit, and what is to be short is short.

use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use regex_lite::{Captures, Regex};
use serde_json::{Value, json};

use crate::spec::root;

/// The longest line of a text, in characters.
const WIDTH: usize = 120;
const README_LINES: usize = 250;
const RECIPE_LINES: usize = 6;

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
}

/// The Markdown files of the project, or of a package of it: their paths below `root`.
fn pages(root: &Path) -> Vec<PathBuf> {
    let mut pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"].map(PathBuf::from).to_vec();
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).expect("a folder") {
            let path = folder.join(entry.expect("an entry").file_name());
            if root.join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern")
}

/// Text with code blanked out, line for line: what looks like a link there is none.
fn without_code(text: &str) -> String {
    let blank = |found: &Captures<'_>| found[0].replace(|letter| letter != '\n', " ");
    let text = regex(r"(?ms)^ *```.*?^ *```$").replace_all(text, blank);
    regex(r"`[^`]+`").replace_all(&text, blank).into_owned()
}

/// The targets of links and images, each with the number of its line.
fn links(text: &str) -> Vec<(usize, String)> {
    let text = without_code(text);
    let link = regex(r#"\]\(([^)\s]+)\)|(?m:^\[[^\]]+\]: *(\S+))|<[^>]*(?:src|href|srcset)="([^"]+)""#);
    let found = link.captures_iter(&text).map(|found| {
        let target = (1..=3).find_map(|group| found.get(group)).expect("a target");
        (text[..target.start()].matches('\n').count() + 1, target.as_str().to_owned())
    });
    found.collect()
}

/// The anchors of a page: GitHub makes them of its headings.
fn anchors(text: &str) -> Vec<String> {
    let text = regex(r"(?ms)^ *```.*?^ *```$").replace_all(text, "");
    let mut counts = HashMap::new();
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let anchors = headings.map(|heading| {
        let kept = heading.to_lowercase().replace(' ', "-");
        let anchor: String = kept.chars().filter(|letter| letter.is_alphanumeric() || "-_".contains(*letter)).collect();
        let count = counts.entry(anchor.clone()).and_modify(|count| *count += 1).or_insert(0);
        if *count == 0 { anchor } else { format!("{anchor}-{count}") }
    });
    anchors.collect()
}

/// A path without `.` and `..`; none if it leads out of the folder that it is relative to.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                if !normal.pop() {
                    return None;
                }
            }
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    Some(normal)
}

/// Why a link on a page leads nowhere, and what to do about it.
fn broken(root: &Path, page: &Path, target: &str) -> Option<String> {
    if regex("^(https?|mailto):").is_match(target) {
        return None;
    }
    let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let path = if file.is_empty() { Some(page.to_owned()) } else { normal(&page.with_file_name(file)) };
    let Some(path) = path else { return Some("it leads out of the project: link to a file in it".to_owned()) };
    if !root.join(&path).exists() {
        return Some(format!("there is no {}: correct the link, or add the file", path.display()));
    }
    let anchor = anchor?;
    let known = anchors(&read(&root.join(&path)));
    let missing = !known.iter().any(|other| other == anchor);
    missing.then(|| {
        format!("{} has no heading for #{anchor}: correct the link to one of {}", path.display(), known.join(", "))
    })
}

/// Links that lead nowhere in the Markdown files of a folder: file, line, link, and what to do.
pub fn broken_links(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for page in pages(root) {
        for (line, target) in links(&read(&root.join(&page))) {
            if let Some(why) = broken(root, &page, &target) {
                found.push(format!("{}:{line}: `{target}`: {why}.", page.display()));
            }
        }
    }
    found
}

#[test]
fn links_lead_somewhere() {
    let broken = broken_links(root());
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn links_that_lead_nowhere_are_found() {
    let page = Path::new("docs/errors.md");
    let why = |target| broken(root(), page, target).unwrap_or_default();
    assert!(why("missing.md").contains("there is no docs/missing.md"));
    assert!(why("../docs/protocol.md#missing").contains("has no heading for #missing"));
    assert!(why("#missing").contains("docs/errors.md has no heading"));
    assert!(why("../../elsewhere.md").contains("leads out of the project"));
    assert_eq!(["#retries", "../README.md", "https://example.com"].map(why), ["", "", ""]);
    let text = "a\n[b](c.md#d)\n```\n[no](no.md)\n```\n`[no](no.md)` <img src=\"e.svg\">\n\n[f]: g.md\n";
    let links: Vec<_> = links(text).into_iter().map(|(line, target)| format!("{line} {target}")).collect();
    assert_eq!(links, ["2 c.md#d", "6 e.svg", "8 g.md"]);
    assert_eq!(
        anchors("# Use it from …\n## A `b`, c\n```\n# no\n```\n## A b c\n"),
        ["use-it-from-", "a-b-c", "a-b-c-1"]
    );
}

/// Tests that a text names as `file.rs::test`, and that there are not.
fn missing_tests(text: &str) -> Vec<String> {
    let is_missing = |file: &str, test: &str| {
        let code = fs::read_to_string(root().join(file)).unwrap_or_default();
        !regex(&format!(r"#\[(tokio::)?test[^\]]*\]\s+(#\[[^\]]*\]\s+)*(async )?fn {test}\(")).is_match(&code)
    };
    let named = regex(r"`([a-z0-9_/]+\.rs)::(\w+)`");
    let named = named.captures_iter(text).filter(|named| is_missing(&named[1], &named[2]));
    named.map(|named| named[0].to_owned()).collect()
}

#[test]
fn the_tests_that_show_what_is_said_of_security_are_there() {
    let page = read(&root().join("docs/security.md"));
    assert!(page.matches(".rs::").count() > 20, "docs/security.md names hardly a test");
    assert_eq!(missing_tests(&page), [""; 0], "docs/security.md names tests that there are not");
    assert_eq!(missing_tests("`tests/docs.rs::regex` `tests/none.rs::a` `tests/docs.rs::lines_fit`").len(), 2);
}

#[test]
fn lines_fit() {
    let mut long = Vec::new();
    for page in pages(root()).iter().filter(|page| !page.starts_with("docs/reference")) {
        let mut generated = false;
        for (index, line) in read(&root().join(page)).lines().enumerate() {
            generated = (generated || line.starts_with("<!-- generated:")) && !line.starts_with("<!-- end");
            let count = line.chars().count();
            if count > WIDTH && !generated {
                long.push(format!("{}:{}: {count} characters", page.display(), index + 1));
            }
        }
    }
    assert!(long.is_empty(), "Break lines at {WIDTH} characters:\n{}\n", long.join("\n"));
}

#[test]
fn the_readme_is_a_front_door() {
    let readme = read(&root().join("README.md"));
    let lines = readme.lines().count();
    assert!(lines <= README_LINES, "README.md has {lines} lines, more than {README_LINES}: move details to docs/");
    for command in ["cargo run --example demo", "cargo test --workspace"] {
        assert!(readme.contains(&format!("\n```sh\n{command}\n```\n")), "README.md does not show `{command}`");
    }
}

#[test]
fn recipes_are_short() {
    let text = read(&root().join("CONTRIBUTING.md"));
    let recipes: Vec<_> = text.split("\n## ").filter(|section| section.starts_with("Add a")).collect();
    assert_eq!(recipes.len(), 4, "CONTRIBUTING.md has recipes for actions, connection types, commands and packages");
    for recipe in recipes {
        let mut lines = recipe.lines().filter(|line| !line.is_empty());
        let title = lines.next().unwrap_or_default();
        let count = lines.count();
        assert!(count <= RECIPE_LINES, "CONTRIBUTING.md: `{title}` has {count} lines, more than {RECIPE_LINES}");
    }
}

/// The JSON on a page: the values in its blocks.
fn json_blocks(text: &str) -> Vec<Value> {
    let mut values = Vec::new();
    for block in regex(r"(?ms)^ *```json\n(.*?)^ *```$").captures_iter(text) {
        let read = serde_json::Deserializer::from_str(&block[1]).into_iter();
        values.extend(read.map(|value| value.unwrap_or_else(|problem| panic!("{}: {problem}", &block[1]))));
    }
    values
}

#[test]
fn examples_are_valid() {
    let spec = |path: &str| serde_json::from_str::<Value>(&read(&root().join("spec").join(path))).expect("JSON");
    let (request, reply) = (spec("protocol/request.json"), spec("protocol/reply.json"));
    let mut counts = [0, 0];
    for page in pages(root()) {
        let check = |value: &Value, schema: &Value| {
            if let Err(problem) = jsonschema::validate(schema, value) {
                panic!("{}: {value}: at `{}`: {problem}", page.display(), problem.instance_path());
            }
        };
        for mut value in json_blocks(&read(&root().join(&page))) {
            if let Some(action) = value["action"].as_str() {
                check(&value["input"], &spec(&format!("actions/{action}.json"))["input"]);
            }
            if ["action", "dataSource", "check", "cancel"].iter().any(|task| value.get(task).is_some()) {
                check(&value, &request);
                counts[0] += 1;
            } else if value.get("ok").is_some() {
                // The cookbook leaves it out.
                value
                    .as_object_mut()
                    .expect("an object")
                    .entry("meta")
                    .or_insert(json!({ "durationMs": 0, "attempts": 0 }));
                check(&value, &reply);
                counts[1] += 1;
            }
        }
    }
    assert!(counts.iter().all(|count| *count > 10), "{counts:?} requests and replies were found");
}

/// `cargo bench --bench compare -- --save` writes between these, after an hour of measuring.
#[test]
fn the_benchmark_has_its_place() {
    let page = read(&root().join("docs/performance.md"));
    let (begin, end) = (page.find("<!-- benchmark: begin -->\n"), page.find("<!-- benchmark: end -->"));
    assert!(begin.is_some() && begin < end, "docs/performance.md has no place for the benchmark's table");
}
