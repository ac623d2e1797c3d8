//! A server to be attacked; `attack-target --help` says how.

use std::process::ExitCode;

use clap::Parser as _;
use countersign_tests::attack::Options;

#[tokio::main]
async fn main() -> ExitCode {
    match Options::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("attack-target: {error}");
            ExitCode::FAILURE
        }
    }
}
