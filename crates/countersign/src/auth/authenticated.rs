//! What a handler learns.

use std::sync::Arc;
use std::time::SystemTime;

use countersign_core::{KeyId, TokenInfo};
use http::Extensions;

#[cfg(feature = "hmac")]
use crate::hmac::Coverage;

/// Who sent the request, by which method, what was covered, and when that was found: in the extensions of every request
/// that a layer let through.
///
/// Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Authenticated {
    method: &'static str,
    who: Who,
    at: SystemTime,
    #[cfg(feature = "hmac")]
    covered: Coverage,
}

#[derive(Clone, Debug)]
enum Who {
    Key { key_id: KeyId, secret_label: Option<Arc<str>> },
    Token(TokenInfo),
}

impl Authenticated {
    /// Authenticated by a token, with the auth-scheme `method`.
    #[must_use]
    pub const fn by_token(method: &'static str, token: TokenInfo, at: SystemTime) -> Self {
        Self {
            method,
            who: Who::Token(token),
            at,
            #[cfg(feature = "hmac")]
            covered: Coverage::NONE,
        }
    }

    /// Authenticated by a signature of the format `method`, made with this key.
    #[must_use]
    pub const fn by_key(method: &'static str, key_id: KeyId, secret_label: Option<Arc<str>>, at: SystemTime) -> Self {
        Self {
            method,
            who: Who::Key { key_id, secret_label },
            at,
            #[cfg(feature = "hmac")]
            covered: Coverage::NONE,
        }
    }

    /// Says what the signature covered.
    #[cfg(feature = "hmac")]
    #[must_use]
    pub const fn with_covered(mut self, covered: Coverage) -> Self {
        self.covered = covered;
        self
    }

    /// Looks it up in a request's extensions; `None` where no layer put it.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// By which method: the auth-scheme of a token, or the name of a signature format.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        self.method
    }

    /// Who: the token's subject, or the key id.
    #[must_use]
    pub fn subject(&self) -> &str {
        match &self.who {
            Who::Key { key_id, .. } => key_id.as_str(),
            Who::Token(token) => token.subject(),
        }
    }

    /// What is known of the token, if it was one.
    #[must_use]
    pub const fn token(&self) -> Option<&TokenInfo> {
        match &self.who {
            Who::Token(token) => Some(token),
            Who::Key { .. } => None,
        }
    }

    /// Which key signed, if one did.
    #[must_use]
    pub const fn key_id(&self) -> Option<&KeyId> {
        match &self.who {
            Who::Key { key_id, .. } => Some(key_id),
            Who::Token(_) => None,
        }
    }

    /// Which of the key's secrets matched, if it has a label: the old one during a rotation, say.
    #[must_use]
    pub fn secret_label(&self) -> Option<&str> {
        match &self.who {
            Who::Key { secret_label, .. } => secret_label.as_deref(),
            Who::Token(_) => None,
        }
    }

    /// The application's own value of this type, if the token store attached one.
    #[must_use]
    pub fn data<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.token().and_then(TokenInfo::data)
    }

    /// What the signature covered; nothing for a token, which proves possession only.
    #[cfg(feature = "hmac")]
    #[must_use]
    pub const fn covered(&self) -> Coverage {
        self.covered
    }

    /// When that was found, by the layer's clock.
    #[must_use]
    pub const fn at(&self) -> SystemTime {
        self.at
    }
}

/// Who calls, behind a layer that [lets requests without credentials through](crate::AuthLayer::with_optional).
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_enums, reason = "known or not: there is no third")]
pub enum Caller {
    /// The request had no credentials.
    Anonymous,
    /// It had good ones.
    Authenticated(Authenticated),
}

impl Caller {
    /// Looks it up in a request's extensions; `None` where no layer put it.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Option<Self> {
        match extensions.get::<Authenticated>() {
            Some(authenticated) => Some(Self::Authenticated(authenticated.clone())),
            None => extensions.get::<Anonymous>().map(|_| Self::Anonymous),
        }
    }
}

/// Marks a request that an optional layer let through without credentials.
#[derive(Clone, Copy)]
pub(crate) struct Anonymous;
