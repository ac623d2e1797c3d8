//! What a change has to tell, and changes that outlive whoever asked for them.

use std::future::Future;

use countersign_core::{Invalidation, KeyId, StoreError, Subscribers, TokenDigest};

/// What is no longer true once a change is made.
pub(crate) struct Changed(Vec<Invalidation>);

impl Changed {
    pub(crate) fn key(key_id: &KeyId) -> Self {
        Self(vec![Invalidation::Key(key_id.clone())])
    }

    /// These tokens, of `count`; all there is when they are too many to be told one by one.
    pub(crate) fn tokens(digests: impl IntoIterator<Item = TokenDigest>, count: u64) -> Self {
        if count > MOST_TOLD {
            return Self(vec![Invalidation::Everything]);
        }
        Self(digests.into_iter().map(Invalidation::Token).collect())
    }

    pub(crate) fn token(digest: TokenDigest) -> Self {
        Self(vec![Invalidation::Token(digest)])
    }

    /// Nothing.
    pub(crate) const fn nothing() -> Self {
        Self(Vec::new())
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Invalidation> {
        self.0.iter()
    }

    /// Tells everybody in this process.
    pub(crate) fn announce(&self, subscribers: &Subscribers) {
        self.0.iter().for_each(|what| subscribers.announce(what));
    }
}

/// How many tokens of one change are told one by one.
pub(crate) const MOST_TOLD: u64 = 1000;

/// Runs `change` in a task of its own: whoever asked for it may go away at any await, and what is made is announced.
pub(crate) async fn to_the_end<T: Send + 'static>(
    change: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    // It is lost when it panics or the runtime ends.
    tokio::spawn(change).await.unwrap_or_else(|lost| Err(StoreError::new(lost)))
}

/// A digest as a table keeps it.
pub(crate) fn digest(bytes: &[u8]) -> Result<TokenDigest, StoreError> {
    let bytes = bytes.try_into().map_err(|_| StoreError::new("a stored digest has not 32 bytes"))?;
    Ok(TokenDigest::from_bytes(bytes))
}
