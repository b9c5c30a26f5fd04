//! Actions on AWS Glue: one file each, with its worked example beside it.

pub mod crawlers;
pub mod data_sources;
mod empty;
pub mod fields;
pub mod glue;
pub mod glue_connections;
pub mod group;
pub mod jobs;
pub mod limits;
pub mod raw;
mod resource;
mod status;
#[cfg(test)]
mod testing;
pub mod triggers;
pub mod workflows;
