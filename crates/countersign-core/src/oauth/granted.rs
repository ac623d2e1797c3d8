//! What a grant gives.

use std::time::SystemTime;

use crate::{Scope, StoreError, TokenDigest, TokenInfo};

/// A token for an application, and the refresh token that comes with it, if one does.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GrantedToken {
    /// SHA-256 of the token.
    pub digest: TokenDigest,
    /// What is to be known of it: with an id, an application and an organisation at least.
    pub info: TokenInfo,
    /// What will be followed by another token one day.
    pub refresh: Option<RefreshToken>,
}

impl GrantedToken {
    /// A token without refresh token.
    #[must_use]
    pub const fn new(digest: TokenDigest, info: TokenInfo) -> Self {
        Self { digest, info, refresh: None }
    }

    /// Sets [`refresh`](Self::refresh).
    #[must_use]
    pub fn with_refresh(self, refresh: RefreshToken) -> Self {
        Self { refresh: Some(refresh), ..self }
    }

    /// The application and the organisation that it is for; what every store sees to first.
    ///
    /// # Errors
    /// When it lacks an id, an application or an organisation, and when the refresh token is of another grant than this, or of
    /// another subject, application or organisation.
    pub fn client(&self, grant_id: Option<&str>) -> Result<(&str, &str), StoreError> {
        let info = &self.info;
        let (Some(_), Some(client_id), Some(organisation)) = (info.id(), info.client_id(), info.organisation()) else {
            return Err(StoreError::new("a granted token has an id, an application and an organisation"));
        };
        let is_of_it = |refresh: &RefreshToken| {
            Some(&*refresh.grant_id) == grant_id && refresh.is_of(info.subject(), client_id, organisation)
        };
        if self.refresh.as_ref().is_none_or(is_of_it) {
            Ok((client_id, organisation))
        } else {
            Err(StoreError::new("the refresh token is not of the same grant as the token"))
        }
    }
}

/// A refresh token (RFC 6749 §1.5), which is good for one use (RFC 9700 §4.14.2). All that follow one another are of one
/// family: those of their grant. The token itself is in it by its SHA-256 alone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefreshToken {
    /// SHA-256 of the token.
    pub digest: TokenDigest,
    /// The grant, and so the family, that it is of.
    pub grant_id: Box<str>,
    /// Who may use it.
    pub client_id: Box<str>,
    /// Who has granted.
    pub subject: Box<str>,
    /// In which organisation.
    pub organisation: Box<str>,
    /// What was granted.
    pub scope: Scope,
    /// When it was issued.
    pub created_at: SystemTime,
    /// Until when it is good; that instant excluded.
    pub expires_at: Option<SystemTime>,
    /// When another took its place. It is not good since.
    pub rotated_at: Option<SystemTime>,
}

impl RefreshToken {
    /// A refresh token that is good for ever, for nothing in particular.
    #[must_use]
    pub fn new(
        digest: TokenDigest,
        grant_id: impl Into<Box<str>>,
        client_id: impl Into<Box<str>>,
        subject: impl Into<Box<str>>,
        organisation: impl Into<Box<str>>,
        created_at: SystemTime,
    ) -> Self {
        Self {
            digest,
            grant_id: grant_id.into(),
            client_id: client_id.into(),
            subject: subject.into(),
            organisation: organisation.into(),
            scope: Scope::none(),
            created_at,
            expires_at: None,
            rotated_at: None,
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

    /// Sets [`expires_at`](Self::expires_at).
    #[must_use]
    pub fn with_expires_at(self, expires_at: SystemTime) -> Self {
        Self { expires_at: Some(expires_at), ..self }
    }

    /// Sets [`rotated_at`](Self::rotated_at).
    #[must_use]
    pub fn with_rotated_at(self, rotated_at: SystemTime) -> Self {
        Self { rotated_at: Some(rotated_at), ..self }
    }
}

/// What a store says of a refresh token that somebody wants to use.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "whoever rotates must decide on every answer; a new one has to break it")]
pub enum Rotation {
    /// It was good; the new tokens are in its place now.
    Rotated,
    /// Another is in its place already: somebody else may have it. [Revoke](super::GrantStore::revoke_grant) its grant, which
    /// takes the whole family (RFC 9700 §4.14.2). Nothing was added.
    Reused(RefreshToken),
    /// There is no such token, it was over, or its application is not active. Nothing was added.
    Refused,
}
