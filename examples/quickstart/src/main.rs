//! Signed requests under `/hmac`, Sentry's messages at `/store/` and bearer tokens under `/api`, from one SQLite file, with
//! `curl` commands to try them.
//!
//! ```text
//! cargo run -p quickstart
//! ```
//!
//! makes `countersign-quickstart.sqlite` in the current folder with a demo key and a demo token, prints commands to paste into
//! another terminal, and serves until Ctrl-C. Each command answers `200 OK` and says in JSON who was authenticated, how,
//! and what was covered. Change something in one and it answers `401 Unauthorized`, while this terminal says why:
//! `RUST_LOG=countersign::rejection=debug` is part of the default. Started again, it uses the same file.
//!
//! `quickstart.sh` beside this file does all that by itself and checks the answers.

mod app;
mod demo;
mod serve;

use std::error::Error;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use countersign::hmac::MatchRecorder;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// Serves signed requests under /hmac, Sentry's messages at /store/ and bearer tokens under /api, and prints curl commands
/// to try each.
#[derive(Parser)]
#[command(after_help = AFTER_HELP)]
struct Options {
    /// The SQLite file with the secrets and the tokens; made at the first start, never written over
    #[arg(long, value_name = "FILE", default_value = "countersign-quickstart.sqlite")]
    database: PathBuf,

    /// The address to listen on; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    listen: String,

    /// Issue another demo token and print it, once: the file has only its digest. The older ones stay good
    #[arg(long)]
    new_token: bool,
}

const AFTER_HELP: &str = "\
The first start makes the file with a demo key and a demo token, and prints a curl command for each. Paste one into another \
terminal: 200, and who was authenticated. Change a letter of it: 401, and the reason in this terminal.

Ctrl-C or SIGTERM stops it: requests in progress have ten seconds to finish.
RUST_LOG says what is logged; \"info,countersign::rejection=debug\" unless set.

  cargo run -p quickstart -- --listen 127.0.0.1:0 --database /tmp/try.sqlite";

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
    let Options { database, listen, new_token } = options;
    // Before the database: a token is shown once, and would be lost if this failed afterwards.
    let listener = TcpListener::bind(&listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {error}; --listen names another address"))?;
    let (address, stop) = (listener.local_addr()?, serve::stop_signal()?);
    if !address.ip().is_loopback() {
        tracing::warn!(
            "{address} is reachable from outside: put TLS in front, or tokens and data can be read on the way"
        );
    }

    let demo = demo::open(&database, new_token).await?;
    let matches = MatchRecorder::new(demo.store.clone());
    let app = app::router(&demo.store, &matches)?;
    let mut out = std::io::stdout();
    writeln!(out, "{}\nlistening on {address}", demo.instructions(address))?;
    out.flush()?;
    serve::serve(listener, app, stop).await;
    if let Err(error) = matches.flush().await {
        tracing::warn!("when secrets last matched could not be written: {}", chain(&error));
    }
    demo.store.close().await;
    Ok(())
}

/// An error with all that is behind it, in one line; what an error has already quoted is not said twice.
fn chain(error: &(dyn Error + 'static)) -> String {
    let errors = std::iter::successors(Some(error), |&error| error.source());
    let mut texts: Vec<String> = errors.map(ToString::to_string).collect();
    texts.dedup_by(|behind, before| before.ends_with(&**behind));
    texts.join(": ")
}
