//! An API whose callers sign each request by RFC 9421, the format for services of your own: it covers method, URL, time and
//! body, and lets a request through once. Other callers send a token, where both are welcome. The client is here too, over
//! reqwest and over hyper.
//!
//! ```text
//! cargo run -p signed-api -- server                      # or: server --listen 127.0.0.1:8080
//! ```
//!
//! makes `signed-api.sqlite` in the current folder with a key and a token, prints both once as `export` lines, and commands to
//! paste after them into another terminal: requests of both clients, a request that is tried again because the server is
//! busy, one with the token, and the same as `curl` and `openssl` make it. The client prints the status and what the
//! server found out, and exits with 1 unless the status is a success.
//!
//! Each attempt is signed afresh: the retry layer is outside, the signing layer inside. The other way round the second attempt
//! would be a replay, and this server would refuse it with `401 Unauthorized`, and say why in its terminal.
//!
//! Signing hides nothing, so TLS belongs around all of this: a proxy in front of the server, which then needs
//! `.with_public_url(…)`; `rustls` among the features of reqwest, or `hyper-rustls` around the connector.

mod app;
mod client;
mod commands;
mod retry;
mod serve;
mod server;
mod transport;

use std::error::Error;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

/// The name by which the server knows the client's secret.
const KEY_ID: &str = "partner";

type Failure = Box<dyn Error + Send + Sync>;

/// A server that wants signed requests, and a client that signs them.
#[derive(Parser)]
enum Command {
    /// Serve the API
    Server(server::Options),
    /// Send one request, signed with SIGNED_API_SECRET, or with the token SIGNED_API_TOKEN
    Client(client::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    // Why a request was refused is said at debug, on a target of its own.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "info,countersign::rejection=debug".into());
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).init();

    let done = match Command::parse() {
        Command::Server(options) => server::run(options).await.map(|()| ExitCode::SUCCESS),
        Command::Client(options) => client::run(options).await,
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {}", chain(&*error));
        ExitCode::FAILURE
    })
}

/// An error with all that is behind it, in one line; what an error has already quoted is not said twice.
fn chain(error: &(dyn Error + 'static)) -> String {
    let errors = std::iter::successors(Some(error), |&error| error.source());
    let mut texts: Vec<String> = errors.map(ToString::to_string).collect();
    texts.dedup_by(|behind, before| before.ends_with(&**behind));
    texts.join(": ")
}
