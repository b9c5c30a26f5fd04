//! The committed copies of what the registry says. `UPDATE_SPEC=1` rewrites them.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use glue_connector::spec;

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a file with what it should hold, or rewrites it.
pub fn check(path: &Path, wanted: &str) {
    if std::env::var_os("UPDATE_SPEC").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        fs::write(path, wanted).expect("writable");
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(found == wanted, "{} is stale: run UPDATE_SPEC=1 cargo test --test program spec", path.display());
}

#[test]
fn spec_is_current() {
    let mut wanted = HashSet::new();
    for (path, content) in spec::files() {
        let path = root().join("spec").join(path);
        check(&path, &format!("{content:#}\n"));
        wanted.insert(path);
    }
    let mut folders = vec![root().join("spec")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path: PathBuf = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert!(wanted.contains(&path), "{} belongs to nothing: remove it", path.display());
            }
        }
    }
}

#[test]
fn readme_reference_is_current() {
    let path = root().join("README.md");
    let mut page = fs::read_to_string(&path).expect("a README");
    for (name, content) in [("connections", spec::connections_reference()), ("actions", spec::actions_reference())] {
        let (begin, end) = (format!("<!-- generated: {name} -->\n"), format!("<!-- end: {name} -->"));
        let (head, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("the README has no {begin}"));
        let (_, tail) = rest.split_once(&end).unwrap_or_else(|| panic!("the README has no {end}"));
        page = format!("{head}{begin}{content}\n{end}{tail}");
    }
    check(&path, &page);
}

#[test]
fn the_binary_prints_what_is_committed() {
    use crate::support::program::{command, invoke_text};
    let printed = invoke_text(command().arg("spec"), b"");
    assert_eq!(printed.stdout, fs::read_to_string(root().join("spec/manifest.json")).expect("a manifest"));
    let printed = invoke_text(command().args(["spec", "startJobRun"]), b"");
    assert_eq!(printed.stdout, fs::read_to_string(root().join("spec/actions/startJobRun.json")).expect("a spec"));
    let printed = invoke_text(command().args(["spec", "startJobRuns"]), b"");
    assert_eq!((printed.status, printed.reply["error"]["kind"].as_str()), (2, Some("invalidRequest")));
    assert!(printed.stdout.contains("Did you mean `startJobRun`?"));
}
