//! The command line.

use std::io;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser};
use glue_runtime::{Error, Kind, Result};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::command::CommandEntry;
use crate::commands::COMMANDS;
use crate::report::report;

/// The crates whose logs are shown: the SDK's own logs show requests, and with them secrets.
const LOGGED: [&str; 4] = ["glue_connector", "glue_actions", "glue_connections", "glue_runtime"];

/// Start, stop and follow AWS Glue crawlers, job runs and triggers from any host that speaks JSON.
#[derive(Parser)]
#[command(version, about, subcommand_required = true, arg_required_else_help = true)]
struct Cli {
    /// Log to standard error; without it, nothing is written there.
    #[arg(long, global = true, value_name = "LEVEL", env = "GLUE_CONNECTOR_LOG", value_parser = ["error", "warn", "info", "debug", "trace"])]
    log: Option<String>,
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let command_line = Cli::command().subcommands(COMMANDS.iter().map(CommandEntry::clap));
    match command_line.try_get_matches() {
        Ok(given) => run(&given).unwrap_or_else(|error| report(Err(error))),
        Err(problem) => explain(&problem),
    }
}

fn run(given: &ArgMatches) -> Result<ExitCode> {
    let log = Cli::from_arg_matches(given).ok().and_then(|cli| cli.log);
    if let Some(level) = log {
        log_to_stderr(level.parse().unwrap_or(LevelFilter::INFO));
    }
    let missing = || Error::new(Kind::InvalidRequest, "A command is missing.");
    let (name, arguments) = given.subcommand().ok_or_else(missing)?;
    let command = COMMANDS.iter().find(|command| command.name == name).ok_or_else(missing)?;
    command.run(arguments)
}

fn log_to_stderr(level: LevelFilter) {
    let ours = Targets::new().with_targets(LOGGED.map(|target| (target, level)));
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(false);
    tracing_subscriber::registry().with(lines.with_filter(ours)).init();
}

/// Prints help for people; a command line that is not understood gets a reply, for hosts read nothing else.
/// Its text is not repeated: it may hold a secret.
fn explain(problem: &clap::Error) -> ExitCode {
    if matches!(problem.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let _ = problem.print();
        return ExitCode::SUCCESS;
    }
    let reason = match problem.kind() {
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "a command is missing",
        kind => kind.as_str().unwrap_or("it is not valid"),
    };
    let message = format!("The command line cannot be understood: {reason}. See `glue-connector --help`.");
    report(Err(Error::new(Kind::InvalidRequest, message)))
}
