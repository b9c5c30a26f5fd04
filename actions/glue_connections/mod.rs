//! Glue connections: the Data Catalog's descriptions of databases and other stores.

mod authentication;
mod create_connection;
mod get_connection;
mod glue_connection;
mod list_connections;

pub use create_connection::CreateConnection;
pub use get_connection::GetConnection;
pub use glue_connection::GlueConnection;
pub use list_connections::ListConnections;

/// A Glue connection is read and made within its catalog: AWS checks the permission on both.
const CONNECTIONS: &[&str] = &["catalog", "connection/*"];

/// Passwords are asked for, never volunteered.
const fn hidden() -> bool {
    true
}
