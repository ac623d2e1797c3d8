//! The contracts that layers rest on.

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;

use crate::{Claim, KeyId, Nonce, PresentedToken, Secret, Secrets, StoreError, TokenInfo};

/// Answers: which secrets may verify this key id?
///
/// # Contract
/// 1. An unknown key id is empty [`Secrets`], never an error.
/// 2. Several secrets come newest first.
/// 3. Key ids are compared byte by byte: no case folding, no Unicode normalisation, no trimming.
/// 4. Secrets come back byte for byte, whatever bytes they have.
/// 5. Versions outside their time may be returned; whoever asks judges them.
/// 6. "Cannot say" is an error, never empty.
///
/// # Errors
/// When the store could not answer. Layers answer 503, also when it takes too long or panics.
///
/// # Cancel safety
/// The future may be dropped at any await; the store must remain usable.
#[async_trait]
pub trait SecretStore: Send + Sync + 'static {
    /// The secrets that may verify `key_id` now, newest first; empty when there is no such key.
    async fn secrets(&self, key_id: &KeyId) -> Result<Secrets, StoreError>;
}

/// Answers: what is known of this token?
///
/// # Contract
/// 1. An unknown token is `None`, never an error.
/// 2. A store of ours finds it by [`PresentedToken::digest`] and keeps no raw token.
/// 3. Expired, not yet valid and revoked tokens are returned as they are; whoever asks judges them.
/// 4. Times are kept to the microsecond at least, and are cut off, never rounded up; scope-tokens keep their order.
/// 5. "Cannot say" is an error, never `None`.
///
/// # Errors
/// When the store could not answer. Layers answer 503, also when it takes too long or panics.
///
/// # Cancel safety
/// The future may be dropped at any await; the store must remain usable.
#[async_trait]
pub trait TokenStore: Send + Sync + 'static {
    /// What is known of this token; `None` when there is no such token.
    async fn token(&self, token: &PresentedToken) -> Result<Option<TokenInfo>, StoreError>;
}

/// Remembers which requests were seen.
///
/// # Contract
/// 1. Claiming is one atomic step: of any number of concurrent callers exactly one gets [`Claim::Fresh`].
/// 2. A nonce that was claimed is [`Claim::Seen`] until its `expires`; from then on it may be forgotten.
/// 3. A live nonce is never evicted: a store without room answers [`Claim::Full`].
/// 4. The store owns no clock. It forgets by the largest `now` it was ever told, so that a clock that is set back
///    revives nothing; a claim whose `expires` is not after that `now` is [`Claim::Seen`]. After a clock that was far ahead
///    is put right, a durable store therefore refuses everything until that time: closed, not open.
/// 5. A claim that was answered [`Claim::Fresh`] by a durable store survives a crash.
///
/// # Errors
/// When the store could not answer; the nonce may or may not be spent then. Layers answer 503.
///
/// # Cancel safety
/// The future may be dropped at any await; the nonce may or may not be spent then.
#[async_trait]
pub trait NonceStore: Send + Sync + 'static {
    /// Claims the nonce until `expires`, atomically: of any number of concurrent callers exactly one gets `Fresh`.
    async fn claim(&self, nonce: &Nonce, now: SystemTime, expires: SystemTime) -> Result<Claim, StoreError>;
}

#[async_trait]
impl SecretStore for Secret {
    async fn secrets(&self, _key_id: &KeyId) -> Result<Secrets, StoreError> {
        Ok(self.clone().into())
    }
}

/// A store behind a pointer is a store too.
macro_rules! through_pointer {
    ($($pointer:ident),*) => {$(
        #[async_trait]
        impl<S: SecretStore + ?Sized> SecretStore for $pointer<S> {
            async fn secrets(&self, key_id: &KeyId) -> Result<Secrets, StoreError> {
                (**self).secrets(key_id).await
            }
        }

        #[async_trait]
        impl<S: TokenStore + ?Sized> TokenStore for $pointer<S> {
            async fn token(&self, token: &PresentedToken) -> Result<Option<TokenInfo>, StoreError> {
                (**self).token(token).await
            }
        }

        #[async_trait]
        impl<S: NonceStore + ?Sized> NonceStore for $pointer<S> {
            async fn claim(&self, nonce: &Nonce, now: SystemTime, expires: SystemTime) -> Result<Claim, StoreError> {
                (**self).claim(nonce, now, expires).await
            }
        }
    )*};
}

through_pointer!(Arc, Box);
