//! A target: a marketplace or a host that packages are made for.

use super::archive::{File, Format};
use super::inputs::PackageInputs;

/// A marketplace or host that packages are made for.
pub(super) struct Target {
    pub(super) key: &'static str,
    pub(super) format: Format,
    /// The archive's file name without its extension.
    pub(super) file_stem: fn(&PackageInputs) -> String,
    /// The files in the archive, besides the licences and the digests that every archive has.
    pub(super) files: fn(&PackageInputs) -> Vec<File>,
    /// The files beside the archive, which may name its digest.
    pub(super) sidecars: fn(&PackageInputs, &Archive<'_>) -> Vec<File>,
}

/// A finished archive: its file name and its digest.
pub(super) struct Archive<'a> {
    pub(super) name: &'a str,
    pub(super) sha256: &'a str,
}

/// No sidecars: the archive stands alone.
pub(super) fn no_sidecars(_: &PackageInputs, _: &Archive<'_>) -> Vec<File> {
    Vec::new()
}
