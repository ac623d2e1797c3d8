//! Why a Redis was not used.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// A Redis was refused, or could not be reached.
///
/// An opaque struct, so that more can be said later; match on [`kind`](Self::kind). What Redis or the system said is its
/// [`source`](Error::source). A password is never shown.
#[derive(Clone, Debug)]
pub struct OpenError {
    kind: OpenErrorKind,
    address: Arc<str>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// What was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenErrorKind {
    /// Something of this prefix is there already, so nothing was created.
    AlreadyExists,
    /// The user or password was not accepted, or may not do what is needed.
    Denied,
    /// Its `maxmemory-policy` may throw away what was acknowledged;
    /// [`with_insecure_eviction`](crate::RedisOptions::with_insecure_eviction) allows that.
    Evicting,
    /// It does not say how it is set up: `INFO` is not allowed;
    /// [`with_insecure_hidden_settings`](crate::RedisOptions::with_insecure_hidden_settings) vouches for it.
    Hidden,
    /// The address or an option cannot be right.
    InvalidOptions,
    /// A newer version of this program has changed the layout of its keys.
    NewerLayout,
    /// It is a replica, which takes no changes.
    Replica,
    /// A node of a cluster that has other keys than those of this prefix.
    OtherNode,
    /// It is older than what is needed.
    TooOld,
    /// It could not be reached, or did not answer in time, or is not ready.
    Unavailable,
    /// It keeps nothing on the disk that would survive it: `appendonly` is `no`;
    /// [`with_nonces_only`](crate::RedisOptions::with_nonces_only) keeps nothing in it that needs that, and
    /// [`with_insecure_volatility`](crate::RedisOptions::with_insecure_volatility) allows it.
    Volatile,
}

impl OpenError {
    pub(crate) fn new(kind: OpenErrorKind, address: &Arc<str>) -> Self {
        Self { kind, address: address.clone(), source: None }
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into().into());
        self
    }

    /// What was wrong.
    #[must_use]
    pub const fn kind(&self) -> OpenErrorKind {
        self.kind
    }

    /// The host and port, or the socket, that it is about; empty when the URL has none.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = match self.kind {
            OpenErrorKind::AlreadyExists => {
                "has keys of this prefix already, so nothing was created; connect to it, or choose another prefix"
            }
            OpenErrorKind::Denied => "did not let us in; check user, password and rights (ACL)",
            OpenErrorKind::Evicting => {
                "throws keys away when its memory is full, revocations and spent nonces among them; set \
                 `maxmemory-policy noeviction`, use another Redis, or allow eviction by name"
            }
            OpenErrorKind::Hidden => {
                "does not say whether it evicts keys and keeps them on the disk, since INFO is not allowed; allow it \
                 (`+info`), or vouch for both by name"
            }
            OpenErrorKind::InvalidOptions => "cannot be used with these options; check the URL and the prefix",
            OpenErrorKind::NewerLayout => {
                "was changed by a newer version of this program; use that version or a newer one"
            }
            OpenErrorKind::Replica => {
                "is a replica and takes no changes; name the master, or an address that follows it"
            }
            OpenErrorKind::OtherNode => {
                "is a node of a cluster that has other keys; name the node that has the slot of this prefix"
            }
            OpenErrorKind::TooOld => "is too old; use Redis 7.0 or newer, or Valkey",
            OpenErrorKind::Unavailable => "cannot be reached or is not ready; check the address, and whether it runs",
            OpenErrorKind::Volatile => {
                "forgets what it acknowledged when it crashes; set `appendonly yes`, keep only nonces in it, \
                 or allow volatility by name"
            }
        };
        let address = if self.address.is_empty() { "" } else { " at " };
        write!(f, "the Redis{address}{} {said}", self.address)
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
