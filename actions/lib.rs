//! What the connector can do with AWS Glue: one file an action.

pub mod action;
pub mod context;
pub mod crawlers;
pub mod data_sources;
mod described;
mod endpoint;
pub mod glue_connections;
pub mod jobs;
pub mod limits;
mod mask;
pub mod named;
pub mod paging;
pub mod process;
pub mod raw;
pub mod secret_names;
mod settle;
mod states;
#[cfg(test)]
mod testing;
pub mod timestamp;
pub mod triggers;
mod wait;
pub mod wire;
pub mod workflows;

pub use action::{Access, Action, DynAction, Entry, Meta, Permission};
pub use context::Context;
pub use process::Process;
