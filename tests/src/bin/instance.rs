//! One of several processes over one store; `instance --help` says how to use it.

use std::process::ExitCode;

use clap::Parser as _;
use countersign_tests::instance::Options;

#[tokio::main]
async fn main() -> ExitCode {
    match Options::parse().run().await {
        Ok(never) => match never {},
        Err(error) => {
            eprintln!("instance: {error}");
            ExitCode::FAILURE
        }
    }
}
