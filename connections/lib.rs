//! Connection types: one file each, with its form and its way to credentials.
//!
//! A "connection" is the host's way to authenticate. The Data Catalog's resource of the same name is a "Glue connection"
//! and belongs to the actions.

mod api_key_secret;
mod assume_role;
mod default_chain;

pub use api_key_secret::ApiKeySecret;
pub use assume_role::AssumeRole;
pub use default_chain::DefaultChain;
