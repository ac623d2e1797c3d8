//! From the arguments to the exit status.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::cli::{Cli, Command};
use crate::context::Context;
use crate::failure::{Failure, Result};

/// Does what the arguments say, the name of the program first among them, and says how it went: 0 when everything was
/// done, 1 when something was not, 2 when the arguments were wrong.
///
/// Results go to stdout, everything else to stderr.
pub fn run(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    if arguments.len() < 2 {
        return help();
    }
    match Cli::try_parse_from(arguments) {
        Ok(cli) => match execute(cli) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(),
        },
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            match error.print() {
                Ok(()) => ExitCode::from(code),
                Err(error) => Failure::of_output(&error).report(),
            }
        }
    }
}

/// The definition of the command line, for manual pages and completions made by others.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

fn execute(cli: Cli) -> Result {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::failed(format!("the system gives no timers or sockets: {error}")))?;
    let context = Context::new(cli.globals);
    runtime.block_on(async {
        match cli.command {
            Command::Token(token) => token.run(&context).await,
            Command::Secret(secret) => secret.run(&context).await,
            Command::Migrate(migrate) => migrate.run(&context).await,
            Command::Sign(sign) => sign.run(&context),
            Command::Explain(explain) => explain.run(&context).await,
            Command::Vectors(vectors) => vectors.run(&context).await,
            Command::Completions(completions) => completions.run(),
        }
    })
}

/// For those who type the name of the program to see what happens.
fn help() -> ExitCode {
    match command().print_help() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => Failure::of_output(&error).report(),
    }
}
