//! What a handler learns.

use std::any::Any;
use std::sync::Arc;
use std::time::SystemTime;

use countersign_core::{KeyId, TokenInfo};
use http::Extensions;

use crate::auth::Challenge;
#[cfg(feature = "hmac")]
use crate::auth::challenge::is_token;
#[cfg(any(feature = "axum", feature = "gate", feature = "hmac"))]
use crate::auth::{AuthError, AuthErrorKind};
#[cfg(feature = "hmac")]
use crate::hmac::{Coverage, ResponseSeal};

/// Who sent the request, by which method, what was covered, and when that was found: in the extensions of every request
/// that a layer let through.
///
/// Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Authenticated {
    who: Who,
    at: SystemTime,
    #[cfg(feature = "hmac")]
    covered: Coverage,
    /// What signs the response, where the format does that.
    #[cfg(feature = "hmac")]
    response: Option<Arc<ResponseSeal>>,
}

/// What is the same for every request with these credentials is shared by all of them: little is moved and nothing copied
/// for each.
#[derive(Clone, Debug)]
enum Who {
    Key(Arc<KeyFacts>),
    Token { method: &'static str, info: TokenInfo },
}

/// What is known of one secret of a key, apart from the secret.
#[derive(Debug)]
pub(crate) struct KeyFacts {
    pub(crate) method: &'static str,
    /// The auth-scheme of the layer's challenge.
    #[cfg_attr(not(feature = "hmac"), expect(dead_code, reason = "only signatures cover more or less"))]
    pub(crate) challenge: Option<&'static str>,
    pub(crate) key_id: KeyId,
    pub(crate) secret_label: Option<Arc<str>>,
    pub(crate) data: Option<Arc<dyn Any + Send + Sync>>,
}

impl Authenticated {
    /// Authenticated by a token, with the auth-scheme `method`.
    #[must_use]
    pub const fn by_token(method: &'static str, token: TokenInfo, at: SystemTime) -> Self {
        Self::new(Who::Token { method, info: token }, at)
    }

    /// Authenticated by a signature of the format `method`, made with this key.
    #[must_use]
    pub fn by_key(method: &'static str, key_id: KeyId, secret_label: Option<Arc<str>>, at: SystemTime) -> Self {
        let facts = KeyFacts { method, challenge: None, key_id, secret_label, data: None };
        Self::new(Who::Key(Arc::new(facts)), at)
    }

    /// The same, where what is known of the key is at hand.
    #[cfg(feature = "hmac")]
    pub(crate) const fn by_known_key(key: Arc<KeyFacts>, at: SystemTime) -> Self {
        Self::new(Who::Key(key), at)
    }

    const fn new(who: Who, at: SystemTime) -> Self {
        Self {
            who,
            at,
            #[cfg(feature = "hmac")]
            covered: Coverage::NONE,
            #[cfg(feature = "hmac")]
            response: None,
        }
    }

    /// Says what the signature covered.
    #[cfg(feature = "hmac")]
    #[must_use]
    pub const fn with_covered(mut self, covered: Coverage) -> Self {
        self.covered = covered;
        self
    }

    #[cfg(feature = "hmac")]
    pub(crate) fn with_response_seal(mut self, seal: ResponseSeal) -> Self {
        self.response = Some(Arc::new(seal));
        self
    }

    #[cfg(feature = "hmac")]
    pub(crate) const fn response_seal(&self) -> Option<&Arc<ResponseSeal>> {
        self.response.as_ref()
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
            None => nobody_found(extensions),
        })
    }

    /// By which method: the auth-scheme of a token, or the name of a signature format.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match &self.who {
            Who::Key(key) => key.method,
            Who::Token { method, .. } => method,
        }
    }

    /// Who: the token's subject, or the key id.
    #[must_use]
    pub fn subject(&self) -> &str {
        match &self.who {
            Who::Key(key) => key.key_id.as_str(),
            Who::Token { info, .. } => info.subject(),
        }
    }

    /// What is known of the token, if it was one.
    #[must_use]
    pub const fn token(&self) -> Option<&TokenInfo> {
        match &self.who {
            Who::Token { info, .. } => Some(info),
            Who::Key(_) => None,
        }
    }

    /// Which key signed, if one did.
    #[must_use]
    pub fn key_id(&self) -> Option<&KeyId> {
        match &self.who {
            Who::Key(key) => Some(&key.key_id),
            Who::Token { .. } => None,
        }
    }

    /// Which of the key's secrets matched, if it has a label: the old one during a rotation, say.
    #[must_use]
    pub fn secret_label(&self) -> Option<&str> {
        match &self.who {
            Who::Key(key) => key.secret_label.as_deref(),
            Who::Token { .. } => None,
        }
    }

    /// The application's own value of this type, if the store attached one to the token
    /// ([`TokenInfo::with_data`]) or to the key ([`Secrets::with_data`](countersign_core::Secrets::with_data)).
    #[must_use]
    pub fn data<T: Send + Sync + 'static>(&self) -> Option<&T> {
        match &self.who {
            Who::Token { info, .. } => info.data(),
            Who::Key(key) => key.data.as_deref().and_then(<dyn Any + Send + Sync>::downcast_ref),
        }
    }

    /// What the signature covered; nothing for a token, which proves possession only. A body that is not there is covered.
    #[cfg(feature = "hmac")]
    #[must_use]
    pub const fn covered(&self) -> Coverage {
        self.covered
    }

    /// Wants so much covered, where a handler needs more than its layer does.
    ///
    /// # Errors
    /// [`AuthErrorKind::InsufficientCoverage`](crate::AuthErrorKind::InsufficientCoverage) when the signature covers less: 401
    /// with the format's challenge, or 403 for a token, which no better token would change. In a handler of axum's, `?` makes
    /// [`ExtractorRejection`](crate::axum::ExtractorRejection) of it, which is the response.
    #[cfg(feature = "hmac")]
    pub fn require_covered(&self, wanted: Coverage) -> Result<(), AuthError> {
        if self.covered.contains(wanted) {
            return Ok(());
        }
        let refused = AuthError::new(AuthErrorKind::InsufficientCoverage);
        Err(match &self.who {
            Who::Token { info, .. } => refused.with_status(http::StatusCode::FORBIDDEN).with_token(info.clone()),
            Who::Key(key) => {
                let named = key.challenge.or_else(|| Some(key.method).filter(|method| is_token(method)));
                let challenges = named.map(Challenge::new).into_iter().collect();
                refused.with_key_id(key.key_id.clone()).with_challenges(challenges)
            }
        })
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

/// Why there is nobody: no layer is there, or one that does not know yet.
#[cfg(any(feature = "axum", feature = "gate", feature = "hmac"))]
pub(crate) fn nobody_found(extensions: &Extensions) -> AuthError {
    #[cfg(feature = "hmac")]
    if let Some(error) = crate::auth::unproved::not_yet(extensions) {
        return error;
    }
    let _ = extensions;
    AuthError::new(AuthErrorKind::Misconfigured).with_reason(NO_LAYER)
}

/// What the operator reads when an extractor or a gate has no layer outside it.
#[cfg(any(feature = "axum", feature = "gate", feature = "hmac"))]
const NO_LAYER: &str =
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
