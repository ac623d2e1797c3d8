//! Issues, revokes and claims without end, to be killed while it does. Prints what the store has acknowledged.

use std::convert::Infallible;
use std::process::ExitCode;

use clap::Parser;
use countersign_tests::stores;
use countersign_tests::victim::work;

/// Issues tokens, revokes some and claims nonces until it is killed; prints each acknowledgement as a line.
#[derive(Parser)]
struct Options {
    /// `sqlite:PATH`, `postgres://…`, `redis://…` or `memory:`.
    #[arg(long, value_name = "URL")]
    store: String,
    /// What claims the nonces; `set-nx://HOST:PORT` is another way to. The store unless told otherwise.
    #[arg(long, value_name = "URL")]
    nonces: Option<String>,
    /// What the names of its nonces begin with.
    #[arg(long, value_name = "NAME")]
    run: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(never) => match never {},
        Err(error) => {
            eprintln!("victim: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(Options { store, nonces, run }: Options) -> Result<Infallible, String> {
    let store = stores::open(&store).await?;
    let nonces = match nonces {
        Some(url) => stores::open_nonces(&url).await?,
        None => store.clone(),
    };
    Ok(work(store, nonces, &run).await)
}
