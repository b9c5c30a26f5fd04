//! `node-red`: an npm package for Node-RED, with the platform's binary.

use glue_runtime::Result;
use include_dir::{Dir, include_dir};
use serde_json::json;

use super::archive::Format;
use super::{File, ICON_SVG, LICENCE, Parts, THIRD_PARTY, Target, nothing_beside};

pub(super) const TARGET: Target = Target {
    key: "node-red",
    format: Format::Tar { ending: "tgz", folder: "package" },
    stem,
    content,
    beside: nothing_beside,
};

const NAME: &str = "node-red-contrib-glue-connector";

/// What is written by hand; all that it shows of actions and connections it reads from the manifest.
static WRITTEN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/package/node_red");

fn stem(parts: &Parts) -> String {
    format!("{NAME}-{}", parts.version())
}

fn content(parts: &Parts) -> Result<Vec<File>> {
    let (os, cpu) = Parts::platform();
    let package = json!({
        "name": NAME,
        "version": parts.manifest["version"],
        "description": parts.manifest["description"],
        "keywords": ["node-red", "aws", "glue", "aws-glue", "etl"],
        "author": "The glue-connector contributors",
        "license": parts.manifest["license"],
        "repository": { "type": "git", "url": parts.download_url },
        "main": "glue-connector.js",
        "engines": { "node": ">=18" },
        "os": [os],
        "cpu": [cpu],
        "node-red": { "version": ">=3.0.0", "nodes": { "glue-connector": "glue-connector.js" } },
    });
    let mut content = Vec::new();
    written(&WRITTEN, &mut content);
    content.extend([
        parts.binary("bin/glue-connector"),
        File::json("package.json", &package),
        File::json("manifest.json", &parts.manifest),
        File::new("icons/glue.svg", ICON_SVG),
        File::new("LICENSE", LICENCE),
        File::unpacked("THIRD-PARTY-LICENSES.txt", THIRD_PARTY)?,
    ]);
    Ok(content)
}

fn written(folder: &Dir<'_>, into: &mut Vec<File>) {
    into.extend(folder.files().map(|file| File::new(file.path().to_string_lossy(), file.contents())));
    folder.dirs().for_each(|inner| written(inner, into));
}
