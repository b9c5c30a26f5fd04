//! Operations that have no action of their own.

mod raw_request;

pub use raw_request::RawRequest;
