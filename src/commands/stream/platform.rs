//! The standard input and output of this platform: polled on Unix, by threads elsewhere or with the feature
//! `portable-io`.

#[cfg(not(all(unix, not(feature = "portable-io"))))]
pub(super) use super::io_portable::ThreadedIo as PlatformIo;
#[cfg(all(unix, not(feature = "portable-io")))]
pub(super) use super::io_unix::PolledIo as PlatformIo;
