//! The subcommands, one file each, and the list of them.

automod::dir!("src/commands");
mod stream;

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
