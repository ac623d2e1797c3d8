//! An API whose users issue, list and revoke their own tokens, with scopes and organisations; as many instances as you like
//! on one database.
//!
//! ```text
//! cargo run -p token-service
//! ```
//!
//! makes `token-service.sqlite` in the current folder, issues a first token, prints commands to paste into another terminal,
//! and serves until Ctrl-C. Several instances on several machines share a PostgreSQL database, or a Redis that writes an
//! append-only file:
//!
//! ```text
//! TOKEN_SERVICE_STORE=postgres://user@host/database cargo run -p token-service -- --listen 127.0.0.1:3000
//! TOKEN_SERVICE_STORE=postgres://user@host/database cargo run -p token-service -- --listen 127.0.0.1:3001
//! ```
//!
//! Each keeps what it knows of tokens for a minute, so that most requests ask no database. A token that is revoked on one
//! instance is refused by the very next request there, and on the others as soon as the database has told them. When each
//! token was last used is written every ten seconds, off the path of requests.

mod app;
mod organisations;
mod problem;
mod serve;
mod store;
mod tokens;

use std::error::Error;
use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use countersign::bearer::UsageRecorder;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// An API whose users issue, list and revoke their own tokens.
#[derive(Parser)]
#[command(after_help = AFTER_HELP)]
struct Options {
    /// Where the tokens are: sqlite:FILE, postgres://… or redis://…
    #[arg(
        long,
        value_name = "URL",
        env = "TOKEN_SERVICE_STORE",
        default_value = "sqlite:token-service.sqlite",
        hide_env_values = true
    )]
    store: String,

    /// The address to listen on; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", env = "TOKEN_SERVICE_LISTEN", default_value = "127.0.0.1:3000")]
    listen: String,

    /// Issue another first token and print it, once: the store has only its digest
    #[arg(long)]
    new_token: bool,
}

const AFTER_HELP: &str = "\
The first start on an empty store issues a token of the user \"ada\" for the organisation \"acme\", and prints a curl command \
for everything that there is to try.

Ctrl-C or SIGTERM stops it: requests in progress have ten seconds to finish, and what is known of tokens' last use is written.
RUST_LOG says what is logged; \"info,countersign::rejection=debug\" unless set.

  cargo run -p token-service -- --listen 127.0.0.1:0 --store sqlite:/tmp/tokens.sqlite";

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

async fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let Options { store, listen, new_token } = options;
    // Before the store: a token is shown once, and would be lost if this failed afterwards.
    let listener = TcpListener::bind(&listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {error}; --listen names another address"))?;
    let (address, stop) = (listener.local_addr()?, serve::stop_signal()?);
    if !address.ip().is_loopback() {
        tracing::warn!("{address} is reachable from outside: put TLS in front, or tokens can be read on the way");
    }

    let store = store::open(&store).await?;
    let usage = UsageRecorder::new(store.clone());
    let first = tokens::first(&store, new_token).await?;
    let app = app::router(store, usage.clone())?;
    let mut out = std::io::stdout();
    writeln!(out, "{}\nlistening on {address}", instructions(first.as_ref(), address))?;
    out.flush()?;
    serve::serve(listener, app, stop).await;
    if let Err(error) = usage.flush().await {
        tracing::warn!(%error, "when tokens were last used could not be written");
    }
    Ok(())
}

/// What to paste into another terminal.
fn instructions(first: Option<&countersign::PresentedToken>, address: SocketAddr) -> String {
    let Some(token) = first else {
        return "The store has tokens already, and none of them can be shown again: only their digests are kept. To issue \
                another, start with --new-token.\n"
            .to_owned();
    };
    let curl = |arguments: &str, path: &str| {
        format!("curl -i -H \"Authorization: Bearer $TOKEN\" {arguments}http://{address}{path}\n")
    };
    let issue = r#"-H 'Content-Type: application/json' -d '{"note":"laptop","scope":"reports:read","days":7}' "#;
    [
        format!("The first token, shown this once and good for 30 days:\n\nTOKEN={}\n", token.expose_secret()),
        "Who it is, its tokens, a new one that may do less, and one that is taken back:\n".to_owned(),
        curl("", "/me"),
        curl("", "/me/tokens"),
        curl(issue, "/me/tokens"),
        curl("-X DELETE ", "/me/tokens/ID"),
        "What the organisation has, and what another's has, which is refused:\n".to_owned(),
        curl("", "/organisations/acme/reports"),
        curl("", "/organisations/umbrella/reports"),
    ]
    .join("\n")
}

/// An error with all that is behind it, in one line; what an error has already quoted is not said twice.
fn chain(error: &(dyn Error + 'static)) -> String {
    let errors = std::iter::successors(Some(error), |&error| error.source());
    let mut texts: Vec<String> = errors.map(ToString::to_string).collect();
    texts.dedup_by(|behind, before| before.ends_with(&**behind));
    texts.join(": ")
}
