//! The server: its database, with a key and a token to try things with.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use countersign::{
    Clock as _, KeyId, PresentedToken, Secret, SecretAdmin as _, SecretVersion, SystemClock, TokenFormat, TokenInfo,
    issue_token,
};
use countersign_sqlx::SqliteStore;
use countersign_sqlx::sqlite::OpenErrorKind;
use tokio::net::TcpListener;

use crate::{Failure, KEY_ID, app, commands, serve};

const TOKEN_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

#[derive(Args)]
pub(crate) struct Options {
    /// The SQLite file with secrets, tokens and spent nonces; made at the first start, never written over
    #[arg(long, value_name = "FILE", default_value = "signed-api.sqlite")]
    database: PathBuf,

    /// The address to listen on; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    listen: String,
}

/// What was made at the first start: neither is to be had again.
pub(crate) struct Credentials {
    pub(crate) secret: Secret,
    pub(crate) token: PresentedToken,
}

pub(crate) async fn run(Options { database, listen }: Options) -> Result<(), Failure> {
    // Before the database: what is shown once would be lost if this failed afterwards.
    let listener = TcpListener::bind(&listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {error}; --listen names another address"))?;
    let (address, stop) = (listener.local_addr()?, serve::stop_signal()?);
    let (store, made) = match SqliteStore::create(&database).await {
        Ok(store) => {
            let made = make_credentials(&store).await?;
            (store, Some(made))
        }
        Err(error) if error.kind() == OpenErrorKind::AlreadyExists => (SqliteStore::open(&database).await?, None),
        Err(error) => return Err(error.into()),
    };
    let app = app::router(&store);
    let mut out = std::io::stdout();
    writeln!(out, "{}\nlistening on {address}", commands::instructions(made.as_ref(), address))?;
    out.flush()?;
    serve::serve(listener, app, stop).await;
    store.close().await;
    Ok(())
}

/// A key that signs everything, and a token of Ada's.
async fn make_credentials(store: &SqliteStore) -> Result<Credentials, Failure> {
    let now = SystemClock::new().now();
    let info = TokenInfo::new("ada").with_expires_at(now + TOKEN_LIFETIME);
    let token = issue_token(store, &TokenFormat::new("signed")?, info, now).await?.token;
    let secret = hexadecimal(&Secret::random())?;
    store.add_secret(&KeyId::new(KEY_ID)?, &SecretVersion::new(secret.clone())).await?;
    Ok(Credentials { secret, token })
}

/// The same strength in letters, so that it can stand in a variable: the secret is the text, not what it encodes.
fn hexadecimal(secret: &Secret) -> Result<Secret, Failure> {
    let text = secret.expose_secret().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    Ok(Secret::new(text)?)
}
