//! Receives GitHub webhooks, and refuses what GitHub did not sign with your secret.
//!
//! ```text
//! export GITHUB_WEBHOOK_SECRET=$(openssl rand -hex 32)   # the same in the webhook's settings, content type JSON
//! cargo run -p webhook-github                            # or with an address: … -- 127.0.0.1:8080
//! ```
//!
//! prints a `curl` line that stands in for GitHub; paste it into another terminal where the secret is exported, and it answers
//! `202 Accepted`. Paste it again: `401 Unauthorized`, since a delivery is accepted once an hour. Change a letter of the
//! body in one of its two places: `401 Unauthorized` too. This terminal says why.
//!
//! The address must be reachable from GitHub, over TLS; put a reverse proxy in front.

mod serve;

use std::error::Error;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use countersign::hmac::schemes::GitHub;
use countersign::{HmacAuthLayer, MemoryStore, Secret};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// The longest payload that GitHub sends, in bytes ("Webhook events and payloads").
const LONGEST_PAYLOAD: usize = 25 * 1024 * 1024;
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Only reached by bodies that GitHub signed. The fields are *not* signed: whoever sees a delivery could send its body under
/// the name of another event, so decide by what the body says.
async fn delivered(headers: HeaderMap, body: Bytes) -> StatusCode {
    let field = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(event), Some(delivery)) = (field("x-github-event"), field("x-github-delivery")) else {
        return StatusCode::BAD_REQUEST;
    };
    // Put the work into a queue and answer: GitHub waits ten seconds, and what fails later is not delivered again by itself.
    tracing::info!(event, delivery, bytes = body.len(), "delivered");
    StatusCode::ACCEPTED
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Why a request was refused is said at debug, on a target of its own.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "info,countersign::rejection=debug".into());
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).init();

    // With an empty secret everybody could sign.
    let secret = Secret::new(std::env::var("GITHUB_WEBHOOK_SECRET").unwrap_or_default()).map_err(
        |_| "set GITHUB_WEBHOOK_SECRET to the secret in the webhook's settings; to make one: openssl rand -hex 32",
    )?;

    // GitHub signs neither time nor delivery id, so a delivery could be sent again for ever: here its body is accepted once
    // an hour. The price: a redelivery that you ask for within the hour is refused too, also when the handler failed. With
    // several processes, give them a store they share.
    let verified = HmacAuthLayer::new(GitHub::new(), secret)
        .with_replay_protection_for(MemoryStore::new(), HOUR)
        .with_body_limit(LONGEST_PAYLOAD);
    // The layer has limited the body; axum's own, lower limit would refuse what GitHub may send.
    let app = Router::new().route("/webhook", post(delivered)).layer(DefaultBodyLimit::disable()).layer(verified);

    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(&address).await.map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let (address, stop) = (listener.local_addr()?, serve::stop_signal()?);
    let mut out = std::io::stdout();
    writeln!(out, "listening on {address}; try this in another terminal, with the secret exported there:\n")?;
    writeln!(out, "{}\n", curl_line(&address))?;
    serve::serve(listener, app, stop).await;
    Ok(())
}

/// A ping as GitHub sends it. The secret stays in the environment.
fn curl_line(address: &impl std::fmt::Display) -> String {
    format!(
        r#"curl -i -H "X-GitHub-Event: ping" -H "X-GitHub-Delivery: 72d3162e-cc78-11e3-81ab-4c9367dc0958" -H "Content-Type: application/json" -H "X-Hub-Signature-256: sha256=$(printf '%s' '{PING}' | openssl dgst -sha256 -hmac "$GITHUB_WEBHOOK_SECRET" | sed 's/.* //')" -d '{PING}' http://{address}/webhook"#
    )
}

const PING: &str = r#"{"zen":"Keep it logically awesome.","hook_id":1}"#;
