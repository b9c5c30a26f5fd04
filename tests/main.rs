//! Whole-program tests: the binary as a host runs it, against software that other people wrote.

#![allow(missing_docs, clippy::needless_pass_by_value, clippy::unwrap_used, reason = "tests")]

mod actions;
mod connections;
mod cookbook;
mod data_sources;
mod docs;
mod examples;
mod faults;
mod fuzzing;
mod glue_connections;
mod hostile_connections;
mod hosts;
mod idempotency;
mod isolation;
mod lost_answers;
mod mcp;
mod network;
mod operations;
mod policy;
mod profiles;
mod properties;
mod protocol;
mod proxies;
mod registry;
mod request_schema;
mod sdk_parity;
mod second_service;
mod secrets;
mod soak;
mod spec;
mod streams;
mod support;
mod third_party;
mod waits;
mod wire;
