//! Why a request was refused.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use countersign_core::{KeyId, TokenInfo};
use http::StatusCode;

use crate::auth::Challenge;

/// Why a request was refused: for the operator, in the response's extensions and in the log. The caller is told far less.
///
/// This is an opaque struct, so that it can say more one day; match on [`kind`](Self::kind). Cloning is cheap.
#[derive(Clone)]
pub struct AuthError {
    kind: AuthErrorKind,
    status: StatusCode,
    details: Option<Arc<Details>>,
}

#[derive(Clone, Default)]
struct Details {
    reason: Option<&'static str>,
    key_id: Option<KeyId>,
    token: Option<TokenInfo>,
    skew: Option<i64>,
    allow: Option<&'static str>,
    #[cfg(feature = "gate")]
    origin: Option<http::HeaderValue>,
    source: Option<Arc<dyn Error + Send + Sync>>,
    challenges: Option<Vec<Challenge>>,
}

impl AuthError {
    /// A refusal of this kind, with the kind's own status.
    #[must_use]
    pub fn new(kind: AuthErrorKind) -> Self {
        Self { kind, status: kind.status(), details: None }
    }

    /// Says more precisely what was wrong. Must not have anything of the request's in it.
    #[must_use]
    pub fn with_reason(mut self, reason: &'static str) -> Self {
        self.details().reason = Some(reason);
        self
    }

    /// Names the key that was presented.
    #[must_use]
    pub fn with_key_id(mut self, key_id: KeyId) -> Self {
        self.details().key_id = Some(key_id);
        self
    }

    /// Says what is known of the token that was presented.
    #[must_use]
    pub fn with_token(mut self, token: TokenInfo) -> Self {
        self.details().token = Some(token);
        self
    }

    /// Says by how many seconds the request's time differs from ours; positive when it lies in the past.
    #[must_use]
    pub fn with_skew(mut self, seconds: i64) -> Self {
        self.details().skew = Some(seconds);
        self
    }

    /// Names the method that is allowed, for a 405 (RFC 9110 §15.5.6).
    #[must_use]
    pub fn with_allow(mut self, method: &'static str) -> Self {
        self.details().allow = Some(method);
        self
    }

    /// Says which origin was refused.
    #[cfg(feature = "gate")]
    pub(crate) fn with_origin(mut self, origin: &http::HeaderValue) -> Self {
        self.details().origin = Some(origin.clone());
        self
    }

    /// Keeps the error behind this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.details().source = Some(Arc::new(source));
        self
    }

    /// Answers with another status than the kind's own: 400 instead of 401, say, where a standard wants it.
    #[must_use]
    pub const fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Fixes the challenges of the response, none included, where another authenticator than the layer's own knows them.
    pub(crate) fn with_challenges(mut self, challenges: Vec<Challenge>) -> Self {
        self.details().challenges = Some(challenges);
        self
    }

    /// What was wrong.
    #[must_use]
    pub const fn kind(&self) -> AuthErrorKind {
        self.kind
    }

    /// The status of the response.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// What exactly was wrong, where the kind alone does not say.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        self.details.as_ref().and_then(|details| details.reason)
    }

    /// The key that was presented; proved by nothing.
    #[must_use]
    pub fn key_id(&self) -> Option<&KeyId> {
        self.details.as_ref().and_then(|details| details.key_id.as_ref())
    }

    /// What is known of the token that was presented, where the store knew it: which one, since when it is revoked and why,
    /// when it expired. Never its text.
    #[must_use]
    pub fn token(&self) -> Option<&TokenInfo> {
        self.details.as_ref().and_then(|details| details.token.as_ref())
    }

    /// By how many seconds the request's time differs from ours; positive when it lies in the past.
    #[must_use]
    pub fn skew(&self) -> Option<i64> {
        self.details.as_ref().and_then(|details| details.skew)
    }

    /// The `Origin` that was refused, as it was sent; `None` where it is longer than any origin, or not printable ASCII.
    #[cfg(feature = "gate")]
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        let origin = self.details.as_ref()?.origin.as_ref()?;
        origin.to_str().ok().filter(|text| text.len() <= 512)
    }

    pub(crate) fn allow(&self) -> Option<&'static str> {
        self.details.as_ref().and_then(|details| details.allow)
    }

    /// The challenges that were fixed, if they were.
    pub(crate) fn challenges(&self) -> Option<&[Challenge]> {
        self.details.as_ref().and_then(|details| details.challenges.as_deref())
    }

    fn details(&mut self) -> &mut Details {
        Arc::make_mut(self.details.get_or_insert_default())
    }
}

impl From<AuthErrorKind> for AuthError {
    fn from(kind: AuthErrorKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.text())?;
        self.reason().map_or(Ok(()), |reason| write!(f, ": {reason}"))
    }
}

impl fmt::Debug for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("AuthError");
        debug.field("kind", &self.kind).field("status", &self.status.as_u16());
        if let Some(details) = &self.details {
            debug.field("reason", &details.reason).field("key_id", &details.key_id).field("token", &details.token);
            debug.field("skew", &details.skew).field("source", &details.source);
            #[cfg(feature = "gate")]
            debug.field("origin", &self.origin());
        }
        debug.finish()
    }
}

impl Error for AuthError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.details.as_ref()?.source.as_deref()?;
        Some(source)
    }
}

/// Declares the kinds with the status and the text of each.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident => $status:ident, $text:literal;)*) => {
        /// The kinds of refusal, grouped by whose fault they are.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum AuthErrorKind {
            $($(#[$doc])* $kind,)*
        }

        impl AuthErrorKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The status it is answered with unless the layer's documentation says otherwise.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self {
                    $(Self::$kind => StatusCode::$status,)*
                }
            }

            const fn text(self) -> &'static str {
                match self {
                    $(Self::$kind => $text,)*
                }
            }
        }
    };
}

kinds! {
    // The caller sent no, bad or ambiguous credentials.
    /// There are no credentials of this kind.
    MissingCredentials => UNAUTHORIZED, "no credentials";
    /// They are not spelled as their format wants it.
    MalformedCredentials => UNAUTHORIZED, "malformed credentials";
    /// There are several where there must be one.
    SeveralCredentials => BAD_REQUEST, "several credentials";
    /// They are longer than the layer reads.
    CredentialsTooLong => REQUEST_HEADER_FIELDS_TOO_LARGE, "credentials too long";
    /// Which target was meant cannot be told: two `Host`s, two authorities, no path.
    AmbiguousTarget => BAD_REQUEST, "ambiguous target";
    // A signature does not hold.
    /// No secret verifies this key id.
    UnknownKey => UNAUTHORIZED, "unknown key";
    /// None of the key's secrets makes this signature.
    BadSignature => UNAUTHORIZED, "bad signature";
    /// It was made too long ago, or its own time has run out.
    Stale => UNAUTHORIZED, "stale";
    /// It was made too far in the future.
    FromTheFuture => UNAUTHORIZED, "from the future";
    /// It was seen before.
    Replayed => UNAUTHORIZED, "replayed";
    /// It leaves something out that the server wants signed.
    InsufficientCoverage => UNAUTHORIZED, "insufficient coverage";
    // A token is not good.
    /// There is no such token.
    UnknownToken => UNAUTHORIZED, "unknown token";
    /// Its time is over.
    TokenExpired => UNAUTHORIZED, "token expired";
    /// Its time has not come.
    TokenNotYetValid => UNAUTHORIZED, "token not yet valid";
    /// It was revoked.
    TokenRevoked => UNAUTHORIZED, "token revoked";
    // The caller is known and may not do this.
    /// The token's scope does not reach here.
    InsufficientScope => FORBIDDEN, "insufficient scope";
    /// The token belongs to another organisation.
    WrongOrganisation => FORBIDDEN, "wrong organisation";
    /// The page that sent the request has an origin from which the token must not be used.
    WrongOrigin => FORBIDDEN, "wrong origin";
    // The request itself.
    /// Signed messages are not sent with this method.
    MethodNotAllowed => METHOD_NOT_ALLOWED, "method not allowed";
    /// The body is longer than the layer reads.
    BodyTooLarge => PAYLOAD_TOO_LARGE, "body too large";
    /// The body did not arrive in time.
    BodyTimedOut => REQUEST_TIMEOUT, "body timed out";
    /// The body broke off.
    BodyFailed => BAD_REQUEST, "body failed";
    // Ours.
    /// The bodies held at once are as many bytes as they may be.
    BudgetExhausted => SERVICE_UNAVAILABLE, "body budget exhausted";
    /// A store could not answer, or panicked.
    StoreFailed => SERVICE_UNAVAILABLE, "store failed";
    /// A store did not answer in time.
    StoreTimedOut => SERVICE_UNAVAILABLE, "store timed out";
    /// The nonce store has no room for another live nonce.
    NonceStoreFull => SERVICE_UNAVAILABLE, "nonce store full";
    /// The application put its parts together wrongly: an extractor or a gate without a layer before it, a secret that
    /// cannot be decoded.
    Misconfigured => INTERNAL_SERVER_ERROR, "misconfigured";
}
