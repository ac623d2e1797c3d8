//! Secrets in memory.

use std::collections::HashMap;
use std::sync::PoisonError;

use async_trait::async_trait;

use super::MemoryStore;
use crate::{KeyId, SecretAdmin, SecretStore, SecretVersion, Secrets, StoreError};

pub(super) type SecretTable = HashMap<KeyId, Secrets>;

impl MemoryStore {
    pub(super) fn put_secret(&self, key_id: KeyId, version: SecretVersion) -> Result<(), StoreError> {
        let mut table = self.0.secrets.write().unwrap_or_else(PoisonError::into_inner);
        if !table.contains_key(&key_id) && table.len() >= self.0.capacity {
            return Err(StoreError::new("no room for another key"));
        }
        let known = table.entry(key_id).or_default();
        if version.label().is_some() && known.iter().any(|old| old.label() == version.label()) {
            return Err(StoreError::new("this key has a secret of that label already"));
        }
        *known = std::iter::once(version).chain(known.iter().cloned()).collect();
        Ok(())
    }
}

#[async_trait]
impl SecretStore for MemoryStore {
    async fn secrets(&self, key_id: &KeyId) -> Result<Secrets, StoreError> {
        let table = self.0.secrets.read().unwrap_or_else(PoisonError::into_inner);
        Ok(table.get(key_id).cloned().unwrap_or_default())
    }
}

#[async_trait]
impl SecretAdmin for MemoryStore {
    async fn add_secret(&self, key_id: &KeyId, version: &SecretVersion) -> Result<(), StoreError> {
        self.put_secret(key_id.clone(), version.clone())
    }

    async fn retire_secret(&self, key_id: &KeyId, label: &str) -> Result<bool, StoreError> {
        let mut table = self.0.secrets.write().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = table.get_mut(key_id) else { return Ok(false) };
        let before = known.iter().count();
        *known = known.iter().filter(|version| version.label().is_none_or(|own| **own != *label)).cloned().collect();
        let retired = known.iter().count() < before;
        if known.is_empty() {
            table.remove(key_id);
        }
        Ok(retired)
    }
}
