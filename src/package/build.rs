//! Compresses the texts that the binary carries for packages: most of a megabyte otherwise.

use std::fmt::Write as _;
use std::fs;
use std::io::{Result, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

fn main() -> Result<()> {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    for path in ["README.md", "assets/THIRD-PARTY-LICENSES.txt", "assets/sbom.cdx.json", "spec/manifest.json"] {
        let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy();
        compress(Path::new(path), &out.join(format!("{name}.gz")))?;
    }
    let mut docs = Vec::new();
    find_files(Path::new("docs"), &mut docs)?;
    docs.sort();
    let mut list = String::from("&[");
    for (index, path) in docs.iter().enumerate() {
        let name = format!("doc-{index}.gz");
        compress(path, &out.join(&name))?;
        let _ = write!(list, "({:?}, include_bytes!({name:?})),", path.to_string_lossy());
    }
    println!("cargo::rerun-if-changed=docs");
    fs::write(out.join("docs.rs"), list + "]")
}

fn compress(from: &Path, to: &Path) -> Result<()> {
    println!("cargo::rerun-if-changed={}", from.display());
    let mut compressed = GzEncoder::new(Vec::new(), Compression::best());
    compressed.write_all(&fs::read(from)?)?;
    fs::write(to, compressed.finish()?)
}

fn find_files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find_files(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}
