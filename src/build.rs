//! The build script: joins the manifest, and compresses the texts that the binary carries: most of a megabyte otherwise.

use std::fmt::Write as _;
use std::fs;
use std::io::{Result, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

fn main() -> Result<()> {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    for path in ["README.md", "assets/THIRD-PARTY-LICENSES.txt", "assets/sbom.cdx.json"] {
        let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy();
        compress(&read(Path::new(path))?, &out.join(format!("{name}.gz")))?;
    }
    compress(&joined_manifest()?, &out.join("manifest.json.gz"))?;
    let mut docs = Vec::new();
    find_files(Path::new("docs"), &mut docs)?;
    docs.sort();
    let mut list = String::from("&[");
    for (index, path) in docs.iter().enumerate() {
        let name = format!("doc-{index}.gz");
        compress(&read(path)?, &out.join(&name))?;
        let _ = write!(list, "({:?}, include_bytes!({name:?})),", path.to_string_lossy());
    }
    println!("cargo::rerun-if-changed=docs");
    // The modules of these folders are their files.
    println!("cargo::rerun-if-changed=src/commands");
    println!("cargo::rerun-if-changed=src/package");
    fs::write(out.join("docs.rs"), list + "]")
}

/// The manifest, with the content of files in place of the lines that name them.
fn joined_manifest() -> Result<String> {
    let mut joined = String::new();
    for line in read(Path::new("spec/manifest.json"))?.lines() {
        let name = Path::new(line.trim().trim_end_matches(',').trim_matches('"'));
        if name.extension().is_none_or(|extension| extension != "json") {
            joined.push_str(line);
            joined.push('\n');
            continue;
        }
        let indent = &line[..line.len() - line.trim_start().len()];
        let entry = read(&Path::new("spec").join(name))?;
        joined.push_str(indent);
        joined.push_str(&entry.trim_end().replace('\n', &format!("\n{indent}")));
        joined.push_str(if line.ends_with(',') { ",\n" } else { "\n" });
    }
    Ok(joined)
}

fn read(path: &Path) -> Result<String> {
    println!("cargo::rerun-if-changed={}", path.display());
    fs::read_to_string(path)
}

fn compress(text: &str, to: &Path) -> Result<()> {
    let mut compressed = GzEncoder::new(Vec::new(), Compression::best());
    compressed.write_all(text.as_bytes())?;
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
