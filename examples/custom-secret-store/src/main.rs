//! Verifies signed requests with secrets from a table of your own: ten lines, [`Partners`].
//!
//! ```text
//! cargo run -p custom-secret-store            # or with an address: … -- 127.0.0.1:8080
//! ```
//!
//! prints a `curl` line; paste it into another terminal and it answers `200 OK` and `hello, acme`. Change anything in it
//! (the path, a letter of the secret) and it answers `401 Unauthorized`, while this terminal says why.

mod serve;

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

use axum::Router;
use axum::routing::get;
use countersign::hmac::schemes::UstudioV2;
use countersign::{Authenticated, HmacAuthLayer, KeyId, Secret, SecretStore, Secrets, StoreError, async_trait};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// Your table: a secret for each key id. A query stands where the map is asked here, and its failure is an error, not "no
/// such key": `query.fetch_optional(&self.pool).await.map_err(StoreError::new)?`.
struct Partners {
    secrets: HashMap<String, String>,
}

#[async_trait]
impl SecretStore for Partners {
    async fn secrets(&self, key_id: &KeyId) -> Result<Secrets, StoreError> {
        Ok(Secrets::from_raw(self.secrets.get(key_id.as_str()).cloned()))
    }
}

/// Only reached by who signed the request with one of those secrets.
async fn hello(caller: Authenticated) -> String {
    format!("hello, {}\n", caller.subject())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Why a request was refused is said at debug, on a target of its own.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "info,countersign::rejection=debug".into());
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).init();

    // New at every start, so that nobody deploys the secret of an example.
    let secret = hex(Secret::random().expose_secret());
    let partners = Partners { secrets: HashMap::from([("acme".to_owned(), secret.clone())]) };

    // USTUDIO-HMAC-V2 signs neither time nor nonce: who sees a signed request can send it again. If that matters, choose a
    // format with a time, or add `.with_replay_protection_for(store, remember)`.
    let app = Router::new().route("/hello", get(hello)).layer(HmacAuthLayer::new(UstudioV2::new(), partners));

    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(&address).await.map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let (address, stop) = (listener.local_addr()?, serve::stop_signal()?);
    let mut out = std::io::stdout();
    writeln!(out, "listening on {address}; try this in another terminal:\n\n{}\n", curl_line(&address, &secret))?;
    serve::serve(listener, app, stop).await;
    Ok(())
}

/// What is signed is method, path, query and body, each on a line of its own. Whoever may list this machine's processes sees
/// the secret while openssl runs: fine for trying it out, and a reason to sign in the client's own program otherwise.
fn curl_line(address: &impl std::fmt::Display, secret: &str) -> String {
    format!(
        r#"curl -i -H "Authorization: USTUDIO-HMAC-V2 acme $(printf 'GET\n/hello\n\n' | openssl dgst -sha256 -hmac {secret} | sed 's/.* //')" http://{address}/hello"#
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
