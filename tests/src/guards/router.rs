//! The guards.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use countersign::bearer::UsageRecorder;
use countersign::cache::CacheConfig;
use countersign::hmac::schemes::UstudioV2;
use countersign::{BearerTokenLayer, FormatRegistry, HmacAuthLayer, Invalidations, NonceStore, Secret};

use super::counted::Counted;
use super::{Calls, Contract, Seed};
use crate::stores::Answers;

/// A guard for each [`Contract`], all over one store.
#[derive(Clone)]
pub struct Guards {
    store: Arc<dyn Answers>,
    timeout: Duration,
    cache: Option<CacheConfig>,
    invalidations: Option<Arc<dyn Invalidations>>,
    formats: bool,
    nonces: Option<Arc<dyn NonceStore>>,
    usage: Option<UsageRecorder>,
}

impl Guards {
    pub fn new(store: Arc<dyn Answers>) -> Self {
        Self {
            store,
            // Long enough for a machine that is busy; a store that is silent is waited for as long.
            timeout: Duration::from_secs(2),
            cache: None,
            invalidations: None,
            formats: false,
            nonces: None,
            usage: None,
        }
    }

    /// How long the store may take.
    #[must_use]
    pub const fn with_store_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Keeps what the store says.
    #[must_use]
    pub const fn with_cache(mut self, config: CacheConfig) -> Self {
        self.cache = Some(config);
        self
    }

    /// Keeps it only while `source` tells what changes.
    #[must_use]
    pub fn with_invalidations(mut self, source: Arc<dyn Invalidations>) -> Self {
        self.invalidations = Some(source);
        self
    }

    /// Judges the shape of tokens first.
    #[must_use]
    pub const fn with_formats(mut self) -> Self {
        self.formats = true;
        self
    }

    /// Claims nonces elsewhere.
    #[must_use]
    pub fn with_nonces(mut self, nonces: Arc<dyn NonceStore>) -> Self {
        self.nonces = Some(nonces);
        self
    }

    /// Records when tokens were used.
    #[must_use]
    pub fn with_usage(mut self, recorder: UsageRecorder) -> Self {
        self.usage = Some(recorder);
        self
    }

    /// The services behind their guards.
    pub fn router(&self, calls: &Calls) -> Router {
        let hour = Duration::from_secs(3600);
        let store = Arc::new(Counted { store: self.store.clone(), calls: calls.clone() });
        let mut tokens = BearerTokenLayer::new(store.clone()).with_store_timeout(self.timeout);
        let mut secrets = HmacAuthLayer::new(UstudioV2::new(), store.clone()).with_store_timeout(self.timeout);
        let nonces = HmacAuthLayer::new(UstudioV2::new(), Self::secret_in_memory())
            .with_store_timeout(self.timeout)
            .with_replay_protection_for(self.nonces.clone().unwrap_or(store), hour);
        if let Some(cache) = self.cache {
            (tokens, secrets) = (tokens.with_cache(cache), secrets.with_cache(cache));
        }
        if let Some(source) = &self.invalidations {
            (tokens, secrets) = (tokens.with_invalidations(source.clone()), secrets.with_invalidations(source.clone()));
        }
        if let Some(recorder) = &self.usage {
            tokens = tokens.with_usage(recorder.clone());
        }
        if self.formats {
            tokens = tokens.with_token_formats(FormatRegistry::new(Seed::format()));
        }
        Router::new()
            .merge(calls.service(Contract::Tokens).layer(tokens))
            .merge(calls.service(Contract::Secrets).layer(secrets))
            .merge(calls.service(Contract::Nonces).layer(nonces))
    }

    /// What verifies where nonces are guarded: it is not the store's secret.
    pub fn secret_in_memory() -> Secret {
        Secret::new("a secret that no store has to tell").expect("it is not empty")
    }
}

impl fmt::Debug for Guards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guards").field("timeout", &self.timeout).field("cache", &self.cache).finish_non_exhaustive()
    }
}
