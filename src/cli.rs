//! The command line.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use glue_runtime::action::to_raw;
use glue_runtime::{Error, Kind, Result};
use serde_json::Value;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::commands::{invoke, mcp, stream};
use crate::engine::{self, Engine};
use crate::package;
use crate::protocol::{Meta, Reply, unknown_key};
use crate::registry::{ACTIONS, CONNECTIONS};
use crate::spec;

/// Start, stop and follow AWS Glue crawlers, job runs and triggers from any host that speaks JSON.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    /// Log to standard error; without it, nothing is written there.
    #[arg(long, global = true, value_name = "LEVEL", env = "GLUE_CONNECTOR_LOG", value_parser = ["error", "warn", "info", "debug", "trace"])]
    log: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer one request: from standard input, or put together from the arguments.
    Invoke {
        /// The action to run. Without it, the request is read from standard input.
        action: Option<String>,
        /// The action's input, as a JSON object. For input with secrets use standard input.
        input: Option<String>,
        /// The AWS region.
        #[arg(long, requires = "action")]
        region: Option<String>,
        /// A JSON file with the connection's `key` and `fields`.
        #[arg(long, requires = "action", value_name = "FILE")]
        connection: Option<PathBuf>,
        /// The deadline of the whole request, in milliseconds.
        #[arg(long, requires = "action", value_name = "MILLISECONDS")]
        timeout_ms: Option<u64>,
        #[command(flatten)]
        options: engine::Options,
    },
    /// Answer requests from standard input, one a line, until it ends.
    Stream {
        #[command(flatten)]
        stream: stream::Options,
        #[command(flatten)]
        options: engine::Options,
    },
    /// Serve actions as tools to language models, by the Model Context Protocol over standard input and output.
    Mcp {
        #[command(flatten)]
        mcp: mcp::Options,
        #[command(flatten)]
        options: engine::Options,
    },
    /// Make a package for a marketplace or a host.
    Package(package::Options),
    /// Check that a package is as it was made.
    Verify {
        /// The package.
        file: PathBuf,
    },
    /// Print the manifest, or what it says of one action or connection.
    Spec {
        /// The key of an action or a connection.
        key: Option<String>,
    },
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(problem) => return explain(&problem),
    };
    if let Some(level) = cli.log {
        log_to_stderr(level.parse().unwrap_or(LevelFilter::INFO));
    }
    match cli.command {
        Command::Invoke { action: None, options, .. } => invoke::from_stdin(options),
        Command::Invoke { action: Some(action), input, region, connection, timeout_ms, options } => {
            invoke::from_arguments(
                options,
                &action,
                input.as_deref(),
                region.as_deref(),
                connection.as_deref(),
                timeout_ms,
            )
        }
        Command::Stream { stream: how, options } => match Engine::new(options) {
            Ok(engine) => stream::run(engine, how),
            Err(error) => refuse(error),
        },
        Command::Mcp { mcp: how, options } => mcp::run(options, &how).unwrap_or_else(refuse),
        Command::Package(options) => report(package::package(&options)),
        Command::Verify { file } => report(package::verify(&file)),
        Command::Spec { key } => spec(key.as_deref()),
    }
}

/// Only what this project logs: the SDK's own logs show requests, and with them secrets.
fn log_to_stderr(level: LevelFilter) {
    let ours = Targets::new().with_targets(
        ["glue_connector", "glue_actions", "glue_connections", "glue_runtime"].map(|target| (target, level)),
    );
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(false);
    tracing_subscriber::registry().with(lines.with_filter(ours)).init();
}

fn spec(key: Option<&str>) -> ExitCode {
    let Some(key) = key else {
        return match spec::built_manifest() {
            Ok(manifest) => {
                print(&manifest);
                ExitCode::SUCCESS
            }
            Err(problem) => refuse(Error::new(Kind::Internal, problem.to_string())),
        };
    };
    let Some(found) = spec::of(key) else {
        let known = ACTIONS
            .iter()
            .map(|entry| entry.meta().key)
            .chain(CONNECTIONS.iter().map(|connection| connection.meta().key));
        return refuse(unknown_key("action or connection", key, known));
    };
    print(format!("{found:#}\n").as_bytes());
    ExitCode::SUCCESS
}

/// Help goes to people; a command line that is not understood gets a reply, for hosts read nothing else.
/// What was written on it is not repeated: it may hold a secret.
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
    refuse(Error::new(Kind::InvalidRequest, message))
}

fn refuse(error: Box<Error>) -> ExitCode {
    report(Err(error))
}

fn report(outcome: Result<Value>) -> ExitCode {
    let reply = Reply::new(None, outcome.and_then(|data| to_raw(&data)), Meta::default());
    print(&reply.to_line());
    ExitCode::from(reply.exit_code())
}

fn print(bytes: &[u8]) {
    let _ = io::stdout().lock().write_all(bytes);
}
