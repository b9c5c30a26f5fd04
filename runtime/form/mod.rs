//! Forms: JSON schemas from Rust types, and what hosts hand over read by them.

mod coerce;
pub mod describe;
mod limits;
mod names;
mod rules;
pub mod schema;

pub use names::{closest, join};
pub use rules::Form;
