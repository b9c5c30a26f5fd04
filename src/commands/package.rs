//! `glue-connector package`: makes a package for a marketplace or a host.

use std::process::ExitCode;

use clap::Args;
use glue_runtime::Result;

use crate::command::Command;
use crate::package;
use crate::report::report;

/// Make a package for a marketplace or a host.
#[derive(Args)]
pub(super) struct Package {
    #[command(flatten)]
    options: package::Options,
}

impl Command for Package {
    const NAME: &'static str = "package";

    fn run(self) -> Result<ExitCode> {
        package::package(&self.options).map(|files| report(Ok(files)))
    }
}
