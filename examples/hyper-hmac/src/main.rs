//! Signed requests without a web framework: hyper on both sides, and one description of the format for both.
//!
//! Both sides take the shared secret from the environment. In one terminal:
//!
//! ```text
//! export SHARED_SECRET=$(openssl rand -hex 32)
//! cargo run -p hyper-hmac -- server                      # or: server 127.0.0.1:8080
//! ```
//!
//! In another one, with the same `SHARED_SECRET` exported:
//!
//! ```text
//! cargo run -p hyper-hmac -- client 'http://127.0.0.1:3000/things?page=2'
//! cargo run -p hyper-hmac -- client http://127.0.0.1:3000/things '{"name": "first"}'
//! ```
//!
//! The client prints the status and what the server found out, and exits with 1 unless the status is a success: try another
//! secret, and see in the server's terminal why it refuses. The server speaks HTTP/1.1, and HTTP/2 to clients that begin with
//! it (`curl --http2-prior-knowledge`).

mod client;
mod serve;
mod server;

use std::error::Error;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use countersign::Secret;
use tracing_subscriber::EnvFilter;

/// The name by which the server knows the client's secret.
const KEY_ID: &str = "client-1";

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    // Why a request was refused is said at debug, on a target of its own.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "info,countersign::rejection=debug".into());
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).init();

    run().await.unwrap_or_else(|error| {
        eprintln!("error: {}", chain(&*error));
        ExitCode::FAILURE
    })
}

async fn run() -> Result<ExitCode, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["server"] => server::run("127.0.0.1:3000", shared_secret()?).await,
        ["server", address] => server::run(address, shared_secret()?).await,
        ["client", url] => client::run(url, None, &shared_secret()?).await,
        ["client", url, body] => client::run(url, Some(body), &shared_secret()?).await,
        _ => Err("usage: hyper-hmac server [ADDRESS] | hyper-hmac client URL [BODY]".into()),
    }
}

fn shared_secret() -> Result<Secret, &'static str> {
    let secret = std::env::var("SHARED_SECRET").unwrap_or_default();
    Secret::new(secret).map_err(|_| "set SHARED_SECRET first: export SHARED_SECRET=$(openssl rand -hex 32)")
}

/// An error with all that is behind it, in one line; what an error has already quoted is not said twice.
fn chain(error: &(dyn Error + 'static)) -> String {
    let errors = std::iter::successors(Some(error), |&error| error.source());
    let mut texts: Vec<String> = errors.map(ToString::to_string).collect();
    texts.dedup_by(|behind, before| before.ends_with(&**behind));
    texts.join(": ")
}
