//! Managing what stores keep. A store that only reads, over somebody else's table say, need not have this.

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;

use crate::{KeyId, PresentedToken, SecretVersion, StoreError, TokenDigest, TokenFormat, TokenInfo};

/// Adds and revokes tokens.
///
/// # Contract
/// 1. Acknowledged means durable: after `Ok`, a crash loses nothing.
/// 2. What could not be stored is an error, never success.
/// 3. A store never sees a raw token: it is given the digest.
#[async_trait]
pub trait TokenAdmin: Send + Sync + 'static {
    /// Keeps a new token. [`issue_token`] mints one and calls this.
    ///
    /// # Errors
    /// When it could not be stored, or a token of this digest or this id is there already.
    async fn add_token(&self, digest: &TokenDigest, info: &TokenInfo) -> Result<(), StoreError>;

    /// Revokes the token with this id; `false` when there is none, or it was revoked before (whose time and reason
    /// remain).
    ///
    /// # Errors
    /// When the revocation could not be stored: the token is still good then.
    async fn revoke_token(&self, id: &str, at: SystemTime, reason: &str) -> Result<bool, StoreError>;
}

/// Adds and retires secrets.
///
/// # Contract
/// 1. Acknowledged means durable: after `Ok`, a crash loses nothing.
/// 2. What could not be stored is an error, never success.
#[async_trait]
pub trait SecretAdmin: Send + Sync + 'static {
    /// Makes `version` the newest secret of `key_id`; the older ones stay until they are retired.
    ///
    /// # Errors
    /// When it could not be stored, or this key has a version of the same label already.
    async fn add_secret(&self, key_id: &KeyId, version: &SecretVersion) -> Result<(), StoreError>;

    /// Removes the secret of this label; `false` when there is none.
    ///
    /// # Errors
    /// When that could not be stored: the secret still verifies then.
    async fn retire_secret(&self, key_id: &KeyId, label: &str) -> Result<bool, StoreError>;
}

/// An administration behind a pointer is one too.
macro_rules! through_pointer {
    ($($pointer:ident),*) => {$(
        #[async_trait]
        impl<S: TokenAdmin + ?Sized> TokenAdmin for $pointer<S> {
            async fn add_token(&self, digest: &TokenDigest, info: &TokenInfo) -> Result<(), StoreError> {
                (**self).add_token(digest, info).await
            }

            async fn revoke_token(&self, id: &str, at: SystemTime, reason: &str) -> Result<bool, StoreError> {
                (**self).revoke_token(id, at, reason).await
            }
        }

        #[async_trait]
        impl<S: SecretAdmin + ?Sized> SecretAdmin for $pointer<S> {
            async fn add_secret(&self, key_id: &KeyId, version: &SecretVersion) -> Result<(), StoreError> {
                (**self).add_secret(key_id, version).await
            }

            async fn retire_secret(&self, key_id: &KeyId, label: &str) -> Result<bool, StoreError> {
                (**self).retire_secret(key_id, label).await
            }
        }
    )*};
}

through_pointer!(Arc, Box);

/// A token just issued: the only time that its text is known.
#[derive(Debug)]
#[non_exhaustive]
pub struct IssuedToken {
    /// The token. Show it to its owner once.
    pub token: PresentedToken,
    /// What was stored about it.
    pub info: TokenInfo,
}

/// Mints a token, stores its digest with `info`, and hands the token out, once.
///
/// Sets the format and the last four characters, the time of issue to `now`, and a random id if `info` has none.
///
/// # Errors
/// When it could not be stored; the token is worthless then.
pub async fn issue_token(
    store: &(impl TokenAdmin + ?Sized),
    format: &TokenFormat,
    info: TokenInfo,
    now: SystemTime,
) -> Result<IssuedToken, StoreError> {
    let token = format.mint();
    let text = token.expose_secret();
    let mut info = info.with_format(TokenFormat::ID).with_last_four(&text[text.len() - 4..]).with_created_at(now);
    if info.id().is_none() {
        info = info.with_id(random_id());
    }
    store.add_token(token.digest(), &info).await?;
    Ok(IssuedToken { token, info })
}

/// 128 random bits in hexadecimal: never guessed, never met twice.
fn random_id() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system's random source answers");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
