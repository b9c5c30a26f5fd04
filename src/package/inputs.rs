//! The material of packages: the binary, the manifest, and the texts that the binary carries.

use glue_runtime::{Error, Kind, Result};
use serde_json::Value;

use super::archive::File;
use super::listing;
use crate::spec;

/// The connector's licence.
const LICENCE: &str = include_str!("../../LICENSE");
/// Texts that are carried compressed.
const THIRD_PARTY_LICENCES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/THIRD-PARTY-LICENSES.txt.gz"));
const README: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/README.md.gz"));
/// The files of `docs/`: their paths, and their content compressed.
const DOCS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/docs.rs"));
const BILL_OF_MATERIALS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sbom.cdx.json.gz"));
pub(super) const ICON_SVG: &str = include_str!("../../assets/icon.svg");
pub(super) const ICON_PNG: &[u8] = include_bytes!("../../assets/icon.png");

/// The material of a package: the same for every target.
pub(super) struct PackageInputs {
    pub(super) manifest: Value,
    pub(super) binary: Vec<u8>,
    /// The listing page.
    pub(super) listing: String,
    pub(super) readme: Vec<u8>,
    /// The files of `docs/`, by path.
    pub(super) docs: Vec<(&'static str, Vec<u8>)>,
    pub(super) bill_of_materials: Vec<u8>,
    pub(super) third_party_licences: Vec<u8>,
    pub(super) download_url: String,
    pub(super) publisher: String,
}

impl PackageInputs {
    /// The material around a binary. `download_url` and `publisher` go into the entries of registries.
    pub(super) fn new(binary: Vec<u8>, download_url: &str, publisher: &str) -> Result<Self> {
        let manifest = spec::manifest();
        Ok(Self {
            listing: listing::page(&manifest, ICON_SVG)?,
            manifest,
            binary,
            readme: unzip(README)?,
            docs: DOCS.iter().map(|&(path, content)| Ok((path, unzip(content)?))).collect::<Result<_>>()?,
            bill_of_materials: unzip(BILL_OF_MATERIALS)?,
            third_party_licences: unzip(THIRD_PARTY_LICENCES)?,
            download_url: format!("{}/", download_url.trim_end_matches('/')),
            publisher: publisher.to_owned(),
        })
    }

    /// The licences of the connector and of what is linked into it, which every archive has to hold.
    pub(super) fn licences(&self) -> [File; 2] {
        [File::new("LICENSE", LICENCE), File::new("THIRD-PARTY-LICENSES.txt", self.third_party_licences.clone())]
    }

    pub(super) fn text(&self, member: &str) -> &str {
        self.manifest[member].as_str().unwrap_or_default()
    }

    pub(super) fn version(&self) -> &str {
        self.text("version")
    }

    /// The file name, without its extension, of an archive for one platform.
    pub(super) fn platform_file_stem(&self) -> String {
        let (os, cpu) = Self::platform();
        format!("{}-{}-{os}-{cpu}", self.text("name"), self.version())
    }

    /// The binary, to be run from `path`.
    pub(super) fn binary(&self, path: &str) -> File {
        File { path: path.to_owned(), content: self.binary.clone(), executable: true }
    }

    /// The platform as Node.js names it, which marketplaces follow.
    pub(super) fn platform() -> (&'static str, &'static str) {
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

fn unzip(compressed: &[u8]) -> Result<Vec<u8>> {
    spec::unzip(compressed).map_err(|problem| Error::new(Kind::Internal, problem.to_string()))
}
