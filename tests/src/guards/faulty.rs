//! Stores that are wrong, to see that it is noticed.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use countersign::{
    Claim, KeyId, Nonce, NonceStore, PresentedToken, Secret, SecretStore, Secrets, StoreError, TokenInfo, TokenStore,
    async_trait,
};

use crate::stores::Answers;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "for tests")]
pub enum How {
    /// Says what lets the caller in where it cannot say.
    FailsOpen,
    /// Says no where it cannot say.
    SaysNo,
    /// Once it could not say, it says no when it could.
    RemembersNo,
    /// Panics, all the time until it is told otherwise.
    Panics,
}

/// A store with a fault of its own, over one without. Clones share what they remember.
#[derive(Clone)]
pub struct Faulty {
    store: Arc<dyn Answers>,
    how: How,
    /// What the fault lets in.
    secret: Secret,
    on: Arc<AtomicBool>,
    patience: Duration,
}

impl Faulty {
    /// `secret` is the one by which a caller of the store is let in.
    pub fn new(store: Arc<dyn Answers>, how: How, secret: &Secret) -> Self {
        Self { store, how, secret: secret.clone(), on: Arc::default(), patience: Duration::from_millis(500) }
    }

    /// When it loses patience with the store that it is over, half a second unless told otherwise: before a guard does.
    #[must_use]
    pub const fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Whether a store that panics does.
    pub fn set_panics(&self, panics: bool) {
        self.on.store(panics, Ordering::SeqCst);
    }

    async fn ask<T>(
        &self,
        answer: impl Future<Output = Result<T, StoreError>>,
        open: T,
        no: T,
    ) -> Result<T, StoreError> {
        let is_on = self.on.load(Ordering::SeqCst);
        if is_on && self.how == How::Panics {
            // Like a panic, but nobody prints it.
            std::panic::resume_unwind(Box::new("the store was told to panic"));
        }
        let answered = tokio::time::timeout(self.patience, answer).await;
        let answered = answered.unwrap_or_else(|_| Err(StoreError::new("no answer came")));
        match (answered, self.how) {
            (Ok(_), How::RemembersNo) if is_on => Ok(no),
            (Err(_), How::FailsOpen) => Ok(open),
            (Err(_), How::SaysNo) => Ok(no),
            (Err(error), How::RemembersNo) => {
                self.on.store(true, Ordering::SeqCst);
                Err(error)
            }
            (answered, _) => answered,
        }
    }
}

#[async_trait]
impl TokenStore for Faulty {
    async fn token(&self, token: &PresentedToken) -> Result<Option<TokenInfo>, StoreError> {
        self.ask(self.store.token(token), Some(TokenInfo::new("somebody")), None).await
    }
}

#[async_trait]
impl SecretStore for Faulty {
    async fn secrets(&self, key_id: &KeyId) -> Result<Secrets, StoreError> {
        self.ask(self.store.secrets(key_id), self.secret.clone().into(), Secrets::none()).await
    }
}

#[async_trait]
impl NonceStore for Faulty {
    async fn claim(&self, nonce: &Nonce, now: SystemTime, expires: SystemTime) -> Result<Claim, StoreError> {
        self.ask(self.store.claim(nonce, now, expires), Claim::Fresh, Claim::Seen).await
    }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty").field("how", &self.how).finish_non_exhaustive()
    }
}
