//! Secrets: kept out of `Debug`, and masked in answers and errors.

mod masked;
pub mod names;
#[allow(clippy::module_inception, reason = "the file that redacts is looked for under this name")]
mod redact;
mod secret;

pub use masked::to_masked_raw_value;
pub use redact::{redact_members, redact_value};
pub use secret::Secret;
