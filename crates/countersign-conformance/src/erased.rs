//! The same stores behind pointers to trait objects, as layers hold them.

use std::sync::Arc;
use std::time::SystemTime;

use countersign_core::{
    Claim, KeyId, Nonce, NonceStore, PresentedToken, SecretAdmin, SecretStore, SecretVersion, Secrets, StoreError,
    TokenAdmin, TokenDigest, TokenInfo, TokenStore, async_trait,
};

use crate::{Bounded, Breakable, Durable, Harness, SecretHarness, TokenHarness};

/// A harness whose store answers through a pointer to a trait object, and that store.
macro_rules! erased {
    ($harness:ident, $store:ident, $pointer:ident) => {
        #[doc = concat!("Runs the suites of a harness through `", stringify!($pointer), "<dyn …>`.")]
        #[derive(Clone, Copy, Debug)]
        #[allow(clippy::exhaustive_structs, reason = "made by writing it down")]
        pub struct $harness<H>(pub H);

        #[doc = concat!("A store that is asked through `", stringify!($pointer), "<dyn …>`.")]
        #[derive(Clone, Debug)]
        pub struct $store<S>(S);

        impl<H: Harness> Harness for $harness<H> {
            type Store = $store<H::Store>;
            type Guard = H::Guard;

            async fn open(&self) -> (Self::Store, H::Guard) {
                let (store, guard) = self.0.open().await;
                ($store(store), guard)
            }
        }

        impl<H: SecretHarness> SecretHarness for $harness<H> {
            async fn add_secret(&self, store: &Self::Store, key_id: &KeyId, version: &SecretVersion) {
                self.0.add_secret(&store.0, key_id, version).await;
            }

            async fn retire_secret(&self, store: &Self::Store, key_id: &KeyId, label: &str) {
                self.0.retire_secret(&store.0, key_id, label).await;
            }
        }

        impl<H: TokenHarness> TokenHarness for $harness<H> {
            async fn add_token(&self, store: &Self::Store, digest: &TokenDigest, info: &TokenInfo) {
                self.0.add_token(&store.0, digest, info).await;
            }
        }

        impl<H: Breakable> Breakable for $harness<H> {
            async fn break_store(&self, store: &Self::Store, guard: &H::Guard) {
                self.0.break_store(&store.0, guard).await;
            }
        }

        impl<H: Durable> Durable for $harness<H> {
            async fn reopen(&self, store: Self::Store, guard: &H::Guard) -> Self::Store {
                $store(self.0.reopen(store.0, guard).await)
            }
        }

        impl<H: Bounded> Bounded for $harness<H> {
            async fn open_bounded(&self, capacity: usize) -> (Self::Store, H::Guard) {
                let (store, guard) = self.0.open_bounded(capacity).await;
                ($store(store), guard)
            }
        }

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
        impl<S: TokenAdmin + Clone> TokenAdmin for $store<S> {
            async fn add_token(&self, digest: &TokenDigest, info: &TokenInfo) -> Result<(), StoreError> {
                let store: $pointer<dyn TokenAdmin> = $pointer::new(self.0.clone());
                store.add_token(digest, info).await
            }

            async fn revoke_token(&self, id: &str, at: SystemTime, reason: &str) -> Result<bool, StoreError> {
                let store: $pointer<dyn TokenAdmin> = $pointer::new(self.0.clone());
                store.revoke_token(id, at, reason).await
            }
        }

        #[async_trait]
        impl<S: SecretAdmin + Clone> SecretAdmin for $store<S> {
            async fn add_secret(&self, key_id: &KeyId, version: &SecretVersion) -> Result<(), StoreError> {
                let store: $pointer<dyn SecretAdmin> = $pointer::new(self.0.clone());
                store.add_secret(key_id, version).await
            }

            async fn retire_secret(&self, key_id: &KeyId, label: &str) -> Result<bool, StoreError> {
                let store: $pointer<dyn SecretAdmin> = $pointer::new(self.0.clone());
                store.retire_secret(key_id, label).await
            }
        }
    };
}

erased!(Boxed, BoxedStore, Box);
erased!(InArc, InArcStore, Arc);
