//! The command line.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use tokio::net::TcpListener;

use super::{Counters, Fixtures, Key, Scheme, Settings, counters, guard, server};

/// Serves what one scheme guards, to be attacked.
///
/// Every path and every method is guarded. Who gets through is answered with 200, `x-inner-called: 1`, the body that was
/// sent, and what reached the inner service in `x-inner-method`, `x-inner-path`, `x-inner-query` and `x-inner-identity`.
/// Once it accepts connections it prints `listening on ADDR` to standard output; it serves until it is killed.
///
/// With `--scheme oauth` an authorization server is there too, at the root: `x-user: ada` is signed in, and the client
/// `toolbar` of the organisation `acme` returns to `https://app.test/cb`. Its tokens are what the rest is guarded with.
///
/// The clock stands still at the fixtures' `clock_unix`. A key id that begins with `disabled` has no live secret.
#[derive(Debug, Parser)]
#[command(name = "attack-target", after_long_help = AFTER)]
#[allow(clippy::exhaustive_structs, reason = "for tests")]
pub struct Options {
    /// JSON with the `fixtures` (keys, tokens, clock) and the `config_default` to serve with.
    #[arg(long, value_name = "FILE")]
    pub fixtures: PathBuf,
    /// What guards: bearer, sentry-legacy, ustudio-hmac-v2, oauth, or a signature format by its name (an unknown one lists them).
    #[arg(long, value_name = "NAME")]
    pub scheme: Scheme,
    #[command(flatten)]
    pub key: Key,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Sets a key otherwise than `config_default` does; may be repeated. The keys are listed below.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub settings: Vec<(String, String)>,
    /// Mounts the guarded service inside axum's `nest("/api", …)`; the same as `--set mount='axum nest /api'`.
    #[arg(long)]
    pub nested: bool,
    /// Answers every connection to this address with how often the store was asked and the inner service called so far;
    /// prints `counting on ADDR` before the other line.
    #[arg(long, value_name = "ADDR")]
    pub counters: Option<SocketAddr>,
    /// Logs everything that is logged, at TRACE, to standard error.
    #[arg(long)]
    pub log: bool,
}

const AFTER: &str = "\
Keys of --set (what follows a comma or an arrow in a value is commentary):
  max_body=BYTES, body_timeout_ms=MS            longest body, and how long it may take
  store_timeout_ms=MS                           how long a store may take
  skew_s=S, sentry_max_age_s=S                  sentry-legacy: how far ahead and how old a message may be;
                                                formats by name that have a time: skew_s, either way
  cache_ttl_s=S, neg_ttl_s=S                    how long keys and tokens are kept, and what is unknown or refused; 0 is off
  replay=on|off                                 by default off for ustudio-hmac-v2, on for sentry-legacy
  replay_capacity=N                             how many nonces are remembered at once
  mount=root|'axum nest /api'                   where the guarded service is
  decompression_inside=true|false               inflates bodies inside the guard, up to max_body
  style=original|modern                         sentry-legacy: whose answers are given to the refused
  store_fault, replay_fault=FAULT               what the stores do instead of answering:
                                                error, error-first (once), error-later (all but once), flap (every other
                                                time), slow (10 s), hang, panic
  max_authorization_bytes=8192, max_key_id_bytes=256, retry_after_s=1   as the library has them
Keys that open a hole, to see whether somebody notices:
  insecure_unguarded=true                       nothing is guarded at all
  redirect_uri=URI                              oauth: another one that the client may return to
  allow_query=true                              bearer: a token may stand in the query, as access_token
  insecure_reference_query=true                 ustudio-hmac-v2: the query is read as the original reads it
  insecure_no_gates=true                        bearer: neither scope nor organisation is judged

Example:
  attack-target --fixtures tests/vectors/attacks.json --scheme bearer --listen 127.0.0.1:8080
  curl -i -H 'Authorization: Bearer tk_…' http://127.0.0.1:8080/orgs/acme/things";

impl Options {
    /// Serves until the process ends.
    ///
    /// # Errors
    /// When the file cannot be read, a setting cannot be honoured, or an address is taken.
    pub async fn run(self) -> Result<(), String> {
        if self.log {
            let filter = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
            filter.with_ansi(false).with_writer(std::io::stderr).init();
        }
        let fixtures = Fixtures::read(&self.fixtures)?;
        let mut settings = Settings::new(self.scheme, self.key, &fixtures)?;
        for (key, value) in &self.settings {
            settings.set(key, value)?;
        }
        if self.nested {
            settings.set("mount", "axum nest /api")?;
        }
        settings.judge()?;
        let counters = Counters::default();
        let service = guard::guarded(&fixtures, &settings, &counters).await?;
        if let Some(address) = self.counters {
            let listener = bind(address).await?;
            say("counting", &listener)?;
            tokio::spawn(counters::serve(listener, counters));
        }
        let listener = bind(self.listen).await?;
        say("listening", &listener)?;
        server::serve(listener, service).await;
        Ok(())
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| format!("cannot listen on {address}: {error}"))
}

fn say(what: &str, listener: &TcpListener) -> Result<(), String> {
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{what} on {address}").and_then(|()| stdout.flush()).map_err(|error| error.to_string())
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}
