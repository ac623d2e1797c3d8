//! Stores that answer from the fixtures, count how often they are asked, and fail when they are told to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use countersign::{
    Claim, KeyId, MemoryStore, Nonce, NonceStore, PresentedToken, SecretStore, SecretVersion, Secrets, StoreError,
    TokenInfo, TokenStore, async_trait,
};

use super::{Counters, Fault, Fixtures};

/// Secrets and tokens of the fixtures.
pub(super) struct FixtureStore {
    secrets: BTreeMap<String, Secrets>,
    tokens: MemoryStore,
    counters: Counters,
    fault: Option<Fault>,
}

impl FixtureStore {
    pub(super) fn new(counters: &Counters, fault: Option<Fault>) -> Self {
        Self { secrets: BTreeMap::new(), tokens: MemoryStore::new(), counters: counters.clone(), fault }
    }

    pub(super) fn with_secrets(mut self, keys: BTreeMap<String, String>, now: SystemTime) -> Self {
        let secrets = |(key_id, secret): (String, String)| {
            let secrets = Secrets::from_raw([secret]);
            let disabled = key_id.starts_with("disabled");
            (key_id, if disabled { retired(&secrets, now) } else { secrets })
        };
        self.secrets = keys.into_iter().map(secrets).collect();
        self
    }

    pub(super) fn with_tokens(mut self, fixtures: &Fixtures) -> Result<Self, String> {
        for (token, info) in fixtures.tokens()? {
            self.tokens = self.tokens.with_token(&token, info);
        }
        Ok(self)
    }

    async fn asked(&self) -> Result<(), StoreError> {
        fail(self.fault, self.counters.count_store_call()).await
    }
}

/// The same secrets, none of them live.
fn retired(secrets: &Secrets, now: SystemTime) -> Secrets {
    secrets.iter().map(|version| SecretVersion::new(version.secret().clone()).with_not_after(now)).collect()
}

#[async_trait]
impl SecretStore for FixtureStore {
    async fn secrets(&self, key_id: &KeyId) -> Result<Secrets, StoreError> {
        self.asked().await?;
        Ok(self.secrets.get(key_id.as_str()).cloned().unwrap_or_else(Secrets::none))
    }
}

#[async_trait]
impl TokenStore for FixtureStore {
    async fn token(&self, token: &PresentedToken) -> Result<Option<TokenInfo>, StoreError> {
        self.asked().await?;
        self.tokens.token(token).await
    }
}

/// Nonces in memory, as long as nothing is wrong with them.
pub(super) struct Nonces {
    store: MemoryStore,
    fault: Option<Fault>,
    calls: AtomicUsize,
}

impl Nonces {
    pub(super) fn new(capacity: Option<usize>, fault: Option<Fault>) -> Self {
        Self {
            store: capacity.map_or_else(MemoryStore::new, MemoryStore::with_capacity),
            fault,
            calls: AtomicUsize::new(0),
        }
    }
}

#[async_trait]
impl NonceStore for Nonces {
    async fn claim(&self, nonce: &Nonce, now: SystemTime, expires: SystemTime) -> Result<Claim, StoreError> {
        fail(self.fault, self.calls.fetch_add(1, Ordering::SeqCst)).await?;
        self.store.claim(nonce, now, expires).await
    }
}

/// Does what the fault says, at the question with this number, from 0. What an error says must never reach a client.
async fn fail(fault: Option<Fault>, question: usize) -> Result<(), StoreError> {
    let fails = match fault {
        None => false,
        Some(Fault::Error) => true,
        Some(Fault::ErrorFirst) => question == 0,
        Some(Fault::ErrorLater) => question > 0,
        Some(Fault::Flap) => question % 2 == 1,
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Panic) => panic!("the store was told to panic"),
        Some(Fault::Slow) => {
            tokio::time::sleep(Duration::from_secs(10)).await;
            false
        }
    };
    if fails { Err(StoreError::new("connection to store.internal:5432 refused")) } else { Ok(()) }
}
