//! What a layer holds.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::time::SystemTime;

use countersign_core::Invalidations;

use super::engine::Engine;
use super::sink::Named;
use super::supervisor::Supervisor;
use crate::auth::AuthError;
use crate::cache::CacheConfig;

/// A cache, if there is to be one, and what tells it that something is no longer true, if anything does. Clones share both.
pub(crate) struct Cache<K, V, A> {
    config: Option<CacheConfig>,
    source: Option<Arc<dyn Invalidations>>,
    kept: Option<Arc<Kept<K, V, A>>>,
}

struct Kept<K, V, A> {
    engine: Arc<Engine<K, V, A>>,
    supervisor: Option<Supervisor<K, V, A>>,
}

impl<K, V, A> Cache<K, V, A>
where
    K: Named + Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    A: Clone + Send + Sync + 'static,
{
    /// None.
    pub(crate) const fn off() -> Self {
        Self { config: None, source: None, kept: None }
    }

    pub(crate) fn configure(&mut self, config: CacheConfig) {
        self.config = Some(config);
        self.begin();
    }

    pub(crate) fn subscribe(&mut self, source: impl Invalidations) {
        self.source = Some(Arc::new(source));
        self.begin();
    }

    /// What may be used now.
    #[inline]
    pub(crate) fn engine(&self) -> Option<&Arc<Engine<K, V, A>>> {
        let kept = self.kept.as_ref()?;
        kept.supervisor.as_ref().is_none_or(Supervisor::lets_use).then_some(&kept.engine)
    }

    /// What was kept and is out of date, because the store failed with `error` and the configuration takes even that.
    #[cold]
    pub(crate) fn look_up_stale(&self, key: &K, now: SystemTime, error: &AuthError) -> Option<V> {
        let stale = self.engine()?.look_up_stale(key, now)?;
        tracing::warn!(target: "countersign::store", %error, "going on with what was true a while ago");
        Some(stale)
    }

    fn begin(&mut self) {
        self.kept = self.config.map(|config| {
            let engine = Arc::new(Engine::new(config));
            let supervisor = self.source.clone().map(|source| Supervisor::new(engine.clone(), source));
            Arc::new(Kept { engine, supervisor })
        });
    }
}

impl<K, V, A> Clone for Cache<K, V, A> {
    fn clone(&self) -> Self {
        Self { config: self.config, source: self.source.clone(), kept: self.kept.clone() }
    }
}

impl<K, V, A> fmt::Debug for Cache<K, V, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { config, source, .. } = self;
        f.debug_struct("Cache").field("config", config).field("invalidations", &source.is_some()).finish()
    }
}
