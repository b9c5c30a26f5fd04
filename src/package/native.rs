//! `native`: the binary with all that a marketplace asks for, for those who ship it themselves.

use super::archive::{File, Format};
use super::inputs::{ICON_PNG, ICON_SVG, PackageInputs};
use super::target::{Target, no_sidecars};
use crate::spec;

pub(super) const TARGET: Target = Target {
    key: "native",
    format: Format::Tar { extension: "tar.gz", folder: "glue-connector" },
    file_stem: PackageInputs::platform_file_stem,
    files,
    sidecars: no_sidecars,
};

fn files(inputs: &PackageInputs) -> Vec<File> {
    let mut files = vec![
        inputs.binary("bin/glue-connector"),
        File::new("index.html", inputs.listing.clone()),
        File::new("assets/icon.svg", ICON_SVG),
        File::new("assets/icon.png", ICON_PNG),
        File::new("assets/flow.svg", include_str!("../../assets/flow.svg")),
        File::new("assets/benchmark.svg", include_str!("../../assets/benchmark.svg")),
        File::new("README.md", inputs.readme.clone()),
        File::new("CHANGELOG.md", include_str!("../../CHANGELOG.md")),
        File::new("CONTRIBUTING.md", include_str!("../../CONTRIBUTING.md")),
        File::new("SECURITY.md", include_str!("../../SECURITY.md")),
        File::new("sbom.cdx.json", inputs.bill_of_materials.clone()),
    ];
    files.extend(inputs.docs.iter().map(|(path, content)| File::new(*path, content.clone())));
    let manifest = ("manifest.json".to_owned(), inputs.manifest.clone());
    files.extend(
        spec::files()
            .into_iter()
            .chain([manifest])
            .map(|(path, content)| File::json(&format!("spec/{path}"), &content)),
    );
    files
}
