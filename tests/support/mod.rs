//! The support of whole-program tests and the demo: the binary, an emulator, and a server that misbehaves on request.

pub mod emulator;
pub mod program;
pub mod proxy;
pub mod stub;
