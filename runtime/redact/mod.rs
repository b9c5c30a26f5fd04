//! Secrets: kept out of `Debug`, and masked in answers and errors.

pub mod names;
#[allow(clippy::module_inception, reason = "the file that redacts is looked for under this name")]
mod redact;
mod secret;

pub use redact::{redact_members, redact_properties, redact_text, redact_value};
pub use secret::Secret;
