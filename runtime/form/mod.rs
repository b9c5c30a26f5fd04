//! Forms: JSON schemas from Rust types, and what hosts hand over read by them.

mod coerce;
pub mod describe;
mod deserialize;
mod lazy;
mod limits;
mod names;
mod reader;
pub mod schema;

pub use coerce::whole_number;
pub use deserialize::deserialize;
pub use lazy::LazyForm;
pub use names::{closest, join};
pub use reader::Form;
