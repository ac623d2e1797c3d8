//! Which grants somebody means.

use crate::TokenFilter;

/// Picks grants, and the tokens that applications have: those that meet everything it asks for.
///
/// ```
/// use countersign_core::oauth::GrantFilter;
///
/// let of_ada = GrantFilter::all().with_subject("ada").with_organisation("acme");
/// assert!(of_ada.picks("ada", "any application", "acme") && !of_ada.picks("ada", "any application", "other"));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct GrantFilter {
    subject: Option<Box<str>>,
    client_id: Option<Box<str>>,
    organisation: Option<Box<str>>,
}

impl GrantFilter {
    /// All grants there are.
    pub const fn all() -> Self {
        Self { subject: None, client_id: None, organisation: None }
    }

    /// Only those of this subject, compared byte by byte.
    pub fn with_subject(self, subject: impl Into<Box<str>>) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }

    /// Only those to this application, compared byte by byte.
    pub fn with_client_id(self, client_id: impl Into<Box<str>>) -> Self {
        Self { client_id: Some(client_id.into()), ..self }
    }

    /// Only those in this organisation, compared byte by byte.
    pub fn with_organisation(self, organisation: impl Into<Box<str>>) -> Self {
        Self { organisation: Some(organisation.into()), ..self }
    }

    /// Whether it picks a grant of this subject to this application in this organisation.
    #[must_use]
    pub fn picks(&self, subject: &str, client_id: &str, organisation: &str) -> bool {
        self.subject.as_deref().is_none_or(|own| own == subject)
            && self.client_id.as_deref().is_none_or(|own| own == client_id)
            && self.organisation.as_deref().is_none_or(|own| own == organisation)
    }

    /// The tokens of these subjects, applications and organisations; of any application or none where it asks for none.
    pub fn tokens(&self) -> TokenFilter {
        let filter = TokenFilter::all();
        let filter = self.subject.iter().fold(filter, |filter, subject| filter.with_subject(subject.clone()));
        let filter = self.client_id.iter().fold(filter, |filter, client_id| filter.with_client_id(client_id.clone()));
        self.organisation.iter().fold(filter, |filter, organisation| filter.with_organisation(organisation.clone()))
    }
}
