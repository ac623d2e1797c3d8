//! How a Redis is used.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::{Client, ConnectionInfo, IntoConnectionInfo, ProtocolVersion};

use crate::link::Link;
use crate::open_error::{OpenError, OpenErrorKind};
use crate::server::Demands;
use crate::store::{RedisStore, Settings};
use crate::target::Target;

/// Which Redis is used, and how.
///
/// ```no_run
/// use std::time::Duration;
///
/// use countersign_redis::RedisOptions;
///
/// # async fn example() -> Result<(), countersign_redis::OpenError> {
/// let store = RedisOptions::new("redis://:password@redis.internal:6379/0")
///     .with_key_prefix("acme-auth")
///     .with_longest_window(Duration::from_secs(601)) // five minutes to each side, and a second
///     .connect()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "nothing is connected before `connect` or `create` is called"]
pub struct RedisOptions {
    url: String,
    prefix: String,
    patience: Duration,
    settings: Settings,
    demands: Demands,
}

impl RedisOptions {
    /// The Redis at this URL: `redis://`, `rediss://` with the feature `tls`, or `redis+unix://`, with
    /// `[user][:password@]host[:port][/database]`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            prefix: "countersign".to_owned(),
            patience: Duration::from_secs(1),
            settings: Settings::default(),
            demands: Demands { blind: false, may_evict: false, may_forget: false },
        }
    }

    /// What the keys of this store begin with, so that several share a Redis: `countersign` by default, and all keys begin
    /// with `{countersign}:`. The braces make it a hash tag: in a cluster all keys of a store are in one slot.
    ///
    /// 1 to 128 bytes, without braces; anything else is refused when connecting.
    pub fn with_key_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long an answer may take, connecting included, before it is an error: 1 s by default, and at least 1 ms.
    ///
    /// What changes many tokens in one step gets ten times as long.
    pub fn with_response_timeout(mut self, timeout: Duration) -> Self {
        self.patience = timeout.max(Duration::from_millis(1));
        self
    }

    /// How many spent nonces there may be at once, 2^20 by default, and at most a tenth of them of one key.
    ///
    /// When they are all live, [`claim`](countersign_core::NonceStore::claim) answers
    /// [`Claim::Full`](countersign_core::Claim::Full). Of several processes, each goes by its own.
    pub const fn with_nonce_capacity(mut self, capacity: usize) -> Self {
        self.settings.nonce_capacity = capacity;
        self
    }

    /// For how long at least nothing is accepted once spent nonces are known to be lost: 1 h, 1 min and 1 s by default.
    ///
    /// The store refuses a nonce for as long after the loss as its own `expires` is after `now`, or for this long if that
    /// is more. The layers of `countersign` ask for the leeways to both sides and a second more, so that
    /// [`Duration::ZERO`] is safe with them, and costs no longer than it must. Whoever calls
    /// [`claim`](countersign_core::NonceStore::claim) with an `expires` that does not move with `now` needs here the longest
    /// time for which a nonce may be claimed.
    pub const fn with_longest_window(mut self, window: Duration) -> Self {
        self.settings.longest_window = window;
        self
    }

    /// Acknowledges a change and a fresh nonce only when this many replicas have them, so that the promotion of one of them
    /// loses nothing (`WAIT`). 0 by default. When they do not answer in time it is an error, and the change may be made.
    ///
    /// That nothing was lost is not known to whoever comes after a promotion: no nonce is accepted for the
    /// [longest window](Self::with_longest_window) all the same.
    pub const fn with_wait_for_replicas(mut self, count: u32) -> Self {
        self.settings.replicas = count;
        self
    }

    /// Acknowledges a change of tokens and secrets only when it is on the disk, so that a loss of power takes nothing
    /// (`WAITAOF`, Redis 7.2 or Valkey; an error with others). Nonces do not wait.
    ///
    /// With `appendfsync everysec` each change then takes up to two seconds, so give
    /// [`with_response_timeout`](Self::with_response_timeout) more than that. `appendfsync always` promises the same, for
    /// nonces too, in less time.
    pub const fn with_wait_for_disk(mut self) -> Self {
        self.settings.wait_for_disk = true;
        self
    }

    /// Keeps nothing but nonces in this Redis: it need not write an append-only file then, and changes of tokens and secrets
    /// are refused.
    ///
    /// Without that file, nothing is accepted for the [longest window](Self::with_longest_window) after each restart of
    /// Redis.
    pub const fn with_nonces_only(mut self) -> Self {
        self.settings.nonces_only = true;
        self
    }

    /// Takes a Redis that throws keys away when its memory is full: a spent nonce, a token or the list of revocations may
    /// vanish unseen, and what was refused be accepted.
    pub const fn with_insecure_eviction(mut self) -> Self {
        self.demands.may_evict = true;
        self
    }

    /// Takes a Redis that writes no append-only file: a crash loses issued tokens, and takes revocations back.
    pub const fn with_insecure_volatility(mut self) -> Self {
        self.demands.may_forget = true;
        self
    }

    /// Takes a Redis that does not let us ask for `INFO`, on your word that it does not evict, writes an append-only file,
    /// and has loaded it whole after every restart: lost nonces are noticed only if everything else is lost with them.
    pub const fn with_insecure_hidden_settings(mut self) -> Self {
        self.demands.blind = true;
        self
    }

    /// Connects to a store, whatever is in it.
    ///
    /// Where nothing is in it, no nonce is accepted for the [longest window](Self::with_longest_window), since spent ones may
    /// have been lost; [`create`](Self::create) begins anew without that wait.
    ///
    /// # Errors
    /// When Redis cannot be reached, or will not do; nothing was changed then.
    pub async fn connect(self) -> Result<RedisStore, OpenError> {
        let settings = self.settings.clone();
        let changes = Link::new(self.target()?);
        changes.open().await?;
        Ok(RedisStore::new(changes, settings))
    }

    /// Begins a new store, once, and connects to it: on your word that no nonce was spent under this prefix before, or that
    /// no signature of that time is fresh any more. So this is for an installation, not for each start of a service: after a
    /// loss of everything it would begin anew as if nothing had been spent.
    ///
    /// # Errors
    /// When there is something of this prefix already. When Redis cannot be reached, or will not do.
    pub async fn create(self) -> Result<RedisStore, OpenError> {
        let settings = self.settings.clone();
        let target = self.target()?;
        target.create().await?;
        let changes = Link::new(target);
        changes.open().await?;
        Ok(RedisStore::new(changes, settings))
    }

    fn target(self) -> Result<Target, OpenError> {
        let refused = |address: &Arc<str>, why: Box<dyn std::error::Error + Send + Sync>| {
            OpenError::new(OpenErrorKind::InvalidOptions, address).with_source(why)
        };
        let nowhere = Arc::from("");
        let info = self.url.as_str().into_connection_info().map_err(|error| refused(&nowhere, error.into()))?;
        let address = Arc::from(info.addr().to_string());
        if self.prefix.is_empty() || self.prefix.len() > 128 || self.prefix.contains(['{', '}']) {
            return Err(refused(&address, "a prefix has 1 to 128 bytes, and no braces".into()));
        }
        can_encrypt(&info).map_err(|why| refused(&address, why.into()))?;
        let redis = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let info = info.set_redis_settings(redis).set_tcp_settings(TcpSettings::default().set_nodelay(true));
        let mut demands = self.demands;
        demands.may_forget |= self.settings.nonces_only;
        Ok(Target {
            client: Client::open(info).map_err(|error| refused(&address, error.into()))?,
            address,
            base: format!("{{{}}}:", self.prefix).into(),
            demands,
            patience: self.patience,
        })
    }
}

impl fmt::Debug for RedisOptions {
    /// Leaves the URL out: there may be a password in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisOptions")
            .field("prefix", &self.prefix)
            .field("patience", &self.patience)
            .field("settings", &self.settings)
            .field("demands", &self.demands)
            .finish_non_exhaustive()
    }
}

/// rustls would panic without a provider.
#[cfg(feature = "tls")]
fn can_encrypt(info: &ConnectionInfo) -> Result<(), &'static str> {
    let encrypts = matches!(info.addr(), redis::ConnectionAddr::TcpTls { .. });
    if encrypts && rustls::crypto::CryptoProvider::get_default().is_none() {
        return Err("install a crypto provider of rustls first: CryptoProvider::install_default");
    }
    Ok(())
}

#[cfg(not(feature = "tls"))]
const fn can_encrypt(_info: &ConnectionInfo) -> Result<(), &'static str> {
    Ok(())
}
