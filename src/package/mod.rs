//! Packages for marketplaces, made by the binary out of itself: `glue-connector package TARGET --out DIR`.
//!
//! A target is one module here, listed in `TARGETS`: it names its archive and the files in it. What it says about
//! actions and connections comes from the manifest. The same binary makes the same bytes every time.

automod::dir!("src/package");
mod listing;

use std::fs;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use glue_runtime::{Error, Kind, Result};
use serde_json::{Value, json};

use archive::{File, SUMS, refuse, sha256};
use inputs::PackageInputs;
use target::{Archive, Target};

pub use verify::verify;

/// Options of the subcommand `package`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The target of the package.
    #[arg(value_parser = PossibleValuesParser::new(targets()))]
    target: String,
    /// The folder that the package is written to; it is made if need be.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The binary that goes into the package, built for the platform of this one. Without it, this one.
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// The URL that the package will be downloaded from, for registries that link to it.
    #[arg(long, value_name = "URL", default_value = "https://example.com/glue-connector/")]
    download_url: String,
    /// The publisher's reverse domain name, for registries that list by it.
    #[arg(long, value_name = "NAME", default_value = "com.example")]
    publisher: String,
}

/// Every target, in the order of the command line's help.
const TARGETS: &[&Target] = &[
    // A line each.
    &mcpb::TARGET,
    &node_red::TARGET,
    &native::TARGET,
];

/// The keys of all targets.
pub fn targets() -> impl Iterator<Item = &'static str> {
    TARGETS.iter().map(|target| target.key)
}

/// Makes a package, and reports which files were written, the archive first.
///
/// # Errors
/// `invalidRequest` when the binary cannot be read or the folder cannot be written.
pub fn package(options: &Options) -> Result<Value> {
    let binary = match &options.binary {
        Some(path) => path.clone(),
        None => std::env::current_exe().map_err(|problem| refuse("This binary cannot be found", &problem))?,
    };
    let binary = fs::read(binary).map_err(|problem| refuse("The binary cannot be read", &problem))?;
    let inputs = PackageInputs::new(binary, &options.download_url, &options.publisher)?;
    let Some(target) = TARGETS.iter().find(|target| target.key == options.target) else {
        return Err(Error::new(Kind::InvalidRequest, "There is no such target."));
    };
    let name = format!("{}.{}", (target.file_stem)(&inputs), target.format.extension());
    let mut contents = (target.files)(&inputs);
    contents.extend(inputs.licences());
    let archive = target.format.write(contents).map_err(|problem| refuse("The package cannot be made", &problem))?;
    let digest = sha256(&archive);
    let mut files = vec![File::new(name.clone(), archive)];
    files.extend((target.sidecars)(&inputs, &Archive { name: &name, sha256: &digest }));
    let written = write(&options.out, &files).map_err(|problem| refuse("The package cannot be written", &problem))?;
    Ok(json!({ "Files": written }))
}

/// Writes files and their digests into a folder; other packages' digests there are kept.
fn write(folder: &Path, files: &[File]) -> std::io::Result<Vec<Value>> {
    fs::create_dir_all(folder)?;
    let sums = folder.join(SUMS);
    let mut digests = archive::parse_sums(&fs::read_to_string(&sums).unwrap_or_default());
    let mut written = Vec::new();
    for file in files {
        let path = folder.join(&file.path);
        fs::write(&path, &file.content)?;
        let digest = sha256(&file.content);
        written.push(json!({ "Path": path, "Bytes": file.content.len(), "Sha256": digest }));
        digests.insert(file.path.clone(), digest);
    }
    fs::write(sums, archive::print_sums(&digests))?;
    Ok(written)
}
