//! Guards a route with a signature format of its own, which `format.rs` describes.
//!
//! ```text
//! cargo run -p custom-scheme            # or with an address: … -- 127.0.0.1:8080
//! ```
//!
//! prints a command; paste it into another terminal, and it answers `200 OK` and says what a partner ordered. Paste it again:
//! the time is another, so it passes. Change the path, or a letter of the body in one of its two places: `401
//! Unauthorized`, while this terminal says why.

mod format;
mod serve;

use std::error::Error;
use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

use axum::Router;
use axum::routing::post;
use countersign::{Authenticated, HmacAuthLayer, MemoryStore, Secret};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// Only reached by who signed the request with the partner's secret.
async fn order(caller: Authenticated, order: String) -> String {
    format!("{} ordered {order}\n", caller.subject())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Why a request was refused is said at debug, on a target of its own.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "info,countersign::rejection=debug".into());
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).init();

    // New at every start, so that nobody deploys the secret of an example.
    let secret = hex(Secret::random().expose_secret());
    let partners = MemoryStore::new().with_secret("partner", Secret::new(secret.as_str())?);

    // The format has a time, so the same request passes once: remembered in this process. With several, give them a store
    // that they share: `.with_replay_protection(store)`.
    let app = Router::new().route("/orders", post(order)).layer(HmacAuthLayer::new(format::acme()?, partners));

    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(&address).await.map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let (address, stop) = (listener.local_addr()?, serve::stop_signal()?);
    let mut out = std::io::stdout();
    writeln!(out, "listening on {address}; try this in another terminal:\n\n{}\n", command(&address, &secret))?;
    serve::serve(listener, app, stop).await;
    Ok(())
}

/// Whoever may list this machine's processes sees the secret while openssl runs: fine for trying it out, and a reason to sign in
/// the client's own program otherwise.
fn command(address: &impl std::fmt::Display, secret: &str) -> String {
    format!(
        r#"TIME=$(date +%s); curl -i -H "Content-Type: text/plain" -H "X-Acme-Key: partner" -H "X-Acme-Time: $TIME" -H "X-Acme-Signature: v1=$(printf '%s\n%s\n%s\n%s\n%s' "$TIME" POST '/orders?dry=1' text/plain '{ORDER}' | openssl dgst -sha256 -hmac {secret} | sed 's/.* //')" -d '{ORDER}' 'http://{address}/orders?dry=1'"#
    )
}

const ORDER: &str = "a pot of tea";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
