//! Foundation of actions and connections: forms, deadlines, retries, signing, HTTP.
//!
//! [`action`] and [`connection`] are the two traits that the connector is made of, [`Context`] is what a running action
//! works with, [`aws`] sends requests. This crate knows no action, no connection type, no host and no flag of one:
//! where an error needs a host's own words, it carries a [`Hint`], and fields are named by pointers into what was
//! handed in.

pub mod action;
pub mod aws;
pub mod backoff;
pub mod connection;
pub mod context;
pub mod deadline;
mod environment;
pub mod error;
pub mod form;
pub mod grants;
pub mod hooks;
pub mod http;
pub mod lru_map;
pub mod pages;
pub mod polling;
pub mod reconcile;
pub mod redact;
pub mod room;
pub mod shared_poller;
mod single_flight;
pub mod slots;
pub mod store;

pub use action::{Access, Action, DynAction, Group, Meta, Permission};
pub use aws::session::Session;
pub use connection::{Connection, ConnectionType};
pub use context::Context;
pub use deadline::Deadline;
pub use error::{Effect, Error, Hint, Kind, Result};
pub use form::Form;
pub use lru_map::LruMap;
pub use redact::Secret;
