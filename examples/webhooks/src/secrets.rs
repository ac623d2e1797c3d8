//! Where the secrets are, and the random ones to try things with.

use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;

use countersign::{KeyId, NonceStore, Secret, SecretAdmin, SecretStore, SecretVersion};
use countersign_redis::RedisStore;
use countersign_sqlx::{PostgresStore, SqliteStore};

/// All that this program wants of a store.
pub(crate) trait Store: SecretStore + SecretAdmin + NonceStore {}

impl<S: SecretStore + SecretAdmin + NonceStore> Store for S {}

/// Whichever store it is.
pub(crate) type SharedStore = Arc<dyn Store>;

/// Opens the store that the URL names, or makes it. A SQLite file and the tables of PostgreSQL are made where there are none
/// in any case; a Redis that nobody has made counts as one that has lost what was delivered, and refuses deliveries for an hour.
pub(crate) async fn open(url: &str, create: bool) -> Result<SharedStore, Box<dyn Error>> {
    // What is wrong with a URL is said without it: there may be a password in it.
    match url.split_once(':') {
        Some(("sqlite", file)) if create => Ok(Arc::new(SqliteStore::create(file).await?)),
        Some(("sqlite", file)) => Ok(Arc::new(SqliteStore::open_or_create(file).await?)),
        Some(("postgres" | "postgresql", _)) => Ok(Arc::new(PostgresStore::connect_or_migrate(url).await?)),
        Some(("redis" | "rediss", _)) if create => Ok(Arc::new(RedisStore::create(url).await?)),
        Some(("redis" | "rediss", _)) => Ok(Arc::new(RedisStore::connect(url).await?)),
        _ => Err("the store is none that is known: sqlite:FILE, postgres://… or redis://…".into()),
    }
}

/// Who signs: the key id of its secret in the store, and the variable that the printed commands read the secret from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provider {
    GitHub,
    Stripe,
    Slack,
    StandardWebhooks,
}

impl Provider {
    pub(crate) const ALL: [Self; 4] = [Self::GitHub, Self::Stripe, Self::Slack, Self::StandardWebhooks];

    /// The formats name no key in the request: these are the key ids that they ask the store for.
    pub(crate) const fn key_id(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::Stripe => "stripe",
            Self::Slack => "slack",
            Self::StandardWebhooks => "standard-webhooks",
        }
    }

    pub(crate) const fn variable(self) -> &'static str {
        match self {
            Self::GitHub => "GITHUB_SECRET",
            Self::Stripe => "STRIPE_SECRET",
            Self::Slack => "SLACK_SECRET",
            Self::StandardWebhooks => "STANDARD_SECRET",
        }
    }

    /// A new secret, spelled as the provider spells its own.
    fn new_secret(self) -> Result<Secret, Box<dyn Error>> {
        let random = Secret::random();
        let hex = random.expose_secret().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        // 64 hexadecimal digits are base64 too, of 48 bytes: for Standard Webhooks they are the key that they decode to.
        let prefix = if matches!(self, Self::Stripe | Self::StandardWebhooks) { "whsec_" } else { "" };
        Ok(Secret::new(format!("{prefix}{hex}"))?)
    }
}

/// Makes a secret for each provider that has none, and returns those: they are not to be had again.
pub(crate) async fn make_missing(store: &SharedStore) -> Result<Vec<(Provider, Secret)>, Box<dyn Error>> {
    let mut made = Vec::new();
    for provider in Provider::ALL {
        let key_id = KeyId::new(provider.key_id())?;
        if store.secrets(&key_id).await?.is_empty() {
            let secret = provider.new_secret()?;
            store.add_secret(&key_id, &SecretVersion::new(secret.clone()).with_label("try")).await?;
            made.push((provider, secret));
        }
    }
    Ok(made)
}
