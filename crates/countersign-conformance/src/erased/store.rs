//! Stores that answer through pointers.

use std::sync::Arc;
use std::time::SystemTime;

use countersign_core::oauth::{
    AddedApplication, ApiApplication, ApplicationChange, ApplicationStore, AuthorizationCode, Consent, GrantFilter,
    GrantStore, GrantedToken, Redemption, RefreshToken, Rotation,
};
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

        impl<S: ApplicationStore + Clone> $store<S> {
            fn application_store(&self) -> $pointer<dyn ApplicationStore> {
                $pointer::new(self.0.clone())
            }
        }

        #[async_trait]
        impl<S: ApplicationStore + Clone> ApplicationStore for $store<S> {
            async fn add_application(&self, application: &ApiApplication) -> Result<(), StoreError> {
                self.application_store().add_application(application).await
            }

            async fn add_only_application(&self, application: &ApiApplication) -> Result<AddedApplication, StoreError> {
                self.application_store().add_only_application(application).await
            }

            async fn application(&self, client_id: &str) -> Result<Option<ApiApplication>, StoreError> {
                self.application_store().application(client_id).await
            }

            async fn list_applications(
                &self,
                organisation: Option<&str>,
                above: Option<&str>,
                limit: usize,
            ) -> Result<Vec<ApiApplication>, StoreError> {
                self.application_store().list_applications(organisation, above, limit).await
            }

            async fn update_application(
                &self,
                client_id: &str,
                change: &ApplicationChange,
                at: SystemTime,
            ) -> Result<bool, StoreError> {
                self.application_store().update_application(client_id, change, at).await
            }

            async fn delete_application(
                &self,
                client_id: &str,
                at: SystemTime,
                reason: &str,
            ) -> Result<Option<u64>, StoreError> {
                self.application_store().delete_application(client_id, at, reason).await
            }
        }

        impl<S: GrantStore + Clone> $store<S> {
            fn grant_store(&self) -> $pointer<dyn GrantStore> {
                $pointer::new(self.0.clone())
            }
        }

        #[async_trait]
        impl<S: GrantStore + Clone> GrantStore for $store<S> {
            async fn give_consent(&self, consent: &Consent) -> Result<Option<Consent>, StoreError> {
                self.grant_store().give_consent(consent).await
            }

            async fn consent(
                &self,
                subject: &str,
                client_id: &str,
                organisation: &str,
            ) -> Result<Option<Consent>, StoreError> {
                self.grant_store().consent(subject, client_id, organisation).await
            }

            async fn list_consents(
                &self,
                subject: &str,
                below: Option<&str>,
                limit: usize,
            ) -> Result<Vec<Consent>, StoreError> {
                self.grant_store().list_consents(subject, below, limit).await
            }

            async fn withdraw_consent(
                &self,
                subject: &str,
                id: &str,
                at: SystemTime,
                reason: &str,
            ) -> Result<Option<u64>, StoreError> {
                self.grant_store().withdraw_consent(subject, id, at, reason).await
            }

            async fn add_code(&self, code: &AuthorizationCode) -> Result<bool, StoreError> {
                self.grant_store().add_code(code).await
            }

            async fn redeem_code(&self, digest: &TokenDigest, now: SystemTime) -> Result<Redemption, StoreError> {
                self.grant_store().redeem_code(digest, now).await
            }

            async fn add_granted_token(
                &self,
                grant_id: Option<&str>,
                token: &GrantedToken,
            ) -> Result<bool, StoreError> {
                self.grant_store().add_granted_token(grant_id, token).await
            }

            async fn refresh_token(&self, digest: &TokenDigest) -> Result<Option<RefreshToken>, StoreError> {
                self.grant_store().refresh_token(digest).await
            }

            async fn rotate_refresh_token(
                &self,
                old: &TokenDigest,
                token: &GrantedToken,
                now: SystemTime,
            ) -> Result<Rotation, StoreError> {
                self.grant_store().rotate_refresh_token(old, token, now).await
            }

            async fn revoke_grant(&self, id: &str, at: SystemTime, reason: &str) -> Result<Option<u64>, StoreError> {
                self.grant_store().revoke_grant(id, at, reason).await
            }

            async fn revoke_grants(
                &self,
                filter: &GrantFilter,
                at: SystemTime,
                reason: &str,
            ) -> Result<u64, StoreError> {
                self.grant_store().revoke_grants(filter, at, reason).await
            }

            async fn prune_grants(&self, before: SystemTime) -> Result<u64, StoreError> {
                self.grant_store().prune_grants(before).await
            }
        }
    };
}

erased!(BoxedStore, Box);
erased!(InArcStore, Arc);
