//! Sends one event to `sentry-store`, or to another server of that time, signed.
//!
//! ```text
//! cargo run -p sentry-store --bin send-event -- "hello"
//! ```
//!
//! exits with 0 when the server has taken it, with 1 and a line on stderr when it has not, and with 2 for arguments that
//! mean nothing.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use countersign::sentry::{ClientName, SentrySigner};
use countersign::{Clock as _, Secret, SystemClock};
use jiff::Timestamp;
use reqwest::{Response, StatusCode, Url};
use serde_json::{Map, Value, json};

/// How long the exchange may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How much is shown of a refusal, in characters.
const LONGEST_ANSWER: usize = 200;
const CLIENT: ClientName = ClientName::from_static(concat!("send-event/", env!("CARGO_PKG_VERSION")));

/// Sends one event to sentry-store, signed.
#[derive(Parser)]
#[command(after_help = AFTER_HELP)]
struct Options {
    /// What happened
    message: String,

    /// Where to: http only; https is a feature of reqwest's
    #[arg(long, env = "SENTRY_URL", default_value = "http://127.0.0.1:9000/store/")]
    url: Url,

    /// How bad it is
    #[arg(long, value_enum, default_value_t)]
    level: Level,

    /// Who logged it
    #[arg(long, value_name = "NAME", default_value = "send-event")]
    logger: String,

    /// What failed, a function or a page say
    #[arg(long, value_name = "NAME")]
    culprit: Option<String>,

    /// The machine it happened on
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,

    /// Anything else worth knowing; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    extra: Vec<(String, String)>,

    /// The file with the key, where SENTRY_KEY is not set
    #[arg(long, value_name = "FILE", env = "SENTRY_KEY_FILE", default_value = "sentry-store.key")]
    key_file: PathBuf,
}

const AFTER_HELP: &str = "\
The event is signed with the server's key: SENTRY_KEY in the environment, or else the file that the server made at its first
start. It is not an argument, since everybody on this machine can read those.

Exits with 0 when the server has taken the event, with 1 when it has not, with 2 when the arguments mean nothing.

  send-event \"hello\"
  send-event --level warning --logger disk --extra free=\"3 %\" \"the disk is nearly full\"
  SENTRY_KEY=… send-event --url http://sentry.example.com/store/ \"hello\"";

/// The numbers of Python's `logging`, which every version understands.
#[derive(Clone, Copy, Default, ValueEnum)]
enum Level {
    Debug = 10,
    Info = 20,
    Warning = 30,
    #[default]
    Error = 40,
    Fatal = 50,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    match send(&options).await {
        Ok(status) => {
            println!("{status}: {} has the event", options.url);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {}", chain(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn send(options: &Options) -> Result<StatusCode, Box<dyn Error>> {
    let signer = SentrySigner::new(key(&options.key_file)?).with_client(CLIENT);
    let message = signer.request(&options.url.as_str().parse()?, &event(options)?)?;
    let client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        // A message passes once: one that is sent again has to be signed again.
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .build()?;
    let response = client.execute(message.map(reqwest::Body::wrap).try_into()?).await?;
    match response.status() {
        status if status.is_success() => Ok(status),
        _ => Err(refusal(&options.url, response).await.into()),
    }
}

fn key(file: &Path) -> Result<Secret, String> {
    if let Some(key) = std::env::var_os("SENTRY_KEY") {
        let key = key.into_string().ok().and_then(|key| Secret::new(key).ok());
        return key.ok_or_else(|| "SENTRY_KEY is empty or no text".to_owned());
    }
    let text = fs::read_to_string(file).map_err(|error| {
        let file = file.display();
        format!("no key: SENTRY_KEY is not set, and {file}: {error}; the server makes the file in the folder it is started in")
    })?;
    Secret::new(text.trim()).map_err(|_| format!("{} has no key in it", file.display()))
}

fn event(options: &Options) -> Result<Map<String, Value>, Box<dyn Error>> {
    let Options { message, level, logger, culprit, server_name, extra, .. } = options;
    let mut event = Map::new();
    // Of two events that say the same, the time also tells the second from a message that was recorded and sent again.
    event.insert("timestamp".into(), json!(Timestamp::try_from(SystemClock::new().now())?.to_string()));
    event.insert("message".into(), json!(message));
    event.insert("level".into(), json!(*level as u8));
    event.insert("logger".into(), json!(logger));
    for (name, value) in [("culprit", culprit), ("server_name", server_name)] {
        if let Some(value) = value {
            event.insert(name.into(), json!(value));
        }
    }
    if !extra.is_empty() {
        let extra: Map<_, _> = extra.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        event.insert("extra".into(), extra.into());
    }
    Ok(event)
}

/// What the server said, in one line, and what may help.
async fn refusal(url: &Url, mut response: Response) -> String {
    let status = response.status();
    let said = response.chunk().await.ok().flatten().unwrap_or_default();
    // Somebody else's text: it must not move the cursor of this terminal.
    let said = String::from_utf8_lossy(&said);
    let said: String = said.trim().escape_debug().take(LONGEST_ANSWER).collect();
    let said = if said.is_empty() { said } else { format!(" ({said})") };
    let help = match status.as_u16() {
        401 | 403 => "the key is not the server's, or it has seen this event already",
        404 | 405 => "the address is not that of /store/",
        410 => "this machine's clock is more than an hour behind the server's",
        413 => "the event is too long",
        503 => "the server is busy; try again",
        300..=399 => "redirects are not followed: the signature is good for one try",
        _ => "the server's own log says why",
    };
    format!("{url} refused the event: {status}{said}: {help}")
}

fn pair(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("there is no = in it")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// An error with all that is behind it, in one line; what an error has already quoted is not said twice.
fn chain(error: &(dyn Error + 'static)) -> String {
    let errors = std::iter::successors(Some(error), |&error| error.source());
    let mut texts: Vec<String> = errors.map(ToString::to_string).collect();
    texts.dedup_by(|behind, before| before.ends_with(&**behind));
    texts.join(": ")
}
