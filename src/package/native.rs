//! `native`: the binary with all that a marketplace asks for, for those who ship it themselves.

use glue_connections::Result;

use super::archive::Format;
use super::{
    BILL_OF_MATERIALS, File, ICON_PNG, ICON_SVG, LICENCE, Parts, README, THIRD_PARTY, Target, listing, nothing_beside,
};
use crate::spec;

pub(super) const TARGET: Target = Target {
    key: "native",
    format: Format::Tar { ending: "tar.gz", folder: "glue-connector" },
    stem: Parts::platform_stem,
    content,
    beside: nothing_beside,
};

fn content(parts: &Parts) -> Result<Vec<File>> {
    let mut files = vec![
        parts.binary("bin/glue-connector"),
        File::new("index.html", listing::page(&parts.manifest, ICON_SVG)?),
        File::new("assets/icon.svg", ICON_SVG),
        File::new("assets/icon.png", ICON_PNG),
        File::unpacked("README.md", README)?,
        File::new("CHANGELOG.md", include_str!("../../CHANGELOG.md")),
        File::new("LICENSE", LICENCE),
        File::unpacked("THIRD-PARTY-LICENSES.txt", THIRD_PARTY)?,
        File::unpacked("sbom.cdx.json", BILL_OF_MATERIALS)?,
    ];
    files.extend(spec::files().into_iter().map(|(path, content)| File::json(&format!("spec/{path}"), &content)));
    Ok(files)
}
