//! Which tokens an administrator means, and what is to change.

use std::time::SystemTime;

use crate::{TokenDigest, TokenInfo, TokenState};

/// Picks tokens: those that meet everything it asks for.
///
/// ```
/// use countersign_core::{TokenFilter, TokenInfo};
///
/// let of_ada = TokenFilter::all().with_subject("ada");
/// assert!(of_ada.picks(&TokenInfo::new("ada")) && !of_ada.picks(&TokenInfo::new("eve")));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct TokenFilter {
    subject: Option<Box<str>>,
    organisation: Option<Box<str>>,
    client_id: Option<Box<str>>,
    state: Option<(TokenState, SystemTime)>,
}

impl TokenFilter {
    /// All tokens there are.
    pub const fn all() -> Self {
        Self { subject: None, organisation: None, client_id: None, state: None }
    }

    /// Only those of this subject, compared byte by byte.
    pub fn with_subject(mut self, subject: impl Into<Box<str>>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Only those that are bound to this organisation, compared byte by byte.
    pub fn with_organisation(mut self, organisation: impl Into<Box<str>>) -> Self {
        self.organisation = Some(organisation.into());
        self
    }

    /// Only those that were issued to this application, compared byte by byte.
    pub fn with_client_id(mut self, client_id: impl Into<Box<str>>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// Only those that are in this state at `now`.
    pub const fn with_state(mut self, state: TokenState, now: SystemTime) -> Self {
        self.state = Some((state, now));
        self
    }

    /// The subject it asks for.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// The organisation it asks for.
    #[must_use]
    pub fn organisation(&self) -> Option<&str> {
        self.organisation.as_deref()
    }

    /// The application it asks for.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// The state it asks for, and when.
    #[must_use]
    pub const fn state(&self) -> Option<(TokenState, SystemTime)> {
        self.state
    }

    /// Whether it picks this token.
    #[must_use]
    pub fn picks(&self, token: &TokenInfo) -> bool {
        self.subject().is_none_or(|subject| subject == token.subject())
            && self.organisation().is_none_or(|organisation| Some(organisation) == token.organisation())
            && self.client_id().is_none_or(|client_id| Some(client_id) == token.client_id())
            && self.state.is_none_or(|(state, now)| state == TokenState::of(token, now))
    }
}

/// What is to change in a token's record.
///
/// ```
/// use countersign_core::{TokenChange, TokenInfo};
///
/// let token = TokenInfo::new("ada").with_note("laptop");
/// assert_eq!(TokenChange::new().with_note("old laptop").of(token).note(), Some("old laptop"));
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct TokenChange {
    note: Option<Option<Box<str>>>,
    expires_at: Option<Option<SystemTime>>,
}

impl TokenChange {
    /// Nothing.
    pub const fn new() -> Self {
        Self { note: None, expires_at: None }
    }

    /// Another note.
    pub fn with_note(mut self, note: impl Into<Box<str>>) -> Self {
        self.note = Some(Some(note.into()));
        self
    }

    /// No note.
    pub fn without_note(mut self) -> Self {
        self.note = Some(None);
        self
    }

    /// Another end.
    pub const fn with_expires_at(mut self, expires_at: SystemTime) -> Self {
        self.expires_at = Some(Some(expires_at));
        self
    }

    /// No end.
    pub const fn without_expires_at(mut self) -> Self {
        self.expires_at = Some(None);
        self
    }

    /// `None` to leave the note as it is, `Some(None)` to take it away.
    #[must_use]
    pub fn note(&self) -> Option<Option<&str>> {
        self.note.as_ref().map(Option::as_deref)
    }

    /// `None` to leave the expiry as it is, `Some(None)` to take it away.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Option<SystemTime>> {
        self.expires_at
    }

    /// The record after the change.
    #[must_use]
    pub fn of(&self, token: TokenInfo) -> TokenInfo {
        let token = match self.note() {
            None => token,
            Some(None) => token.without_note(),
            Some(Some(note)) => token.with_note(note),
        };
        match self.expires_at {
            None => token,
            Some(None) => token.without_expires_at(),
            Some(Some(expires_at)) => token.with_expires_at(expires_at),
        }
    }
}

/// When a token was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "which, when: there is nothing more to it")]
pub struct TokenUse {
    /// Which token.
    pub digest: TokenDigest,
    /// When.
    pub at: SystemTime,
}
