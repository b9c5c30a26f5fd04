//! Packages for marketplaces, made by the binary out of itself: `glue-connector package TARGET --out DIR`.
//!
//! A target is one file here and one entry in `TARGETS`. It says which archive it wants and what goes into it; all it
//! says about actions and connections comes from the manifest. The same binary makes the same bytes every time.

mod archive;
mod listing;
mod mcpb;
mod native;
mod node_red;
mod verify;

use std::fs;
use std::path::{Path, PathBuf};

use glue_connections::{Error, Kind, Result};
use serde_json::{Value, json};

use crate::spec;
use archive::{Format, sha256};

pub use verify::verify;

/// What is packaged, and for whom.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// What to make a package for.
    #[arg(value_parser = TARGETS.map(|target| target.key))]
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

/// A kind of package.
struct Target {
    key: &'static str,
    format: Format,
    /// What the archive's file is called, without its ending.
    stem: fn(&Parts) -> String,
    /// What is in the archive.
    content: fn(&Parts) -> Result<Vec<File>>,
    /// What goes beside it, once its digest is known.
    beside: fn(&Parts, &Made<'_>) -> Vec<File>,
}

const TARGETS: [&Target; 3] = [&mcpb::TARGET, &node_red::TARGET, &native::TARGET];

/// What every package is made of.
struct Parts {
    manifest: Value,
    binary: Vec<u8>,
    download_url: String,
    publisher: String,
}

/// An archive that is made: its file name and its digest.
struct Made<'a> {
    name: &'a str,
    sha256: &'a str,
}

/// For archives that stand alone.
fn nothing_beside(_: &Parts, _: &Made<'_>) -> Vec<File> {
    Vec::new()
}

/// A file of a package.
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

    /// A file that is kept compressed in the binary.
    fn unpacked(path: &str, compressed: &[u8]) -> Result<Self> {
        spec::unzip(compressed)
            .map(|content| Self::new(path, content))
            .map_err(|problem| Error::new(Kind::Internal, problem.to_string()))
    }

    fn json(path: &str, content: &Value) -> Self {
        Self::new(path, format!("{content:#}\n"))
    }
}

/// The files that tell people their rights, and what there is inside.
const LICENCE: &str = include_str!("../../LICENSE");
const THIRD_PARTY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/THIRD-PARTY-LICENSES.txt.gz"));
const README: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/README.md.gz"));
/// The files of `docs/`: their paths, and their content compressed.
const DOCS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/docs.rs"));
const BILL_OF_MATERIALS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sbom.cdx.json.gz"));
const ICON_SVG: &str = include_str!("../../assets/icon.svg");
const ICON_PNG: &[u8] = include_bytes!("../../assets/icon.png");
/// The digests of all other files in an archive.
const SUMS: &str = "SHA256SUMS";

impl Parts {
    fn text(&self, member: &str) -> &str {
        self.manifest[member].as_str().unwrap_or_default()
    }

    fn version(&self) -> &str {
        self.text("version")
    }

    /// What an archive for one platform is called.
    fn platform_stem(&self) -> String {
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

    /// A form of the manifest: that of the connection type with this key.
    fn fields(&self, connection: &str) -> &Value {
        let found =
            self.manifest["connections"].as_array().into_iter().flatten().find(|listed| listed["key"] == connection);
        found.map_or(&Value::Null, |listed| &listed["fields"]["properties"])
    }
}

/// Makes a package, and says which files were written.
///
/// # Errors
/// `invalidRequest` when the binary cannot be read or the folder cannot be written.
pub fn package(options: &Options) -> Result<Value> {
    let binary = match &options.binary {
        Some(path) => path.clone(),
        None => std::env::current_exe().map_err(|problem| refuse("This binary cannot be found", &problem))?,
    };
    let parts = Parts {
        manifest: spec::manifest(),
        binary: fs::read(binary).map_err(|problem| refuse("The binary cannot be read", &problem))?,
        download_url: format!("{}/", options.download_url.trim_end_matches('/')),
        publisher: options.publisher.clone(),
    };
    let Some(target) = TARGETS.iter().find(|target| target.key == options.target) else {
        return Err(Error::new(Kind::InvalidRequest, "There is no such target."));
    };
    let name = format!("{}.{}", (target.stem)(&parts), target.format.ending());
    let archive = target
        .format
        .write((target.content)(&parts)?)
        .map_err(|problem| refuse("The package cannot be made", &problem))?;
    let digest = sha256(&archive);
    let mut files = vec![File::new(name.clone(), archive)];
    files.extend((target.beside)(&parts, &Made { name: &name, sha256: &digest }));
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

fn refuse(what: &str, problem: &dyn std::fmt::Display) -> Box<Error> {
    Error::new(Kind::InvalidRequest, format!("{what}: {problem}."))
}
