//! The demo key and the demo token, and how to try them.

use std::error::Error;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use countersign::{
    Clock as _, KeyId, PresentedToken, Secret, SecretAdmin as _, SecretStore as _, SecretVersion, SystemClock,
    TokenFormat, TokenInfo, issue_token,
};
use countersign_sqlx::SqliteStore;
use countersign_sqlx::sqlite::OpenErrorKind;

/// What the demo token may do, and what `/api` wants.
pub(crate) const SCOPE: &str = "demo:read";
const KEY_ID: &str = "demo";
const TOKEN_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The database, and what is in it to be tried.
pub(crate) struct Demo {
    pub(crate) store: SqliteStore,
    file: String,
    is_new: bool,
    secret: Secret,
    token: Option<PresentedToken>,
}

/// Opens the database; makes it, with a demo key and a demo token, where there is no file at all.
pub(crate) async fn open(database: &Path, new_token: bool) -> Result<Demo, Box<dyn Error>> {
    let key_id = KeyId::new(KEY_ID)?;
    let (store, is_new) = match SqliteStore::create(database).await {
        Ok(store) => (store, true),
        Err(error) if error.kind() == OpenErrorKind::AlreadyExists => (SqliteStore::open(database).await?, false),
        Err(error) => return Err(error.into()),
    };
    let (secret, token) = if is_new {
        let (secret, token) = (hexadecimal(&Secret::random())?, issue(&store).await?);
        // Last: a file with the key has everything.
        store.add_secret(&key_id, &SecretVersion::new(secret.clone()).with_label("first")).await?;
        (secret, Some(token))
    } else {
        // Somebody else's database is no place for a demo key.
        let now = SystemClock::new().now();
        let secrets = store.secrets(&key_id).await?;
        let secret = secrets.live(now).next().map(|version| version.secret().clone()).ok_or_else(|| {
            let file = database.display();
            format!("{file} has no key {KEY_ID}: it was not made by this program, or not to the end; name another file")
        })?;
        (secret, if new_token { Some(issue(&store).await?) } else { None })
    };
    Ok(Demo { store, file: database.display().to_string(), is_new, secret, token })
}

/// A new demo token; the store keeps its digest.
async fn issue(store: &SqliteStore) -> Result<PresentedToken, Box<dyn Error>> {
    let now = SystemClock::new().now();
    let info = TokenInfo::new("demo-user").with_scope(SCOPE.parse()?).with_expires_at(now + TOKEN_LIFETIME);
    Ok(issue_token(store, &TokenFormat::new("demo")?, info, now).await?.token)
}

/// The same strength in letters, so that it can stand in a command: the secret is the text, not what it encodes.
fn hexadecimal(secret: &Secret) -> Result<Secret, Box<dyn Error>> {
    let text = secret.expose_secret().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    Ok(Secret::new(text)?)
}

impl Demo {
    /// What to paste into another terminal.
    pub(crate) fn instructions(&self, address: SocketAddr) -> String {
        let (file, url) = (&self.file, format!("http://{}", reachable(address)));
        let start = match self.is_new {
            true => format!("Made {file}, with a demo key and a demo token."),
            false => format!("Using {file}, which was there."),
        };
        let key = String::from_utf8_lossy(self.secret.expose_secret());
        let get = signed_curl(&key, "GET", "/hmac/whoami", None, &url);
        let post = signed_curl(&key, "POST", "/hmac/echo", Some(r#"{"hello":"world"}"#), &url);
        let message = message_curl(&key, r#"{"message":"hello"}"#, &url);
        let bearer = match &self.token {
            Some(token) => format!(
                "With the demo token, which is shown this once and good for 30 days:\n\n\
                 curl -i -H 'Authorization: Bearer {}' {url}/api/whoami\n",
                token.expose_secret(),
            ),
            None => "A token cannot be shown again: only its digest is kept. The demo token stays good; \
                     to issue another, start with --new-token.\n"
                .to_owned(),
        };
        format!(
            "{start}\n\nSigned with the demo key, without and with a body:\n\n{get}\n\n{post}\n\n\
             As a Sentry client sends its messages, each of which is good once:\n\n{message}\n\n{bearer}"
        )
    }
}

/// What is signed is method, path, query and body, each after a line feed. Whoever may list this machine's processes sees
/// the secret while openssl runs: fine for trying it out, and a reason to sign in the client's own program otherwise.
fn signed_curl(secret: &str, method: &str, path: &str, body: Option<&str>, url: &str) -> String {
    let (signed, sent) = match body {
        Some(body) => (format!(r"'{method}\n{path}\n\n%s' '{body}'"), format!(" -d '{body}'")),
        None => (format!(r"'{method}\n{path}\n\n'"), String::new()),
    };
    let signature = format!("printf {signed} | openssl dgst -sha256 -hmac {secret} | sed 's/.* //'");
    format!(r#"curl -i -H "Authorization: USTUDIO-HMAC-V2 {KEY_ID} $({signature})"{sent} {url}{path}"#)
}

/// What is signed is the time, a blank and the body; the same command is another message a second later.
fn message_curl(secret: &str, body: &str, url: &str) -> String {
    let signature = format!("printf '%s %s' $t '{body}' | openssl dgst -sha1 -hmac {secret} | sed 's/.* //'");
    let credentials = "X-Sentry-Auth: Sentry sentry_key=%s, sentry_timestamp=%s, sentry_signature=%s";
    format!(
        r#"curl -i -H "$(t=$(date +%s).0; printf '{credentials}' {KEY_ID} $t $({signature}))" -d '{body}' {url}/store/"#
    )
}

/// Where a client on this machine reaches a server that listens on every address.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    address
}
