//! Secrets in memory.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;

use super::MemoryStore;
use crate::sync::{PoisonError, RwLockWriteGuard};
use crate::{
    Invalidation, KeyId, KeySummary, SecretAdmin, SecretMatch, SecretStore, SecretSummary, SecretVersion, Secrets,
    StoreError,
};

pub(super) type SecretTable = BTreeMap<KeyId, Key>;

#[derive(Default)]
pub(super) struct Key {
    secrets: Secrets,
    /// When the versions that have a label last matched.
    matched: BTreeMap<Arc<str>, SystemTime>,
}

impl Key {
    /// Makes a version the newest; nothing is changed where its label is taken.
    fn put(&mut self, version: SecretVersion, until: Option<SystemTime>) -> Result<(), StoreError> {
        if version.label().is_some() && self.secrets.iter().any(|old| old.label() == version.label()) {
            return Err(StoreError::new("this key has a secret of that label already"));
        }
        let older = self.secrets.iter().map(|old| match until {
            None => old.clone(),
            Some(until) => old.clone().with_not_after(old.not_after().map_or(until, |end| end.min(until))),
        });
        self.secrets = std::iter::once(version).chain(older).collect();
        Ok(())
    }

    fn summaries(&self) -> Vec<SecretSummary> {
        let last_matched = |version: &SecretVersion| self.matched.get(version.label()?).copied();
        let summary = |version| SecretSummary { last_matched: last_matched(version), ..SecretSummary::from(version) };
        self.secrets.iter().map(summary).collect()
    }
}

impl MemoryStore {
    pub(super) fn put_secret(&self, key_id: &KeyId, version: SecretVersion) -> Result<(), StoreError> {
        self.insert_secret(key_id, version, None)
    }

    /// The older ones end at `until` at the latest, where that is given.
    fn insert_secret(
        &self,
        key_id: &KeyId,
        version: SecretVersion,
        until: Option<SystemTime>,
    ) -> Result<(), StoreError> {
        {
            let mut table = self.keys();
            if !table.contains_key(key_id) && table.len() >= self.0.capacity {
                return Err(StoreError::new("no room for another key"));
            }
            table.entry(key_id.clone()).or_default().put(version, until)?;
        }
        self.0.subscribers.announce(&Invalidation::Key(key_id.clone()));
        Ok(())
    }

    fn take_secret(&self, key_id: &KeyId, label: &str) -> bool {
        let mut table = self.keys();
        let Some(key) = table.get_mut(key_id) else { return false };
        let before = key.secrets.iter().count();
        let others = key.secrets.iter().filter(|version| version.label().is_none_or(|own| **own != *label));
        key.secrets = others.cloned().collect();
        key.matched.remove(label);
        let retired = key.secrets.iter().count() < before;
        if key.secrets.is_empty() {
            table.remove(key_id);
        }
        retired
    }

    fn keys(&self) -> RwLockWriteGuard<'_, SecretTable> {
        self.0.secrets.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SecretStore for MemoryStore {
    async fn secrets(&self, key_id: &KeyId) -> Result<Secrets, StoreError> {
        let table = self.0.secrets.read().unwrap_or_else(PoisonError::into_inner);
        Ok(table.get(key_id).map(|key| key.secrets.clone()).unwrap_or_default())
    }
}

#[async_trait]
impl SecretAdmin for MemoryStore {
    async fn add_secret(&self, key_id: &KeyId, version: &SecretVersion) -> Result<(), StoreError> {
        self.put_secret(key_id, version.clone())
    }

    async fn replace_secrets(
        &self,
        key_id: &KeyId,
        until: SystemTime,
        version: &SecretVersion,
    ) -> Result<(), StoreError> {
        self.insert_secret(key_id, version.clone(), Some(until))
    }

    async fn retire_secret(&self, key_id: &KeyId, label: &str) -> Result<bool, StoreError> {
        let retired = self.take_secret(key_id, label);
        if retired {
            self.0.subscribers.announce(&Invalidation::Key(key_id.clone()));
        }
        Ok(retired)
    }

    async fn list_secrets(&self, above: Option<&KeyId>, limit: usize) -> Result<Vec<KeySummary>, StoreError> {
        let table = self.0.secrets.read().unwrap_or_else(PoisonError::into_inner);
        let above = above.map_or(Bound::Unbounded, |above| Bound::Excluded(above.clone()));
        let keys = table.range((above, Bound::Unbounded)).take(limit.min(1000));
        Ok(keys.map(|(key_id, key)| KeySummary { key_id: key_id.clone(), versions: key.summaries() }).collect())
    }

    async fn list_versions(&self, key_id: &KeyId) -> Result<Vec<SecretSummary>, StoreError> {
        let table = self.0.secrets.read().unwrap_or_else(PoisonError::into_inner);
        Ok(table.get(key_id).map(Key::summaries).unwrap_or_default())
    }

    async fn record_matches(&self, matches: &[SecretMatch]) -> Result<(), StoreError> {
        let mut table = self.keys();
        for SecretMatch { key_id, label, at } in matches {
            if let Some(key) = table.get_mut(key_id)
                && key.secrets.iter().any(|version| version.label() == Some(label))
            {
                let known = key.matched.entry(label.clone()).or_insert(*at);
                *known = (*at).max(*known);
            }
        }
        Ok(())
    }
}
