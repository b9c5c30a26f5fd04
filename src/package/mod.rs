//! Packages for marketplaces, made by the binary out of itself: `glue-connector package TARGET --out DIR`.
//!
//! A target is one module here, listed in `TARGETS`: it names its archive and the files in it. What it says about
//! actions and connections comes from the manifest. The same binary makes the same bytes every time.

mod archive;
mod listing;
mod mcpb;
mod native;
mod node_red;
mod verify;

use std::fs;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use glue_runtime::{Error, Kind, Result};
use serde_json::{Value, json};

use crate::spec;
use archive::{Format, sha256};

pub use verify::verify;

/// Options of the subcommand `package`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// What to make a package for.
    #[arg(value_parser = PossibleValuesParser::new(targets()))]
    target: String,
    /// The folder that the package is written to; it is made if need be.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The binary that goes into the package, built for the platform of this one. Without it, this one.
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Where the package will be downloaded from, for registries that link to it.
    #[arg(long, value_name = "URL", default_value = "https://example.com/glue-connector/")]
    download_url: String,
    /// The publisher's reverse domain name, for registries that list by it.
    #[arg(long, value_name = "NAME", default_value = "com.example")]
    publisher: String,
}

/// A marketplace or host that packages are made for.
struct Target {
    key: &'static str,
    format: Format,
    /// The archive's file name without its extension.
    file_stem: fn(&PackageInputs) -> String,
    /// The files in the archive, besides the licences and the digests that every archive has.
    files: fn(&PackageInputs) -> Result<Vec<File>>,
    /// The files beside the archive, which may name its digest.
    sidecars: fn(&PackageInputs, &Archive<'_>) -> Vec<File>,
}

/// Every target, in the order of the command line's help.
const TARGETS: &[&Target] = &[&mcpb::TARGET, &node_red::TARGET, &native::TARGET];

/// The keys of all targets.
pub fn targets() -> impl Iterator<Item = &'static str> {
    TARGETS.iter().map(|target| target.key)
}

/// The material of a package: the same for every target.
struct PackageInputs {
    manifest: Value,
    binary: Vec<u8>,
    readme: Vec<u8>,
    /// The files of `docs/`, by path.
    docs: Vec<(&'static str, Vec<u8>)>,
    bill_of_materials: Vec<u8>,
    third_party_licences: Vec<u8>,
    download_url: String,
    publisher: String,
}

/// A finished archive: its file name and its digest.
struct Archive<'a> {
    name: &'a str,
    sha256: &'a str,
}

/// For archives that stand alone.
fn no_sidecars(_: &PackageInputs, _: &Archive<'_>) -> Vec<File> {
    Vec::new()
}

/// A file of a package: in the archive or beside it.
#[derive(Debug)]
struct File {
    path: String,
    content: Vec<u8>,
    executable: bool,
}

impl File {
    fn new(path: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), content: content.into(), executable: false }
    }

    fn json(path: &str, content: &Value) -> Self {
        Self::new(path, format!("{content:#}\n"))
    }
}

/// Texts and icons that the binary carries for packages; the long ones are compressed.
const LICENCE: &str = include_str!("../../LICENSE");
const THIRD_PARTY_LICENCES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/THIRD-PARTY-LICENSES.txt.gz"));
const README: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/README.md.gz"));
/// The files of `docs/`: their paths, and their content compressed.
const DOCS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/docs.rs"));
const BILL_OF_MATERIALS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sbom.cdx.json.gz"));
const ICON_SVG: &str = include_str!("../../assets/icon.svg");
const ICON_PNG: &[u8] = include_bytes!("../../assets/icon.png");
/// The digests of all other files in an archive.
const SUMS: &str = "SHA256SUMS";

impl PackageInputs {
    /// The licences of the connector and of what is linked into it, which every archive has to hold.
    fn licences(&self) -> [File; 2] {
        [File::new("LICENSE", LICENCE), File::new("THIRD-PARTY-LICENSES.txt", self.third_party_licences.clone())]
    }

    fn text(&self, member: &str) -> &str {
        self.manifest[member].as_str().unwrap_or_default()
    }

    fn version(&self) -> &str {
        self.text("version")
    }

    /// The file name, without its extension, of an archive for one platform.
    fn platform_file_stem(&self) -> String {
        let (os, cpu) = Self::platform();
        format!("{}-{}-{os}-{cpu}", self.text("name"), self.version())
    }

    /// The binary, to be run from `path`.
    fn binary(&self, path: &str) -> File {
        File { path: path.to_owned(), content: self.binary.clone(), executable: true }
    }

    /// The platform as Node.js names it, which marketplaces follow.
    fn platform() -> (&'static str, &'static str) {
        let os = match std::env::consts::OS {
            "macos" => "darwin",
            "windows" => "win32",
            other => other,
        };
        let cpu = match std::env::consts::ARCH {
            "x86_64" => "x64",
            "aarch64" => "arm64",
            other => other,
        };
        (os, cpu)
    }
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
    let inputs = PackageInputs {
        manifest: spec::manifest(),
        binary: fs::read(binary).map_err(|problem| refuse("The binary cannot be read", &problem))?,
        readme: unzip(README)?,
        docs: DOCS.iter().map(|&(path, content)| Ok((path, unzip(content)?))).collect::<Result<_>>()?,
        bill_of_materials: unzip(BILL_OF_MATERIALS)?,
        third_party_licences: unzip(THIRD_PARTY_LICENCES)?,
        download_url: format!("{}/", options.download_url.trim_end_matches('/')),
        publisher: options.publisher.clone(),
    };
    let Some(target) = TARGETS.iter().find(|target| target.key == options.target) else {
        return Err(Error::new(Kind::InvalidRequest, "There is no such target."));
    };
    let name = format!("{}.{}", (target.file_stem)(&inputs), target.format.extension());
    let mut contents = (target.files)(&inputs)?;
    contents.extend(inputs.licences());
    let archive = target.format.write(contents).map_err(|problem| refuse("The package cannot be made", &problem))?;
    let digest = sha256(&archive);
    let mut files = vec![File::new(name.clone(), archive)];
    files.extend((target.sidecars)(&inputs, &Archive { name: &name, sha256: &digest }));
    let written = write(&options.out, &files).map_err(|problem| refuse("The package cannot be written", &problem))?;
    Ok(json!({ "Files": written }))
}

fn unzip(compressed: &[u8]) -> Result<Vec<u8>> {
    spec::unzip(compressed).map_err(|problem| Error::new(Kind::Internal, problem.to_string()))
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

fn refuse(what: &str, problem: &dyn std::fmt::Display) -> Box<Error> {
    Error::new(Kind::InvalidRequest, format!("{what}: {problem}."))
}
