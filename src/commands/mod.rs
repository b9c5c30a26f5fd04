//! The subcommands, one file each, and the list of them.

mod command;
mod connection_file;
mod invoke;
mod mcp;
mod package;
mod signals;
mod spec;
mod stream;
mod verify;

pub use command::{Command, Listed};

/// Every subcommand, in the order of the help.
pub const COMMANDS: &[Listed] = &[
    Listed::of::<invoke::Invoke>(),
    Listed::of::<stream::Stream>(),
    Listed::of::<mcp::Mcp>(),
    Listed::of::<package::Package>(),
    Listed::of::<verify::Verify>(),
    Listed::of::<spec::Spec>(),
];
