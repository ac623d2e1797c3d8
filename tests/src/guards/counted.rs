//! How often a store is asked.

use std::sync::Arc;
use std::time::SystemTime;

use countersign::{
    Claim, KeyId, Nonce, NonceStore, PresentedToken, SecretStore, Secrets, StoreError, TokenInfo, TokenStore,
    async_trait,
};

use super::{Calls, Contract};
use crate::stores::Answers;

/// A store that counts what it is asked.
pub(super) struct Counted {
    pub(super) store: Arc<dyn Answers>,
    pub(super) calls: Calls,
}

#[async_trait]
impl TokenStore for Counted {
    async fn token(&self, token: &PresentedToken) -> Result<Option<TokenInfo>, StoreError> {
        self.calls.note_asked(Contract::Tokens);
        self.store.token(token).await
    }
}

#[async_trait]
impl SecretStore for Counted {
    async fn secrets(&self, key_id: &KeyId) -> Result<Secrets, StoreError> {
        self.calls.note_asked(Contract::Secrets);
        self.store.secrets(key_id).await
    }
}

#[async_trait]
impl NonceStore for Counted {
    async fn claim(&self, nonce: &Nonce, now: SystemTime, expires: SystemTime) -> Result<Claim, StoreError> {
        self.calls.note_asked(Contract::Nonces);
        self.store.claim(nonce, now, expires).await
    }
}
