//! From a connection's `{key, fields}` to a ready AWS configuration.
//!
//! "Connection" here is the host's way to authenticate; the Data Catalog resource of the same name is a
//! "Glue connection" and lives with the actions. This crate knows neither actions nor the host protocol.

pub mod api_key_secret;
pub mod assume_role;
pub mod aws_error;
pub mod aws_json;
mod connect;
pub mod connection;
pub mod credentials;
pub mod deadline;
pub mod default_chain;
pub mod describe;
pub mod error;
pub mod failure;
pub mod form;
mod http;
pub mod pace;
pub mod schema;
pub mod secret;
pub mod session;
pub mod settings;
pub mod shared;
pub mod transport;
mod trust;

pub use connection::ConnectionType;
pub use deadline::Deadline;
pub use error::{Effect, Error, Kind, Result};
pub use form::Form;
pub use secret::Secret;
pub use session::Session;
pub use shared::Shared;
