//! Authorization codes.

use std::ops::Range;
use std::time::SystemTime;

use crate::{Scope, TokenDigest};

/// An authorization code (RFC 6749 §4.1.2), and the grant that it stands for. The code itself is in it by its SHA-256 alone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthorizationCode {
    /// SHA-256 of the code. [`mint_code`](super::mint_code) makes one.
    pub digest: TokenDigest,
    /// The name of the grant: of the code, and later of what it gave; not secret. [`new_token_id`](crate::new_token_id) makes
    /// one.
    pub grant_id: Box<str>,
    /// Who may redeem it.
    pub client_id: Box<str>,
    /// Who has granted.
    pub subject: Box<str>,
    /// What is granted is good in this organisation alone.
    pub organisation: Box<str>,
    /// What is granted.
    pub scope: Scope,
    /// The redirect URI as the authorization request had it, which the token request must have too (RFC 6749 §4.1.3); `None`
    /// where it had none.
    pub redirect_uri: Option<Box<str>>,
    /// The code challenge, by the method `S256` (RFC 7636 §4.2): every client is public, and has to prove that it is the one
    /// who asked (RFC 9700 §2.1.1).
    pub code_challenge: Box<str>,
    /// When it was made.
    pub created_at: SystemTime,
    /// Until when it may be redeemed; that instant excluded. Ten minutes at most (RFC 6749 §4.1.2).
    pub expires_at: SystemTime,
    /// When it was redeemed, if it was.
    pub redeemed_at: Option<SystemTime>,
}

impl AuthorizationCode {
    /// A code for nothing in particular, for a request that had no redirect URI; `lifetime` is from `created_at` to
    /// `expires_at`.
    #[must_use]
    pub fn new(
        digest: TokenDigest,
        grant_id: impl Into<Box<str>>,
        client_id: impl Into<Box<str>>,
        subject: impl Into<Box<str>>,
        organisation: impl Into<Box<str>>,
        code_challenge: impl Into<Box<str>>,
        lifetime: Range<SystemTime>,
    ) -> Self {
        Self {
            digest,
            grant_id: grant_id.into(),
            client_id: client_id.into(),
            subject: subject.into(),
            organisation: organisation.into(),
            scope: Scope::none(),
            redirect_uri: None,
            code_challenge: code_challenge.into(),
            created_at: lifetime.start,
            expires_at: lifetime.end,
            redeemed_at: None,
        }
    }

    /// Whether it is of this subject, this application and this organisation.
    #[must_use]
    pub fn is_of(&self, subject: &str, client_id: &str, organisation: &str) -> bool {
        (&*self.subject, &*self.client_id, &*self.organisation) == (subject, client_id, organisation)
    }

    /// Sets [`scope`](Self::scope).
    #[must_use]
    pub fn with_scope(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// Sets [`redirect_uri`](Self::redirect_uri).
    #[must_use]
    pub fn with_redirect_uri(self, redirect_uri: impl Into<Box<str>>) -> Self {
        Self { redirect_uri: Some(redirect_uri.into()), ..self }
    }

    /// Sets [`redeemed_at`](Self::redeemed_at).
    #[must_use]
    pub fn with_redeemed_at(self, redeemed_at: SystemTime) -> Self {
        Self { redeemed_at: Some(redeemed_at), ..self }
    }
}

/// What a store says of a code that somebody wants to redeem.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "whoever redeems must decide on every answer; a new one has to break it")]
pub enum Redemption {
    /// It was not redeemed before, and is spent now. Whoever finds something wrong in what comes with it gives nothing.
    Fresh(AuthorizationCode),
    /// It was not redeemed before, but in time it was not either; it is spent now.
    Expired(AuthorizationCode),
    /// It was redeemed before: somebody else may have it. [Revoke](super::GrantStore::revoke_grant) its grant, which takes
    /// what it gave (RFC 6749 §4.1.2).
    Replayed(AuthorizationCode),
    /// There is no such code: there never was one, or it was revoked or forgotten.
    Unknown,
}
