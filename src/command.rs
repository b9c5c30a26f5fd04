//! The trait of a subcommand, and its erased form that the list holds.

use std::process::ExitCode;

use clap::ArgMatches;
use glue_runtime::{Error, Kind, Result};

/// A subcommand: the struct of its arguments, whose doc comment is its help, and the work.
pub trait Command: clap::Args {
    /// Its name on the command line.
    const NAME: &'static str;

    /// Runs it.
    ///
    /// # Errors
    /// The error of the one reply that is printed in its place.
    fn run(self) -> Result<ExitCode>;
}

/// A subcommand as the list holds it.
#[derive(Debug)]
pub struct CommandEntry {
    /// Its name on the command line.
    pub name: &'static str,
    augment: fn(clap::Command) -> clap::Command,
    run: fn(&ArgMatches) -> Result<ExitCode>,
}

impl CommandEntry {
    /// Lists a subcommand.
    #[must_use]
    pub const fn of<C: Command>() -> Self {
        Self { name: C::NAME, augment: C::augment_args, run: run::<C> }
    }

    /// Its part of the command line.
    #[must_use]
    pub fn clap(&self) -> clap::Command {
        (self.augment)(clap::Command::new(self.name))
    }

    /// Runs it with the arguments that were given.
    ///
    /// # Errors
    /// As [`Command::run`].
    pub fn run(&self, given: &ArgMatches) -> Result<ExitCode> {
        (self.run)(given)
    }
}

fn run<C: Command>(given: &ArgMatches) -> Result<ExitCode> {
    // The arguments were matched by the same type.
    C::from_arg_matches(given).map_err(|problem| Error::new(Kind::Internal, problem.to_string()))?.run()
}
