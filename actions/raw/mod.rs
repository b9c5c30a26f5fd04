//! Whatever has no action of its own.

mod raw_request;

pub use raw_request::RawRequest;
