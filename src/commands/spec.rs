//! `glue-connector spec`: prints the manifest, or one entry of it.

use std::process::ExitCode;

use clap::Args;
use glue_runtime::{Error, Kind, Result};

use crate::command::Command;
use crate::protocol::unknown_key;
use crate::registry::{ACTIONS, CONNECTIONS};
use crate::report::print;
use crate::spec;

/// Print the manifest, or what it says of one action or connection.
#[derive(Args)]
pub(super) struct Spec {
    /// The key of an action or a connection.
    key: Option<String>,
}

impl Command for Spec {
    const NAME: &'static str = "spec";

    fn run(self) -> Result<ExitCode> {
        match self.key {
            None => {
                let unreadable = |problem: std::io::Error| Error::new(Kind::Internal, problem.to_string());
                print(&spec::built_manifest().map_err(unreadable)?);
            }
            Some(key) => {
                let known = || {
                    let actions = ACTIONS.iter().map(|entry| entry.meta().key);
                    actions.chain(CONNECTIONS.iter().map(|connection| connection.meta().key))
                };
                let found = spec::entry(&key).ok_or_else(|| unknown_key("action or connection", &key, known()))?;
                print(format!("{found:#}\n").as_bytes());
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
