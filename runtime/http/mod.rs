//! The HTTP client: hyper and rustls, put together for what the SDK's client cannot do.
//!
//! `tls` verifies servers by Amazon's own roots first and reads the system's trust store only when a server needs it;
//! `connect` connects to a service while the credentials for it are still under way; `sent` tells whether a request has
//! left; `client` forgets connections that may be dead. Nothing here weakens TLS: the verifier calls rustls's own checks
//! of chain, name and signatures, with other roots.

pub mod client;
mod connect;
pub mod proxy;
mod sent;
mod tls;
pub mod transport;
pub mod trust;

pub use transport::Transport;
