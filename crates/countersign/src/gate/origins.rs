//! The origins that an application has.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use countersign_core::StoreError;

use super::Origin;

/// A set of origins. Cloning is cheap.
///
/// It contains the origins that were put in and no others: there are no wildcards, unless
/// [one is named](Self::with_insecure_subdomains_of).
///
/// ```
/// use countersign::gate::Origins;
///
/// let origins = Origins::none().with("https://app.example".parse()?);
/// assert!(origins.contains(&"https://APP.example:443".parse()?));
/// assert!(!origins.contains(&"https://evil.app.example".parse()?));
/// # Ok::<(), countersign::gate::InvalidOrigin>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Arc<Listed>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Listed {
    exact: BTreeSet<Origin>,
    parents: BTreeSet<Origin>,
}

impl Origins {
    /// No origin: no page may use the token.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds an origin.
    #[must_use]
    pub fn with(mut self, origin: Origin) -> Self {
        Arc::make_mut(&mut self.0).exact.insert(origin);
        self
    }

    /// Adds every host below that of `parent`, however deep, with its scheme and port; `parent` itself is not among them.
    ///
    /// Insecure, since whoever gets hold of any name below, one that was given up or that serves what users wrote say, can
    /// use the token of a page there.
    #[must_use]
    pub fn with_insecure_subdomains_of(mut self, parent: Origin) -> Self {
        Arc::make_mut(&mut self.0).parents.insert(parent);
        self
    }

    /// Whether this is one of them.
    #[must_use]
    pub fn contains(&self, origin: &Origin) -> bool {
        self.0.exact.contains(origin) || self.0.parents.iter().any(|parent| origin.is_below(parent))
    }
}

impl FromIterator<Origin> for Origins {
    fn from_iter<I: IntoIterator<Item = Origin>>(origins: I) -> Self {
        Self(Arc::new(Listed { exact: origins.into_iter().collect(), parents: BTreeSet::new() }))
    }
}

/// Answers: from which origins may pages use this application's tokens?
///
/// An [`Origins`] answers the same for every application, a map from client ids what it has for each.
///
/// # Contract
/// 1. An application that is unknown, or not to be used any more, has none.
/// 2. Client ids are compared byte by byte.
/// 3. "Cannot say" is an error, never an empty set.
///
/// # Errors
/// When the store could not answer. The layer answers 503, also when it takes too long or panics.
///
/// # Cancel safety
/// The future may be dropped at any await; the store must remain usable.
#[async_trait]
pub trait AllowedOrigins: Send + Sync + 'static {
    /// The origins of the application `client_id`; none where there is no such application.
    async fn allowed_origins(&self, client_id: &str) -> Result<Origins, StoreError>;
}

/// Answers: is there an application that has this origin?
///
/// Asked for preflights, which have no credentials and so name no application; see
/// [`registered_origins`](crate::gate::registered_origins).
///
/// # Contract
/// 1. An origin is registered when the [allowed origins](AllowedOrigins) of one application contain it, and only then.
/// 2. "Cannot say" is an error, never `false`.
///
/// # Errors
/// When the store could not answer. No origin is allowed then, nor when it takes too long or panics.
///
/// # Cancel safety
/// The future may be dropped at any await; the store must remain usable.
#[async_trait]
pub trait RegisteredOrigins: Send + Sync + 'static {
    /// Whether any application has it.
    async fn is_registered(&self, origin: &Origin) -> Result<bool, StoreError>;
}

#[async_trait]
impl AllowedOrigins for Origins {
    async fn allowed_origins(&self, _client_id: &str) -> Result<Self, StoreError> {
        Ok(self.clone())
    }
}

#[async_trait]
impl RegisteredOrigins for Origins {
    async fn is_registered(&self, origin: &Origin) -> Result<bool, StoreError> {
        Ok(self.contains(origin))
    }
}

#[async_trait]
impl AllowedOrigins for HashMap<String, Origins> {
    async fn allowed_origins(&self, client_id: &str) -> Result<Origins, StoreError> {
        Ok(self.get(client_id).cloned().unwrap_or_default())
    }
}

#[async_trait]
impl RegisteredOrigins for HashMap<String, Origins> {
    async fn is_registered(&self, origin: &Origin) -> Result<bool, StoreError> {
        Ok(self.values().any(|origins| origins.contains(origin)))
    }
}

#[async_trait]
impl<S: AllowedOrigins + ?Sized> AllowedOrigins for Arc<S> {
    async fn allowed_origins(&self, client_id: &str) -> Result<Origins, StoreError> {
        (**self).allowed_origins(client_id).await
    }
}

#[async_trait]
impl<S: RegisteredOrigins + ?Sized> RegisteredOrigins for Arc<S> {
    async fn is_registered(&self, origin: &Origin) -> Result<bool, StoreError> {
        (**self).is_registered(origin).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        text.parse().unwrap()
    }

    #[test]
    fn a_set_has_what_was_put_in() {
        let origins: Origins = [origin("https://a.example"), origin("http://localhost:8080")].into_iter().collect();
        for (text, contained) in [
            ("https://A.example:443", true),
            ("http://localhost:8080", true),
            ("http://a.example", false),
            ("https://a.example:8443", false),
            ("http://localhost", false),
            ("https://b.a.example", false),
            ("https://evila.example", false),
            ("https://a.example.evil", false),
        ] {
            assert_eq!(origins.contains(&origin(text)), contained, "{text}");
            assert!(!Origins::none().contains(&origin(text)));
        }
    }

    #[test]
    fn a_wildcard_has_to_be_named() {
        let origins = Origins::none().with_insecure_subdomains_of(origin("https://a.example"));
        assert!(origins.contains(&origin("https://b.a.example")));
        assert!(origins.contains(&origin("https://c.b.a.example")));
        assert!(!origins.contains(&origin("https://a.example")));
        assert!(origins.with(origin("https://a.example")).contains(&origin("https://a.example")));
    }

    #[test]
    fn a_clone_is_not_changed_with_what_it_was_cloned_from() {
        let origins = Origins::none();
        let more = origins.clone().with(origin("https://a.example"));
        assert_ne!(origins, more);
        assert!(!origins.contains(&origin("https://a.example")));
    }
}
