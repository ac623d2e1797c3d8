//! Stores that answer through pointers.

use std::sync::Arc;
use std::time::SystemTime;

use countersign_core::{
    Claim, InvalidationSink, Invalidations, KeyId, KeySummary, Nonce, NonceStore, PresentedToken, SecretAdmin,
    SecretMatch, SecretStore, SecretSummary, SecretVersion, Secrets, StoreError, TokenAdmin, TokenChange, TokenDigest,
    TokenFilter, TokenInfo, TokenStore, TokenUse, async_trait,
};

/// Implements each contract by putting a clone behind the pointer and asking that.
macro_rules! erased {
    ($store:ident, $pointer:ident) => {
        #[doc = concat!("A store that is asked through `", stringify!($pointer), "<dyn …>`.")]
        #[derive(Clone, Debug)]
        pub struct $store<S>(pub(super) S);

        #[async_trait]
        impl<S: SecretStore + Clone> SecretStore for $store<S> {
            async fn secrets(&self, key_id: &KeyId) -> Result<Secrets, StoreError> {
                let store: $pointer<dyn SecretStore> = $pointer::new(self.0.clone());
                store.secrets(key_id).await
            }
        }

        #[async_trait]
        impl<S: TokenStore + Clone> TokenStore for $store<S> {
            async fn token(&self, token: &PresentedToken) -> Result<Option<TokenInfo>, StoreError> {
                let store: $pointer<dyn TokenStore> = $pointer::new(self.0.clone());
                store.token(token).await
            }
        }

        #[async_trait]
        impl<S: NonceStore + Clone> NonceStore for $store<S> {
            async fn claim(&self, nonce: &Nonce, now: SystemTime, expires: SystemTime) -> Result<Claim, StoreError> {
                let store: $pointer<dyn NonceStore> = $pointer::new(self.0.clone());
                store.claim(nonce, now, expires).await
            }
        }

        #[async_trait]
        impl<S: Invalidations + Clone> Invalidations for $store<S> {
            async fn deliver(&self, sink: Arc<dyn InvalidationSink>) -> StoreError {
                let store: $pointer<dyn Invalidations> = $pointer::new(self.0.clone());
                store.deliver(sink).await
            }
        }

        impl<S: TokenAdmin + Clone> $store<S> {
            fn token_admin(&self) -> $pointer<dyn TokenAdmin> {
                $pointer::new(self.0.clone())
            }
        }

        #[async_trait]
        impl<S: TokenAdmin + Clone> TokenAdmin for $store<S> {
            async fn add_token(&self, digest: &TokenDigest, info: &TokenInfo) -> Result<(), StoreError> {
                self.token_admin().add_token(digest, info).await
            }

            async fn token_by_id(&self, id: &str) -> Result<Option<TokenInfo>, StoreError> {
                self.token_admin().token_by_id(id).await
            }

            async fn list_tokens(
                &self,
                filter: &TokenFilter,
                below: Option<&str>,
                limit: usize,
            ) -> Result<Vec<TokenInfo>, StoreError> {
                self.token_admin().list_tokens(filter, below, limit).await
            }

            async fn update_token(&self, id: &str, change: &TokenChange, at: SystemTime) -> Result<bool, StoreError> {
                self.token_admin().update_token(id, change, at).await
            }

            async fn revoke_token(&self, id: &str, at: SystemTime, reason: &str) -> Result<bool, StoreError> {
                self.token_admin().revoke_token(id, at, reason).await
            }

            async fn revoke_tokens(
                &self,
                filter: &TokenFilter,
                at: SystemTime,
                reason: &str,
            ) -> Result<u64, StoreError> {
                self.token_admin().revoke_tokens(filter, at, reason).await
            }

            async fn replace_token(
                &self,
                id: &str,
                until: SystemTime,
                digest: &TokenDigest,
                info: &TokenInfo,
            ) -> Result<bool, StoreError> {
                self.token_admin().replace_token(id, until, digest, info).await
            }

            async fn delete_token(&self, id: &str) -> Result<bool, StoreError> {
                self.token_admin().delete_token(id).await
            }

            async fn prune_tokens(&self, before: SystemTime) -> Result<u64, StoreError> {
                self.token_admin().prune_tokens(before).await
            }

            async fn record_use(&self, uses: &[TokenUse]) -> Result<(), StoreError> {
                self.token_admin().record_use(uses).await
            }
        }

        impl<S: SecretAdmin + Clone> $store<S> {
            fn secret_admin(&self) -> $pointer<dyn SecretAdmin> {
                $pointer::new(self.0.clone())
            }
        }

        #[async_trait]
        impl<S: SecretAdmin + Clone> SecretAdmin for $store<S> {
            async fn add_secret(&self, key_id: &KeyId, version: &SecretVersion) -> Result<(), StoreError> {
                self.secret_admin().add_secret(key_id, version).await
            }

            async fn replace_secrets(
                &self,
                key_id: &KeyId,
                until: SystemTime,
                version: &SecretVersion,
            ) -> Result<(), StoreError> {
                self.secret_admin().replace_secrets(key_id, until, version).await
            }

            async fn retire_secret(&self, key_id: &KeyId, label: &str) -> Result<bool, StoreError> {
                self.secret_admin().retire_secret(key_id, label).await
            }

            async fn list_secrets(&self, above: Option<&KeyId>, limit: usize) -> Result<Vec<KeySummary>, StoreError> {
                self.secret_admin().list_secrets(above, limit).await
            }

            async fn list_versions(&self, key_id: &KeyId) -> Result<Vec<SecretSummary>, StoreError> {
                self.secret_admin().list_versions(key_id).await
            }

            async fn record_matches(&self, matches: &[SecretMatch]) -> Result<(), StoreError> {
                self.secret_admin().record_matches(matches).await
            }
        }
    };
}

erased!(BoxedStore, Box);
erased!(InArcStore, Arc);
