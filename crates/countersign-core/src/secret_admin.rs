//! Managing secrets. A store that only reads need not have this.

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;

use crate::{KeyId, SecretVersion, StoreError};

/// Adds, replaces, lists and retires secrets.
///
/// # Contract
/// 1. Acknowledged means durable: after `Ok`, a crash loses nothing ([`record_matches`](Self::record_matches) excepted).
/// 2. What could not be stored is an error, never success. Each call is one atomic step.
/// 3. A change is announced to the store's own [`Invalidations`](crate::Invalidations), if it has any, before the call
///    returns. That a secret matched is no change.
/// 4. Labels are compared byte by byte. A version without label is found by no label.
///
/// # Cancel safety
/// A future may be dropped at any await: the change is made whole or not at all, and what is made is announced.
#[async_trait]
pub trait SecretAdmin: Send + Sync + 'static {
    /// Makes `version` the newest secret of `key_id`; the older ones stay until they are retired.
    ///
    /// # Errors
    /// When it could not be stored, or this key has a version of the same label already.
    async fn add_secret(&self, key_id: &KeyId, version: &SecretVersion) -> Result<(), StoreError>;

    /// Makes `version` the newest secret of `key_id`, and lets all older ones end at `until` unless they end before; of a key
    /// that was not there it is the only one. [`rotate_secret`](crate::rotate_secret) makes one and calls this.
    ///
    /// # Errors
    /// Those of [`add_secret`](Self::add_secret); nothing is changed then.
    async fn replace_secrets(
        &self,
        key_id: &KeyId,
        until: SystemTime,
        version: &SecretVersion,
    ) -> Result<(), StoreError>;

    /// Removes the secret of this label, and what is known of it; `false` when there is none.
    ///
    /// # Errors
    /// When that could not be stored: the secret still verifies then.
    async fn retire_secret(&self, key_id: &KeyId, label: &str) -> Result<bool, StoreError>;

    /// The keys there are, in ascending order of their ids' bytes, at most `limit` of them and at most 1,000; never a
    /// secret.
    ///
    /// The next page begins above the last key id of this one: `above`, which is not part of it and need not exist. An empty
    /// page is the last.
    ///
    /// # Errors
    /// When the store cannot say.
    async fn list_secrets(&self, above: Option<&KeyId>, limit: usize) -> Result<Vec<KeySummary>, StoreError>;

    /// The versions of one key, newest first, as [`list_secrets`](Self::list_secrets) has them; empty when there is no such
    /// key.
    ///
    /// # Errors
    /// When the store cannot say.
    async fn list_versions(&self, key_id: &KeyId) -> Result<Vec<SecretSummary>, StoreError>;

    /// Sets `last_matched` of each version to the time it matched, unless a later one is known, and nothing else. Versions
    /// that are not there are passed over.
    ///
    /// Need not be durable: what a crash takes is the last few seconds of a statistic.
    ///
    /// # Errors
    /// When it could not be stored, in whole or in part.
    async fn record_matches(&self, matches: &[SecretMatch]) -> Result<(), StoreError>;
}

/// When a version of a secret matched a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "which, when: there is nothing more to it")]
pub struct SecretMatch {
    /// Of which key.
    pub key_id: KeyId,
    /// Which version.
    pub label: Arc<str>,
    /// When.
    pub at: SystemTime,
}

/// What is known of a key, its secrets excepted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "stores make it")]
pub struct KeySummary {
    /// Which key.
    pub key_id: KeyId,
    /// Its versions, newest first.
    pub versions: Vec<SecretSummary>,
}

/// What is known of one version of a secret, the secret excepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "stores make it")]
pub struct SecretSummary {
    /// How people call it.
    pub label: Option<Box<str>>,
    /// From when on it may verify; that instant included.
    pub not_before: Option<SystemTime>,
    /// Until when it may verify; that instant excluded.
    pub not_after: Option<SystemTime>,
    /// When it last matched a signature, as far as that was [recorded](SecretAdmin::record_matches).
    pub last_matched: Option<SystemTime>,
}

impl SecretSummary {
    /// Whether it may verify at `now`: `not_before <= now < not_after`.
    #[must_use]
    pub fn is_live(&self, now: SystemTime) -> bool {
        self.not_before.is_none_or(|start| start <= now) && self.not_after.is_none_or(|end| now < end)
    }
}

/// What the version itself says; when it matched is only known to the store.
impl From<&SecretVersion> for SecretSummary {
    fn from(version: &SecretVersion) -> Self {
        Self {
            label: version.label().map(|label| Box::from(&**label)),
            not_before: version.not_before(),
            not_after: version.not_after(),
            last_matched: None,
        }
    }
}

/// An administration behind a pointer is one too.
macro_rules! through_pointer {
    ($($pointer:ident),*) => {$(
        #[async_trait]
        impl<S: SecretAdmin + ?Sized> SecretAdmin for $pointer<S> {
            async fn add_secret(&self, key_id: &KeyId, version: &SecretVersion) -> Result<(), StoreError> {
                (**self).add_secret(key_id, version).await
            }

            async fn replace_secrets(
                &self,
                key_id: &KeyId,
                until: SystemTime,
                version: &SecretVersion,
            ) -> Result<(), StoreError> {
                (**self).replace_secrets(key_id, until, version).await
            }

            async fn retire_secret(&self, key_id: &KeyId, label: &str) -> Result<bool, StoreError> {
                (**self).retire_secret(key_id, label).await
            }

            async fn list_secrets(&self, above: Option<&KeyId>, limit: usize) -> Result<Vec<KeySummary>, StoreError> {
                (**self).list_secrets(above, limit).await
            }

            async fn list_versions(&self, key_id: &KeyId) -> Result<Vec<SecretSummary>, StoreError> {
                (**self).list_versions(key_id).await
            }

            async fn record_matches(&self, matches: &[SecretMatch]) -> Result<(), StoreError> {
                (**self).record_matches(matches).await
            }
        }
    )*};
}

through_pointer!(Arc, Box);
