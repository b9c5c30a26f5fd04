//! Compresses the texts that the binary carries for packages: most of a megabyte otherwise.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

fn main() -> std::io::Result<()> {
    let out = std::env::var("OUT_DIR").map_err(std::io::Error::other)?;
    for path in ["README.md", "assets/THIRD-PARTY-LICENSES.txt", "assets/sbom.cdx.json", "spec/manifest.json"] {
        let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy();
        println!("cargo::rerun-if-changed={path}");
        let mut compressed = GzEncoder::new(Vec::new(), Compression::best());
        compressed.write_all(&fs::read(path)?)?;
        fs::write(Path::new(&out).join(format!("{name}.gz")), compressed.finish()?)?;
    }
    Ok(())
}
