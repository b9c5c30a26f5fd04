//! `node-red`: an npm package for Node-RED, with the platform's binary.

use include_dir::{Dir, include_dir};
use serde_json::json;

use super::archive::{File, Format};
use super::inputs::{ICON_SVG, PackageInputs};
use super::target::{Target, no_sidecars};

pub(super) const TARGET: Target = Target {
    key: "node-red",
    format: Format::Tar { extension: "tgz", folder: "package" },
    file_stem,
    files,
    sidecars: no_sidecars,
};

const NAME: &str = "node-red-contrib-glue-connector";

/// The package's hand-written files; what they show of actions and connections, they read from the manifest.
static SOURCES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/package/node_red");

/// The file name that `npm pack` gives.
fn file_stem(inputs: &PackageInputs) -> String {
    format!("{NAME}-{}", inputs.version())
}

fn files(inputs: &PackageInputs) -> Vec<File> {
    let (os, cpu) = PackageInputs::platform();
    let package = json!({
        "name": NAME,
        "version": inputs.manifest["version"],
        "description": inputs.manifest["description"],
        "keywords": ["node-red", "aws", "glue", "aws-glue", "etl"],
        "author": "The glue-connector contributors",
        "license": inputs.manifest["license"],
        "repository": { "type": "git", "url": inputs.download_url },
        "main": "glue-connector.js",
        "engines": { "node": ">=18" },
        "os": [os],
        "cpu": [cpu],
        "node-red": { "version": ">=3.0.0", "nodes": { "glue-connector": "glue-connector.js" } },
    });
    let mut files = Vec::new();
    add_folder(&SOURCES, &mut files);
    files.extend([
        inputs.binary("bin/glue-connector"),
        File::json("package.json", &package),
        File::json("manifest.json", &inputs.manifest),
        File::new("icons/glue.svg", ICON_SVG),
    ]);
    files
}

fn add_folder(folder: &Dir<'_>, files: &mut Vec<File>) {
    files.extend(folder.files().map(|file| File::new(file.path().to_string_lossy(), file.contents())));
    folder.dirs().for_each(|inner| add_folder(inner, files));
}
