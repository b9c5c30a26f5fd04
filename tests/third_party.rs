//! The material of the binary: the bill of materials and the licences that every package has with it.
//! `UPDATE_SPEC=1` rewrites them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::spec::{check, root};

/// True for a package that is not from the registry: it is ours.
fn is_ours(package: &Value) -> bool {
    package["source"].is_null()
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

/// Every package that is in the binary, by ID, with those that it uses.
fn linked() -> BTreeMap<String, (Value, Vec<String>)> {
    let arguments = ["metadata", "--format-version", "1", "--filter-platform", "x86_64-unknown-linux-gnu"];
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().expect("Cargo");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("metadata");
    let list = |member: &Value| member.as_array().cloned().unwrap_or_default();
    let packages: BTreeMap<_, _> =
        list(&metadata["packages"]).into_iter().map(|package| (text(&package, "id").to_owned(), package)).collect();
    let nodes: BTreeMap<_, _> =
        list(&metadata["resolve"]["nodes"]).into_iter().map(|node| (text(&node, "id").to_owned(), node)).collect();
    let mut found = BTreeMap::new();
    let mut open = vec![text(&metadata["resolve"], "root").to_owned()];
    while let Some(id) = open.pop() {
        let used = list(&nodes[&id]["deps"])
            .into_iter()
            .filter(|dep| list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].is_null()));
        let used = used.map(|dep| text(&dep, "pkg").to_owned()).collect::<Vec<_>>();
        open.extend(used.iter().filter(|id| !found.contains_key(*id)).cloned());
        found.insert(id.clone(), (packages[&id].clone(), used));
    }
    found
}

fn purl(package: &Value) -> String {
    format!("pkg:cargo/{}@{}", text(package, "name"), text(package, "version"))
}

#[test]
fn the_bill_of_materials_is_current() {
    let linked = linked();
    let component = |package: &Value| {
        json!({
            "type": if text(package, "name") == "glue-connector" { "application" } else { "library" },
            "bom-ref": purl(package),
            "name": package["name"],
            "version": package["version"],
            "licenses": [{ "expression": text(package, "license").replace('/', " OR ") }],
            "purl": purl(package),
        })
    };
    let (product, others): (Vec<_>, Vec<_>) = linked
        .values()
        .map(|(package, _)| component(package))
        .partition(|component| component["type"] == "application");
    let dependencies = linked.values().map(|(package, used)| {
        let used = used.iter().map(|id| purl(&linked[id].0)).collect::<BTreeSet<_>>();
        json!({ "ref": purl(package), "dependsOn": used })
    });
    let bill = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": product[0] },
        "components": others,
        "dependencies": dependencies.collect::<Vec<_>>(),
    });
    check(&root().join("assets/sbom.cdx.json"), &format!("{bill:#}\n"));
}

#[test]
fn licences_of_all_dependencies_are_kept_with_them() {
    let mut users: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut summary = String::new();
    for (package, _) in linked().values().filter(|(package, _)| !is_ours(package)) {
        let name = format!("{} {}", text(package, "name"), text(package, "version"));
        let licence = package["license"].as_str().unwrap_or_else(|| panic!("{name} has no licence"));
        let _ = writeln!(summary, "{name}: {licence}");
        let folder = Path::new(text(package, "manifest_path")).parent().expect("a folder");
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            let file = entry.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
            let is_licence =
                ["LICENSE", "LICENCE", "COPYING", "NOTICE", "COPYRIGHT"].iter().any(|start| file.starts_with(start));
            if entry.is_file() && is_licence {
                let words = fs::read_to_string(&entry).expect("text");
                let lines = words.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
                users.entry(lines.trim().to_owned()).or_default().push(name.clone());
            }
        }
    }
    let mut page = format!("glue-connector is made with these packages:\n\n{summary}");
    let mut texts = users.into_iter().map(|(words, mut names)| {
        names.sort();
        names.dedup();
        (names, words)
    });
    let mut sorted = texts.by_ref().collect::<Vec<_>>();
    sorted.sort();
    for (names, words) in sorted {
        let _ = write!(page, "\n{}\n{}\n\n{words}\n", "=".repeat(80), names.join(", "));
    }
    check(&root().join("assets/THIRD-PARTY-LICENSES.txt"), &page);
}
