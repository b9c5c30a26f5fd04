//! Reproducible archives: sorted files, no timestamps, no owners, and a `SHA256SUMS` of all files inside.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Cursor, Read, Write};

use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use glue_runtime::{Error, Kind};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tar::{EntryType, Header};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// A file of a package: in the archive or beside it.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) content: Vec<u8>,
    pub(super) executable: bool,
}

impl File {
    pub(super) fn new(path: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), content: content.into(), executable: false }
    }

    pub(super) fn json(path: &str, content: &Value) -> Self {
        Self::new(path, format!("{content:#}\n"))
    }
}

/// The digests of all other files in an archive.
pub(super) const SUMS: &str = "SHA256SUMS";

/// An archive format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// A ZIP file with this extension.
    Zip(&'static str),
    /// A gzip-compressed tar file with this extension, everything in this folder.
    Tar { extension: &'static str, folder: &'static str },
}

/// The modification time of every file, 1985-10-26 08:15 UTC as in npm's: some tools refuse files from 1970.
const MODIFIED: u64 = 499_162_500;
/// The size beyond which a file is not unpacked, in bytes: far above any of this connector's.
const LARGEST: u64 = 256 * 1024 * 1024;

impl Format {
    pub(super) const fn extension(self) -> &'static str {
        match self {
            Self::Zip(extension) | Self::Tar { extension, .. } => extension,
        }
    }

    /// Writes an archive of these files and their digests.
    pub(super) fn write(self, mut files: Vec<File>) -> io::Result<Vec<u8>> {
        files.sort_by(|one, other| one.path.cmp(&other.path));
        let digests = files.iter().map(|file| (file.path.clone(), sha256(&file.content))).collect();
        files.push(File::new(SUMS, print_sums(&digests)));
        match self {
            Self::Zip(_) => write_zip(&files),
            Self::Tar { folder, .. } => write_tar(folder, &files),
        }
    }
}

/// The files of an archive in either format.
pub(super) fn read(archive: &[u8]) -> io::Result<Vec<File>> {
    if archive.starts_with(b"PK") { read_zip(archive) } else { read_tar(archive) }
}

fn mode(file: &File) -> u32 {
    if file.executable { 0o755 } else { 0o644 }
}

fn write_zip(files: &[File]) -> io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for file in files {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(9))
            .last_modified_time(DateTime::default())
            .unix_permissions(mode(file));
        zip.start_file(&file.path, options)?;
        zip.write_all(&file.content)?;
    }
    Ok(zip.finish()?.into_inner())
}

fn read_zip(archive: &[u8]) -> io::Result<Vec<File>> {
    let mut zip = ZipArchive::new(Cursor::new(archive))?;
    (0..zip.len())
        .map(|index| {
            let mut entry = zip.by_index(index)?;
            let path = entry.name()?.into_owned();
            if !entry.is_file() {
                return Err(not_of_a_package(&path));
            }
            let executable = entry.unix_mode().is_some_and(|mode| mode & 0o100 != 0);
            Ok(File { path, content: contents(&mut entry)?, executable })
        })
        .collect()
}

fn write_tar(folder: &str, files: &[File]) -> io::Result<Vec<u8>> {
    let zipped = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
    let mut tar = tar::Builder::new(zipped);
    for file in files {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(mode(file));
        header.set_mtime(MODIFIED);
        header.set_size(file.content.len() as u64);
        tar.append_data(&mut header, format!("{folder}/{}", file.path), file.content.as_slice())?;
    }
    tar.into_inner()?.finish()
}

fn read_tar(archive: &[u8]) -> io::Result<Vec<File>> {
    let mut tar = tar::Archive::new(GzDecoder::new(archive));
    tar.entries()?
        .map(|entry| {
            let mut entry = entry?;
            let path = entry.path()?.to_string_lossy().into_owned();
            // Every path begins with the one folder.
            let Some((_, path)) = path.split_once('/').filter(|_| entry.header().entry_type() == EntryType::Regular)
            else {
                return Err(not_of_a_package(&path));
            };
            let (path, executable) = (path.to_owned(), entry.header().mode()? & 0o100 != 0);
            Ok(File { path, content: contents(&mut entry)?, executable })
        })
        .collect()
}

fn contents(entry: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    entry.take(LARGEST + 1).read_to_end(&mut content)?;
    if content.len() as u64 > LARGEST { Err(io::Error::other("a file in it is too large")) } else { Ok(content) }
}

fn not_of_a_package(path: &str) -> io::Error {
    io::Error::other(format!("`{path}` is no file of a package"))
}

pub(super) fn sha256(content: &[u8]) -> String {
    Sha256::digest(content).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Digests by path, in the format of `sha256sum`.
pub(super) fn print_sums(digests: &BTreeMap<String, String>) -> String {
    digests.iter().fold(String::new(), |mut text, (path, digest)| {
        let _ = writeln!(text, "{digest}  {path}");
        text
    })
}

pub(super) fn parse_sums(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(digest, path)| (path.to_owned(), digest.to_owned()))
        .collect()
}

/// The error for a file that cannot be read or written.
pub(super) fn refuse(what: &str, problem: &dyn std::fmt::Display) -> Box<Error> {
    Error::new(Kind::InvalidRequest, format!("{what}: {problem}."))
}
