//! How paths name organisations.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use countersign_core::StoreError;

/// How a path may name one organisation: by its id, a number, or by its slug.
///
/// Which of the two a segment is, its spelling says: what has nothing but digits is an id, everything else a slug. So an id is
/// never compared with a slug, and a slug of digits alone matches nothing: whoever looks it up may take it for an id.
///
/// ```
/// use countersign::gate::OrganisationNames;
///
/// let acme = OrganisationNames::new().with_id(7).with_slug("acme");
/// assert!(acme.include("7") && acme.include("acme"));
/// assert!(!acme.include("07") && !acme.include("Acme"));
/// assert!(!OrganisationNames::new().with_slug("7").include("7"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganisationNames {
    id: Option<u64>,
    slug: Option<Box<str>>,
}

impl OrganisationNames {
    /// No name: no path reaches it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number that paths may name it by, in decimal, without zeros in front.
    #[must_use]
    pub const fn with_id(mut self, id: u64) -> Self {
        self.id = Some(id);
        self
    }

    /// The slug that paths may name it by, compared byte by byte.
    #[must_use]
    pub fn with_slug(mut self, slug: impl Into<Box<str>>) -> Self {
        self.slug = Some(slug.into());
        self
    }

    /// Whether a segment of a path names it.
    #[must_use]
    pub fn include(&self, segment: &str) -> bool {
        if !segment.bytes().all(|b| b.is_ascii_digit()) {
            return self.slug.as_deref() == Some(segment);
        }
        let canonical = segment == "0" || !segment.starts_with('0');
        canonical && self.id.is_some_and(|id| segment.parse() == Ok(id))
    }
}

/// Answers: how may paths name the organisation that a token is bound to?
///
/// It is asked about the caller's own organisation alone, never about the one that a path names: what exists beside it makes no
/// difference, neither to the answer nor to the time that it takes. A map from what tokens are bound to answers too.
///
/// # Contract
/// 1. `None` when there is no such organisation any more.
/// 2. What tokens are bound to ([`TokenInfo::organisation`](countersign_core::TokenInfo::organisation)) is compared byte by byte.
/// 3. "Cannot say" is an error, never `None`.
///
/// # Errors
/// When the store could not answer. The layer answers 503, also when it takes too long or panics.
///
/// # Cancel safety
/// The future may be dropped at any await; the store must remain usable.
#[async_trait]
pub trait Organisations: Send + Sync + 'static {
    /// The names of the organisation that tokens are bound to by this.
    async fn names(&self, organisation: &str) -> Result<Option<OrganisationNames>, StoreError>;
}

#[async_trait]
impl Organisations for HashMap<String, OrganisationNames> {
    async fn names(&self, organisation: &str) -> Result<Option<OrganisationNames>, StoreError> {
        Ok(self.get(organisation).cloned())
    }
}

#[async_trait]
impl<S: Organisations + ?Sized> Organisations for Arc<S> {
    async fn names(&self, organisation: &str) -> Result<Option<OrganisationNames>, StoreError> {
        (**self).names(organisation).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_compared_with_ids_and_slugs_with_slugs() {
        let both = || OrganisationNames::new().with_id(7).with_slug("acme");
        for (names, segment, included) in [
            (both(), "7", true),
            (both(), "acme", true),
            (both(), "07", false),
            (both(), "70", false),
            (both(), "+7", false),
            (both(), "7.0", false),
            (both(), "18446744073709551623", false), // 2⁶⁴ + 7
            (both(), "ACME", false),
            (both(), "acm", false),
            (both(), "acmes", false),
            (both(), "", false),
            (OrganisationNames::new().with_id(0), "0", true),
            (OrganisationNames::new().with_id(0), "00", false),
            (OrganisationNames::new().with_id(0), "", false),
            (OrganisationNames::new().with_slug(""), "", false),
            (OrganisationNames::new().with_slug("7"), "7", false),
            (OrganisationNames::new().with_slug("٧"), "7", false),
            (OrganisationNames::new().with_slug("7a"), "7a", true),
            (OrganisationNames::new().with_id(u64::MAX), "18446744073709551615", true),
            (OrganisationNames::new(), "7", false),
            (OrganisationNames::new(), "acme", false),
        ] {
            assert_eq!(names.include(segment), included, "{segment:?} of {names:?}");
        }
    }
}
