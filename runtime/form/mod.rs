//! Forms: JSON schemas from Rust types, and what hosts hand over read by them.

mod coerce;
pub mod schema;

pub use coerce::{Form, closest, join};
