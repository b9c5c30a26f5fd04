//! Start, stop and follow AWS Glue crawlers, job runs and triggers from any host that speaks JSON.
//!
//! This crate is the host side: the list of actions and connections, the protocol, the ways of being called, and the
//! manifest. What the connector does is in `glue-actions`, how it authenticates in `glue-connections`.

pub mod cli;
pub mod commands;
pub mod engine;
pub mod package;
pub mod policy;
pub mod protocol;
pub mod registry;
pub mod scrub;
pub mod sessions;
pub mod spec;
