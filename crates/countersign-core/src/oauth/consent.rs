//! What users have consented to.

use std::time::SystemTime;

use crate::Scope;

/// A user's consent to what an application may do for them in its organisation.
///
/// There is one at most of a subject, an application and an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Consent {
    /// The name of the record itself; not secret. [`new_token_id`](crate::new_token_id) makes one.
    pub id: Box<str>,
    /// Whose consent it is.
    pub subject: Box<str>,
    /// To which application.
    pub client_id: Box<str>,
    /// In which organisation.
    pub organisation: Box<str>,
    /// To what.
    pub scope: Scope,
    /// When it was first given.
    pub created_at: SystemTime,
    /// When it was last given.
    pub updated_at: SystemTime,
}

impl Consent {
    /// A consent to nothing in particular.
    #[must_use]
    pub fn new(
        id: impl Into<Box<str>>,
        subject: impl Into<Box<str>>,
        client_id: impl Into<Box<str>>,
        organisation: impl Into<Box<str>>,
        created_at: SystemTime,
    ) -> Self {
        Self {
            id: id.into(),
            subject: subject.into(),
            client_id: client_id.into(),
            organisation: organisation.into(),
            scope: Scope::none(),
            created_at,
            updated_at: created_at,
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

    /// Sets [`updated_at`](Self::updated_at).
    #[must_use]
    pub fn with_updated_at(self, updated_at: SystemTime) -> Self {
        Self { updated_at, ..self }
    }

    /// Whether it is a consent to all of this.
    #[must_use]
    pub fn covers(&self, scope: &Scope) -> bool {
        scope.iter().all(|token| self.scope.contains(token))
    }

    /// This one after it was given once more: it covers what either covers, the older scope-tokens first, and keeps its id
    /// and the time when it was first given.
    #[must_use]
    pub fn given_again(self, again: &Self) -> Self {
        // Of valid scope-tokens every list is one.
        let both = Scope::new(self.scope.iter().chain(again.scope.iter())).unwrap_or_default();
        Self { scope: both, updated_at: again.updated_at, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consent_that_is_given_again_covers_both() {
        let at = |seconds| SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        let given = |id: &str, scope: &str, time| {
            Consent::new(id, "ada", "client", "acme", at(time)).with_scope(scope.parse().unwrap())
        };
        let both = given("1", "b a", 1).given_again(&given("2", "a c", 2));
        assert_eq!(both, given("1", "b a c", 1).with_updated_at(at(2)));
        assert!(both.covers(&"c b".parse().unwrap()) && both.covers(&Scope::none()));
        assert!(!both.covers(&"a d".parse().unwrap()));
    }
}
