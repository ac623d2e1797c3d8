//! gRPC with signed calls: [tonic](https://docs.rs/tonic) on both sides, RFC 9421 as the format.
//!
//! Both sides take the shared secret from the environment. In one terminal:
//!
//! ```text
//! export SHARED_SECRET=$(openssl rand -hex 32)
//! cargo run -p grpc-signed -- server                     # or: server 127.0.0.1:8080
//! ```
//!
//! In another one, with the same `SHARED_SECRET` exported:
//!
//! ```text
//! cargo run -p grpc-signed -- client http://127.0.0.1:3000
//! ```
//!
//! The client places an order and uploads a file in chunks, and then does all that a server has to refuse:
//!
//! ```text
//! Place                        a book for partner; covered {method, authority, path, query, body, created, nonce, key id}
//! Upload                       11 bytes in 2 chunks from partner; covered {method, authority, path, query, created, nonce, key id}
//! Upload, the same head again  refused: Unauthenticated
//! Upload, digest not signed    refused: Unauthenticated
//! Upload, other chunks         refused: DataLoss
//! Place, only the head signed  refused: Unauthenticated
//! Place, not signed            refused: Unauthenticated
//! ```
//!
//! # What is covered
//!
//! | | unary call | client stream |
//! |---|---|---|
//! | method, host, service and method name, time, nonce, key | ✓ | ✓ |
//! | the message, as it is on the wire, compressed or not | ✓ | – |
//! | `upload-digest`, and by it the bytes of all chunks, once the stream has ended | | ✓ |
//! | how the bytes are cut into chunks; anything else in the chunks | | – |
//! | all other metadata: `grpc-timeout`, `grpc-encoding`, trailers, your own | – | – |
//! | the answer | – | – |
//!
//! A stream's messages are not there when its head is signed. So the signature proves who began the call and what for, once;
//! and whoever sits between client and server, where TLS ends at a proxy, may change, add and leave out messages. Where the
//! client knows beforehand what it will send, it says so in metadata that is signed, as here, and the handler holds the
//! messages against that, and does nothing before the end that it cannot take back. Where it does not, let it end with a unary
//! call that is signed whole and has the digest in it.
//!
//! Nothing of that happens by accident: a layer demands the body unless it is told otherwise, and then no head-only
//! signature passes.

mod client;
mod digest;
mod server;
mod signing;

use std::error::Error;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use countersign::Secret;
use tracing_subscriber::EnvFilter;

/// What `build.rs` made of `proto/depot.proto`.
mod depot {
    #![allow(missing_docs, unreachable_pub, unused_qualifications, reason = "generated")]
    tonic::include_proto!("depot.v1");
}

/// The name by which the server knows the client's secret.
const KEY_ID: &str = "partner";
/// The metadata that says what a stream will be.
const UPLOAD_DIGEST: &str = "upload-digest";

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
        ["server"] => server::run("127.0.0.1:3000", shared_secret()?).await,
        ["server", address] => server::run(address, shared_secret()?).await,
        ["client", url] => client::run(url, shared_secret()?).await,
        _ => Err("usage: grpc-signed server [ADDRESS] | grpc-signed client URL".into()),
    }
}

fn shared_secret() -> Result<Secret, &'static str> {
    let secret = std::env::var("SHARED_SECRET").unwrap_or_default();
    Secret::new(secret).map_err(|_| "set SHARED_SECRET first: export SHARED_SECRET=$(openssl rand -hex 32)")
}

/// An error with all that is behind it, in one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let errors = std::iter::successors(Some(error), |&error| error.source());
    errors.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
