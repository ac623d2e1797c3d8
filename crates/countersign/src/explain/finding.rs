//! What was found.

use std::fmt;
use std::sync::Arc;

use crate::auth::{AuthError, AuthErrorKind};
use crate::explain::Change;

/// One thing that was found about a request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Finding {
    /// The signature is right for another request than the one that arrived, and that is how it differs.
    Mismatch(Mismatch),
    /// The request is refused for this, whatever its signature.
    Refusal(Refusal),
    /// Nothing speaks against the request but that it may have been seen before: what is spent is known to the running
    /// service alone.
    ReplayUnknown,
}

/// How what was signed differs from what arrived.
#[derive(Clone, Debug)]
pub struct Mismatch {
    pub(super) changes: Vec<Change>,
    pub(super) differences: Vec<Difference>,
    pub(super) secret_label: Option<Arc<str>>,
    pub(super) public_url: Option<String>,
}

impl Mismatch {
    /// What was signed, as it differs from what arrived: one change mostly, and as many as are needed to get from one to the
    /// other; the least likely never before the most likely.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// What was signed beside what arrived; nothing where the change is in the credentials.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// The label of the secret with which it was signed, where it has one.
    #[must_use]
    pub fn secret_label(&self) -> Option<&Arc<str>> {
        self.secret_label.as_ref()
    }

    /// The public URL with which the layer would have verified the request, where that is what it needs.
    #[must_use]
    pub fn public_url(&self) -> Option<&str> {
        self.public_url.as_deref()
    }
}

/// A part of what was signed beside the same part of what arrived, around the first byte in which they differ. Secrets and
/// credentials are left out, what a terminal would obey is escaped.
#[derive(Clone, Debug)]
pub struct Difference {
    pub(super) part: &'static str,
    pub(super) signed: String,
    pub(super) arrived: String,
}

impl Difference {
    /// Which part: `method`, `scheme`, `authority`, `path`, `query` or `body`.
    #[must_use]
    pub const fn part(&self) -> &'static str {
        self.part
    }

    /// What was signed.
    #[must_use]
    pub fn signed(&self) -> &str {
        &self.signed
    }

    /// What arrived.
    #[must_use]
    pub fn arrived(&self) -> &str {
        &self.arrived
    }
}

/// Why a request is refused, whatever its signature.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub(super) kind: AuthErrorKind,
    pub(super) text: String,
    pub(super) advice: &'static str,
}

impl Refusal {
    pub(super) fn of(error: &AuthError) -> Self {
        let text = error.reason().map_or_else(|| situation(error.kind()).to_owned(), str::to_owned);
        Self { kind: error.kind(), text, advice: advice(error.kind()) }
    }

    pub(super) fn new(kind: AuthErrorKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), advice: advice(kind) }
    }

    /// As what the layer refuses it.
    #[must_use]
    pub const fn kind(&self) -> AuthErrorKind {
        self.kind
    }

    /// What the operator can do about it, in one sentence.
    #[must_use]
    pub const fn advice(&self) -> &'static str {
        self.advice
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

const fn situation(kind: AuthErrorKind) -> &'static str {
    match kind {
        AuthErrorKind::AmbiguousTarget => "the target can be read in two ways",
        AuthErrorKind::CredentialsTooLong => "the credentials are longer than 8 KiB",
        AuthErrorKind::InsufficientCoverage => "the signature does not cover what it has to",
        AuthErrorKind::MalformedCredentials => "the credentials are malformed",
        AuthErrorKind::MethodNotAllowed => "the format has another method",
        AuthErrorKind::MissingCredentials => "there are no credentials of this format",
        AuthErrorKind::SeveralCredentials => "there are several credentials where there must be one",
        AuthErrorKind::UnknownKey => "the key has no secret",
        _ => "the request is refused",
    }
}

const fn advice(kind: AuthErrorKind) -> &'static str {
    match kind {
        AuthErrorKind::AmbiguousTarget => "Let the proxy send one Host, and the target that it belongs to.",
        AuthErrorKind::BadSignature => {
            "Something changed the body on the way, or the sender took the digest of another one."
        }
        AuthErrorKind::FromTheFuture => "The sender's clock is ahead, or this one is behind: synchronise both.",
        AuthErrorKind::InsufficientCoverage => {
            "Let the sender sign what is missing; what a signature leaves out, anybody can change."
        }
        AuthErrorKind::MalformedCredentials => {
            "Let the sender keep to the format, or configure what the reason speaks of."
        }
        AuthErrorKind::Misconfigured => "Store the secret as its owner hands it out.",
        AuthErrorKind::MissingCredentials => {
            "Look whether the sender signs at all, in this format, and whether a proxy takes the fields off."
        }
        AuthErrorKind::SeveralCredentials => "Let one of them be sent, and look for a proxy that adds another.",
        AuthErrorKind::Stale => {
            "A sender's clock is behind, the request waited somewhere, or it is an old one that was kept: judge that with the time at which it arrived."
        }
        AuthErrorKind::UnknownKey => {
            "Look for the key id among the keys that are stored, and whether its secrets are over."
        }
        _ => "See the documentation of this kind of refusal.",
    }
}
