//! The subcommands, one file each, and the list of them.

automod::dir!("src/commands");
mod stream;

use crate::command::CommandEntry;

/// Every subcommand, in the order of the help.
pub const COMMANDS: &[CommandEntry] = &[
    CommandEntry::of::<invoke::Invoke>(),
    CommandEntry::of::<stream::Stream>(),
    CommandEntry::of::<mcp::Mcp>(),
    CommandEntry::of::<package::Package>(),
    CommandEntry::of::<verify::Verify>(),
    CommandEntry::of::<spec::Spec>(),
];
