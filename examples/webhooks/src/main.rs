//! Receives webhooks of GitHub, Stripe, Slack, and of everybody who follows [Standard Webhooks](https://www.standardwebhooks.com):
//! a route each, all secrets in one store.
//!
//! ```text
//! cargo run -p webhooks
//! ```
//!
//! makes `webhooks.sqlite` in the current folder with a random secret for each provider, prints them once as `export` lines, and
//! for each provider a `curl` command that stands in for it. Paste the lines into another terminal: each command answers
//! `200 OK`. Change a letter of a body in one of its two places, and it answers `401 Unauthorized`, while this terminal says why.
//! GitHub's answers that the second time too: it signs no time, and a body is accepted once an hour.
//!
//! The secrets that the providers gave you go into the same store, beside the random ones, with the `countersign` command; they
//! count from the next request on, without a restart:
//!
//! ```text
//! export COUNTERSIGN_STORE=sqlite:webhooks.sqlite
//! countersign secret add stripe --label live --from-stdin
//! countersign secret retire stripe --label try
//! ```
//!
//! Several instances share a PostgreSQL database or a Redis, `--store`, which the first of them makes with `--create`: then none
//! takes a delivery that another took. The address must be reachable for the providers, over TLS; put a reverse proxy in front.

mod app;
mod commands;
mod providers;
mod secrets;
mod serve;

use std::error::Error;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Parser;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// Receives webhooks of GitHub, Stripe, Slack and Standard Webhooks, and refuses what they did not sign.
#[derive(Parser)]
#[command(after_help = AFTER_HELP)]
struct Options {
    /// Where the secrets are, and what was delivered already: sqlite:FILE, postgres://… or redis://…
    #[arg(
        long,
        value_name = "URL",
        env = "WEBHOOKS_STORE",
        default_value = "sqlite:webhooks.sqlite",
        hide_env_values = true
    )]
    store: String,

    /// Make the store: a Redis has to be made once; a SQLite file must not be there then
    #[arg(long)]
    create: bool,

    /// The address to listen on; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", env = "WEBHOOKS_LISTEN", default_value = "127.0.0.1:3000")]
    listen: String,
}

const AFTER_HELP: &str = "\
A provider without a secret in the store gets a random one at the start, labelled \"try\", which is printed once.

Ctrl-C or SIGTERM stops it: requests in progress have ten seconds to finish.
RUST_LOG says what is logged; \"info,countersign::rejection=debug\" unless set.

  cargo run -p webhooks -- --listen 127.0.0.1:0 --store sqlite:/tmp/webhooks.sqlite";

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "info,countersign::rejection=debug".into());
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).init();

    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", chain(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run(Options { store, create, listen }: Options) -> Result<(), Box<dyn Error>> {
    // Before the store: secrets are shown once, and would be lost if this failed afterwards.
    let listener = TcpListener::bind(&listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {error}; --listen names another address"))?;
    let (address, stop) = (listener.local_addr()?, serve::stop_signal()?);
    let store = secrets::open(&store, create).await?;
    let made = secrets::make_missing(&store).await?;
    let app = app::router(&store)?;
    let mut out = std::io::stdout();
    writeln!(out, "{}\nlistening on {address}", commands::instructions(&made, address))?;
    out.flush()?;
    serve::serve(listener, app, stop).await;
    Ok(())
}

/// An error with all that is behind it, in one line; what an error has already quoted is not said twice.
fn chain(error: &(dyn Error + 'static)) -> String {
    let errors = std::iter::successors(Some(error), |&error| error.source());
    let mut texts: Vec<String> = errors.map(ToString::to_string).collect();
    texts.dedup_by(|behind, before| before.ends_with(&**behind));
    texts.join(": ")
}
