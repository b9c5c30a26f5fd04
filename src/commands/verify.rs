//! `glue-connector verify`: checks that a package is as it was made.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use glue_runtime::Result;

use crate::command::Command;
use crate::package;
use crate::report::report;

/// Check that a package is as it was made.
#[derive(Args)]
pub(super) struct Verify {
    /// The package.
    file: PathBuf,
}

impl Command for Verify {
    const NAME: &'static str = "verify";

    fn run(self) -> Result<ExitCode> {
        package::verify(&self.file).map(|found| report(Ok(found)))
    }
}
