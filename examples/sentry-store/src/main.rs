//! Takes Sentry's signed messages in, as its own server did, and keeps them in a SQLite file as they were sent.
//!
//! ```text
//! cargo run -p sentry-store
//! ```
//!
//! prints the key that clients sign with, and a `curl` line that sends a message; paste it into another terminal and it
//! answers `200 OK`, with no body, as Sentry does. The same line again is a new message, a second later; within the same
//! second it is the same message, and refused. Change a letter of its key and it answers `403 Forbidden` and `Invalid
//! signature`, while this terminal says why. `SENTRY_KEY` sets the key; without it there is a new one at every start.

mod messages;
mod serve;

use std::error::Error;
use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use clap::Parser;
use countersign::{Authenticated, Secret, SentrySignatureLayer};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use messages::Messages;

/// Takes Sentry's signed messages in and keeps them in a SQLite file.
#[derive(Parser)]
#[command(
    after_help = "SENTRY_KEY in the environment is the key that clients sign with; without it there is a new one at \
                        every start."
)]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:9000")]
    listen: SocketAddr,
    /// The file that keeps the messages; made if it is not there.
    #[arg(long, default_value = "sentry-store.sqlite")]
    database: PathBuf,
}

/// Only reached by a message whose signature held, and that was not seen before.
async fn store(State(messages): State<Messages>, sender: Authenticated, headers: HeaderMap, body: Bytes) -> StatusCode {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    match messages.keep(sender.subject(), sender.at(), content_type, &body).await {
        Ok(id) => {
            tracing::info!(id, bytes = body.len(), "message kept");
            StatusCode::OK
        }
        Err(error) => {
            tracing::error!(%error, "message not kept");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Why a message was refused is said at debug, on a target of its own.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "info,countersign::rejection=debug".into());
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).init();

    let Arguments { listen, database } = Arguments::parse();
    let key = match std::env::var("SENTRY_KEY") {
        Ok(key) if key.is_empty() => return Err("SENTRY_KEY is empty: unset it, or give it a long random value".into()),
        Ok(key) => key,
        Err(_) => Secret::random().expose_secret().iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    let guard = SentrySignatureLayer::new(Secret::new(key.as_str())?);

    let messages = Messages::open(&database).await.map_err(|error| format!("{}: {error}", database.display()))?;
    let kept = messages.count().await?;
    let app = Router::new().route("/store/", post(store)).with_state(messages).layer(guard);

    let listener = TcpListener::bind(listen).await.map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    let (address, stop) = (listener.local_addr()?, serve::stop_signal()?);
    let mut out = std::io::stdout();
    writeln!(out, "listening on {address}; {} holds {kept} messages", database.display())?;
    if std::env::var_os("SENTRY_KEY").is_none() {
        writeln!(
            out,
            "clients sign with the key {key}; send a message from another terminal:\n\n{}\n",
            curl_line(address, &key)
        )?;
    }
    serve::serve(listener, app, stop).await;
    Ok(())
}

/// What is signed is the time, a blank and the body. Whoever may list this machine's processes sees the key while openssl
/// runs: fine for trying it out.
fn curl_line(address: SocketAddr, key: &str) -> String {
    let body = "eyJtZXNzYWdlIjogImhlbGxvIn0="; // base64 of {"message": "hello"}
    format!(
        r#"curl -i -H "$(t=$(date +%s).0; printf 'X-Sentry-Auth: Sentry sentry_timestamp=%s, sentry_signature=%s, sentry_client=curl' $t $(printf '%s %s' $t '{body}' | openssl dgst -sha1 -hmac {key} | sed 's/.* //'))" -H 'Content-Type: application/octet-stream' --data-binary '{body}' http://{address}/store/"#
    )
}
