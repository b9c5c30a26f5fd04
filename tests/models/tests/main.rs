//! Models of what concurrent requests share.

mod credential_cache;
mod lru_map;
mod shared_poller;
mod single_flight;
mod start_once;
