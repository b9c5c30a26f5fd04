//! Models of what concurrent requests share.

mod credential_cache;
mod shared_poller;
mod single_flight;
