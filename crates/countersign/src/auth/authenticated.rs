//! What a handler learns.

use std::sync::Arc;
use std::time::SystemTime;

use countersign_core::{KeyId, TokenInfo};
use http::Extensions;

use crate::auth::Challenge;
#[cfg(any(feature = "axum", feature = "gate"))]
use crate::auth::{AuthError, AuthErrorKind};
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

    /// Looks it up where nothing can be done without it: in a gate, in an extractor.
    #[cfg(any(feature = "axum", feature = "gate"))]
    pub(crate) fn required(extensions: &Extensions) -> Result<&Self, AuthError> {
        extensions.get().ok_or_else(|| match extensions.get::<Anonymous>() {
            Some(Anonymous { challenges }) => {
                AuthError::new(AuthErrorKind::MissingCredentials).with_challenges(challenges.to_vec())
            }
            None => AuthError::new(AuthErrorKind::Misconfigured).with_reason(NO_LAYER),
        })
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

/// What the operator reads when an extractor or a gate has no layer outside it.
#[cfg(any(feature = "axum", feature = "gate"))]
pub(crate) const NO_LAYER: &str =
    "no layer has authenticated this request: put BearerTokenLayer or HmacAuthLayer around the route, outside";

/// Marks a request that a layer let through without credentials, and keeps what that layer would have asked for: a gate or
/// a handler inside may want to know who calls after all.
#[derive(Clone)]
pub(crate) struct Anonymous {
    #[cfg_attr(
        not(any(feature = "axum", feature = "gate")),
        expect(dead_code, reason = "only they refuse the anonymous")
    )]
    challenges: Arc<[Challenge]>,
}

impl Anonymous {
    pub(crate) fn new(challenges: Vec<Challenge>) -> Self {
        Self { challenges: challenges.into() }
    }
}
