//! Takes Sentry's signed messages in, as its own server did, keeps their events in a SQLite file, and shows them as they
//! arrive.
//!
//! ```text
//! cargo run -p sentry-store
//! ```
//!
//! makes `sentry-store.sqlite` for the events and `sentry-store.key` with a random key in the current folder, and serves a page
//! at <http://127.0.0.1:9000/>. Open it, and send an event from another terminal in the same folder:
//!
//! ```text
//! cargo run -p sentry-store --bin send-event -- "hello"
//! ```
//!
//! It appears at the top of the page at once. The server prints this command, with the options that it needs, and the same for
//! curl and openssl. The curl line again is a new message, a second later; within the same second it is the same message, and
//! refused. Change a letter of its key and it answers `403 Forbidden` and `Invalid signature`, while this terminal says why.
//!
//! The newest 10000 events are kept (`--keep`). What was seen is remembered in memory, so a message of the last hour could be
//! taken in again after a restart: `.with_replay_protection(…)` with a store of `countersign-sqlx` remembers it.
//!
//! Events are let in by signature; the pages ask nobody who they are. So this listens on the loopback address: in the open, put
//! a proxy with TLS in front that lets everybody reach `/store/`, and asks for a login for everything else; `--host` has its
//! name.

mod app;
mod assets;
mod commands;
mod details;
mod event;
mod host;
mod key;
mod live;
mod page;
mod receive;
mod serve;
mod store;
mod text;

use std::error::Error;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use countersign::SentrySignatureLayer;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use app::App;
use live::Live;
use store::Events;

/// Takes Sentry's signed messages in, keeps their events in a SQLite file, and shows them.
#[derive(Parser)]
#[command(after_help = AFTER_HELP)]
struct Options {
    /// The address to listen on; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", env = "SENTRY_STORE_LISTEN", default_value = "127.0.0.1:9000")]
    listen: String,

    /// The SQLite file that keeps the events; made if it is not there
    #[arg(long, value_name = "FILE", env = "SENTRY_STORE_DATABASE", default_value = "sentry-store.sqlite")]
    database: PathBuf,

    /// A name by which the pages may be asked for, beside localhost and addresses: the one that a proxy in front goes by; may
    /// be given several times
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,

    /// How many events are kept, the newest; of up to 1 MiB each
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    keep: u32,

    /// The file with the key that clients sign with; made, with a random one, if it is not there
    #[arg(long, value_name = "FILE", env = "SENTRY_KEY_FILE", default_value = "sentry-store.key")]
    key_file: PathBuf,
}

const AFTER_HELP: &str = "\
SENTRY_KEY in the environment is the key that clients sign with; then there is no file.

The pages ask for no login: whoever reaches the address reads the events.

Ctrl-C or SIGTERM stops it: requests in progress have ten seconds to finish.
RUST_LOG says what is logged; \"info,countersign::rejection=debug\" unless set.

  cargo run -p sentry-store -- --listen 127.0.0.1:0 --database /tmp/events.sqlite
  cargo run -p sentry-store --bin send-event -- --help";

#[tokio::main]
async fn main() -> ExitCode {
    // Why a message was refused is said at debug, on a target of its own.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "info,countersign::rejection=debug".into());
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).init();

    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(Options { listen, host, database, keep, key_file }: Options) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(&listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {error}; --listen names another address"))?;
    let (address, stop) = (listener.local_addr()?, serve::stop_signal()?);
    let (key, source) = key::find(&key_file)?;
    let in_file = |error| format!("{}: {error}", database.display());
    let events = Events::open(&database, keep).await.map_err(in_file)?;
    let newest = events.extent().await.map_err(in_file)?.map_or(0, |(_, newest)| newest);
    let kept = events.count().await.map_err(in_file)?;

    let send_command = commands::send_event(address, &source);
    writeln!(
        std::io::stdout(),
        "{} holds {kept} events; clients sign with the key in {}\n\nsend an event from another terminal, in this folder:\n\n\
         {send_command}\n\nor as curl and openssl do it:\n\n{}\n\nlistening on http://{address}/",
        database.display(),
        match &source {
            key::Source::Environment => "SENTRY_KEY".into(),
            key::Source::File(file) => file.to_string_lossy(),
        },
        commands::curl(address, &source),
    )?;
    let live = Live::new(newest);
    let app = App { events: events.clone(), live: live.clone(), send_command: send_command.into() };
    let stop = async move {
        stop.await;
        live.stop();
    };
    serve::serve(listener, app::router(app, host.into(), SentrySignatureLayer::new(key)), stop).await;
    events.close().await;
    Ok(())
}
