//! Tokens in memory.

use std::collections::HashMap;
use std::sync::PoisonError;
use std::time::SystemTime;

use async_trait::async_trait;

use super::{DigestMap, MemoryStore};
use crate::{PresentedToken, StoreError, TokenAdmin, TokenDigest, TokenInfo, TokenStore};

#[derive(Default)]
pub(super) struct TokenTable {
    infos: DigestMap<TokenInfo>,
    by_id: HashMap<Box<str>, TokenDigest>,
}

impl MemoryStore {
    pub(super) fn put_token(&self, digest: TokenDigest, info: TokenInfo) -> Result<(), StoreError> {
        let mut table = self.0.tokens.write().unwrap_or_else(PoisonError::into_inner);
        if table.infos.contains_key(&digest) || info.id().is_some_and(|id| table.by_id.contains_key(id)) {
            return Err(StoreError::new("this token or one of the same id is there already"));
        }
        if table.infos.len() >= self.0.capacity {
            return Err(StoreError::new("no room for another token"));
        }
        if let Some(id) = info.id() {
            table.by_id.insert(id.into(), digest);
        }
        table.infos.insert(digest, info);
        Ok(())
    }
}

#[async_trait]
impl TokenStore for MemoryStore {
    async fn token(&self, token: &PresentedToken) -> Result<Option<TokenInfo>, StoreError> {
        let table = self.0.tokens.read().unwrap_or_else(PoisonError::into_inner);
        Ok(table.infos.get(token.digest()).cloned())
    }
}

#[async_trait]
impl TokenAdmin for MemoryStore {
    async fn add_token(&self, digest: &TokenDigest, info: &TokenInfo) -> Result<(), StoreError> {
        self.put_token(*digest, info.clone())
    }

    async fn revoke_token(&self, id: &str, at: SystemTime, reason: &str) -> Result<bool, StoreError> {
        let mut table = self.0.tokens.write().unwrap_or_else(PoisonError::into_inner);
        let Some(digest) = table.by_id.get(id).copied() else { return Ok(false) };
        match table.infos.get_mut(&digest) {
            Some(info) if info.revoked_at().is_none() => {
                *info = info.clone().with_revoked_at(at).with_revoked_reason(reason);
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}
