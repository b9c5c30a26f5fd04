//! Verifies a package against its digests: `glue-connector verify FILE`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use glue_runtime::{Error, Kind, Result};
use serde_json::{Value, json};

use super::archive::{File, SUMS, parse_sums, read, refuse, sha256};

/// Verifies every file of a package against the digests inside, and the package itself against those beside it.
///
/// # Errors
/// `invalidRequest` when it cannot be read, is not a package, or is not what it was.
pub fn verify(package: &Path) -> Result<Value> {
    let bytes = fs::read(package).map_err(|problem| refuse("The package cannot be read", &problem))?;
    let name = package.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let digest = sha256(&bytes);
    let published = fs::read_to_string(package.with_file_name(SUMS)).unwrap_or_default();
    if parse_sums(&published).get(&name).is_some_and(|wanted| *wanted != digest) {
        return Err(broken(&format!("`{name}` is not the file whose digest is in the {SUMS} beside it")));
    }
    let mut files: BTreeMap<_, _> = read(&bytes)
        .map_err(|problem| refuse("This is not a package", &problem))?
        .into_iter()
        .map(|file| (file.path.clone(), file))
        .collect();
    let Some(sums) = files.remove(SUMS) else { return Err(broken(&format!("it has no {SUMS}"))) };
    let sums = parse_sums(&String::from_utf8_lossy(&sums.content));
    check(&files, &sums)?;
    Ok(json!({ "Package": name, "Sha256": digest, "Files": files.keys().collect::<Vec<_>>() }))
}

fn check(files: &BTreeMap<String, File>, sums: &BTreeMap<String, String>) -> Result<()> {
    if let Some(missing) = sums.keys().find(|path| !files.contains_key(*path)) {
        return Err(broken(&format!("`{missing}` is missing")));
    }
    for (path, file) in files {
        match sums.get(path) {
            None => return Err(broken(&format!("`{path}` does not belong to it"))),
            Some(wanted) if *wanted != sha256(&file.content) => return Err(broken(&format!("`{path}` was changed"))),
            Some(_) => {}
        }
    }
    match files.values().find(|file| file.executable) {
        Some(_) => Ok(()),
        None => Err(broken("nothing in it can be run")),
    }
}

fn broken(why: &str) -> Box<Error> {
    Error::new(Kind::InvalidRequest, format!("The package is not as it was made: {why}. Get it anew."))
}
