//! Requests to AWS: endpoint, credentials, signature, rate limit, retries and errors.

mod clock;
pub mod credential_cache;
mod endpoint;
mod error_body;
mod error_codes;
pub mod identity;
mod machine;
pub mod rate_limit;
pub mod request;
pub mod retry;
pub mod send_error;
pub mod service;
pub mod session;
pub mod settings;
pub mod shared;
pub mod sts;
pub mod timestamp;

pub use request::Request;
pub use service::Service;
pub use settings::Settings;
pub use shared::Shared;
pub use timestamp::Timestamp;
