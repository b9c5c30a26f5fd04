//! The `glue-connector` binary: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    glue_connector::cli::main()
}
