//! gRPC with bearer tokens: [tonic](https://docs.rs/tonic) on both sides, `BearerTokenLayer` around the whole server, a
//! scope gate around one service of it.
//!
//! ```text
//! cargo run -p tonic-bearer -- server                    # or: server 127.0.0.1:8080
//! ```
//!
//! prints two lines, each with a new token; paste one into another terminal. The client makes a unary call, reads a stream,
//! talks both ways, knocks at the service that wants a scope, and calls once without a token. Ada's token opens the gate:
//!
//! ```text
//! WhoAmI          ada, scope "gate:open"
//! Count           1 2 3
//! Talk            "hello" → "ada said hello"
//! Talk            "goodbye" → "ada said goodbye"
//! Open            open for ada
//! without token   refused: Unauthenticated, "Unauthorized" (www-authenticate: Bearer)
//! ```
//!
//! Bob's does not: `Open` is `refused: PermissionDenied, "Forbidden"`. With any other token the first call is refused, the
//! client exits with 1, and the server's terminal says why.
//!
//! Tokens travel as they are, so TLS belongs around all of this: `ServerTlsConfig`, `ClientTlsConfig` and a `tls-` feature of
//! tonic, or a proxy in front.

mod client;
mod server;

use std::error::Error;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

/// What `build.rs` made of `proto/post.proto`.
mod post {
    #![allow(missing_docs, unreachable_pub, unused_qualifications, reason = "generated")]
    tonic::include_proto!("post.v1");
}

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    // Why a call was refused is said at debug, on a target of its own.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "info,countersign::rejection=debug".into());
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).init();

    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", chain(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["server"] => server::run("127.0.0.1:3000").await,
        ["server", address] => server::run(address).await,
        ["client", url] => {
            let token = std::env::var("TOKEN").map_err(|_| "set TOKEN to one of those that the server printed")?;
            client::run(url, &token).await
        }
        _ => Err("usage: tonic-bearer server [ADDRESS] | TOKEN=… tonic-bearer client URL".into()),
    }
}

/// An error with all that is behind it, in one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let errors = std::iter::successors(Some(error), |&error| error.source());
    errors.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
