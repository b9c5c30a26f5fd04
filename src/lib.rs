//! Start, stop and follow AWS Glue crawlers, job runs and triggers from any host that speaks JSON.
//!
//! This crate is the host side: the lists of actions and connection types, the protocol, the commands, the policy and
//! the manifest. Actions are in `glue-actions`, connection types in `glue-connections`, and both stand on
//! `glue-runtime`.

pub mod cli;
mod command;
pub mod commands;
mod connection_file;
pub mod engine;
pub mod entry;
mod hints;
pub mod package;
pub mod policy;
pub mod protocol;
pub mod redact;
pub mod registry;
mod report;
pub mod sessions;
mod signals;
pub mod spec;
