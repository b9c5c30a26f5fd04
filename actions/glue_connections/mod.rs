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
