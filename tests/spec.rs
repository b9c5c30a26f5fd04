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
    assert!(
        found == wanted,
        "{} is stale: if you meant the change, run UPDATE_SPEC=1 cargo test --test program -- spec third_party",
        path.display()
    );
}

/// Fails on a file below a folder that is not among these.
fn check_for_orphans(folder: &Path, wanted: &HashSet<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path: PathBuf = entry.expect("an entry").path();
        if path.is_dir() {
            check_for_orphans(&path, wanted);
        } else {
            assert!(wanted.contains(&path), "{} belongs to nothing: remove it", path.display());
        }
    }
}

#[test]
fn spec_is_current() {
    let folder = root().join("spec");
    let mut wanted = HashSet::new();
    let manifest = ("manifest.json".to_owned(), spec::manifest_index());
    for (path, content) in spec::files().into_iter().chain([manifest]) {
        let path = folder.join(path);
        check(&path, &format!("{content:#}\n"));
        wanted.insert(path);
    }
    check_for_orphans(&folder, &wanted);
}

#[test]
fn reference_is_current() {
    let folder = root().join("docs/reference");
    let mut wanted = HashSet::new();
    for (name, content) in spec::reference(&spec::manifest()) {
        let path = folder.join(name);
        check(&path, &content);
        wanted.insert(path);
    }
    check_for_orphans(&folder, &wanted);
}

#[test]
fn the_readmes_list_of_actions_is_current() {
    let path = root().join("README.md");
    let page = fs::read_to_string(&path).expect("a README");
    let (begin, end) = ("<!-- generated: actions -->\n", "<!-- end: actions -->");
    let (head, rest) = page.split_once(begin).expect("a place for the list");
    let (_, tail) = rest.split_once(end).expect("an end of the list");
    check(&path, &format!("{head}{begin}{}{end}{tail}", spec::actions_by_group(&spec::manifest())));
}

#[test]
fn the_binary_prints_what_is_committed() {
    use crate::support::program::{command, invoke_text};
    if std::env::var_os("UPDATE_SPEC").is_some() {
        // The binary was built from what is being rewritten.
        return;
    }
    let printed = invoke_text(command().arg("spec"), b"");
    assert!(
        printed.stdout == format!("{:#}\n", spec::manifest()),
        "the manifest in the binary is stale: run cargo test --test program spec once more"
    );
    let printed = invoke_text(command().args(["spec", "startJobRun"]), b"");
    assert_eq!(printed.stdout, fs::read_to_string(root().join("spec/actions/startJobRun.json")).expect("a spec"));
    let printed = invoke_text(command().args(["spec", "startJobRuns"]), b"");
    assert_eq!((printed.status, printed.reply["error"]["kind"].as_str()), (2, Some("invalidRequest")));
    assert!(printed.stdout.contains("Did you mean `startJobRun`?"));
}
