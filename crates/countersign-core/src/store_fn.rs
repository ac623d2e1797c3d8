//! A store made of a closure.

use std::fmt;
use std::future::Future;

use async_trait::async_trait;

use crate::{KeyId, PresentedToken, SecretStore, Secrets, StoreError, TokenInfo, TokenStore};

/// Makes a [`SecretStore`] of a closure that takes a [`KeyId`], or a [`TokenStore`] of one that takes a
/// [`PresentedToken`].
///
/// ```
/// use countersign_core::{KeyId, SecretStore, Secrets, store_fn};
///
/// let store = store_fn(|key_id: KeyId| async move {
///     Ok(Secrets::from_raw((key_id.as_str() == "partner").then_some("the partner's secret")))
/// });
/// fn is_a_store(_: &impl SecretStore) {}
/// is_a_store(&store);
/// ```
pub const fn store_fn<F>(answer: F) -> StoreFn<F> {
    StoreFn(answer)
}

/// A store made of a closure; see [`store_fn`].
#[derive(Clone, Copy)]
pub struct StoreFn<F>(F);

#[async_trait]
impl<F, Fut> SecretStore for StoreFn<F>
where
    F: Fn(KeyId) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Secrets, StoreError>> + Send + 'static,
{
    async fn secrets(&self, key_id: &KeyId) -> Result<Secrets, StoreError> {
        (self.0)(key_id.clone()).await
    }
}

#[async_trait]
impl<F, Fut> TokenStore for StoreFn<F>
where
    F: Fn(PresentedToken) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Option<TokenInfo>, StoreError>> + Send + 'static,
{
    async fn token(&self, token: &PresentedToken) -> Result<Option<TokenInfo>, StoreError> {
        (self.0)(token.clone()).await
    }
}

impl<F> fmt::Debug for StoreFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreFn")
    }
}
