//! Tokens in memory.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::SystemTime;

use async_trait::async_trait;

use super::{DigestMap, MemoryStore};
use crate::sync::{PoisonError, RwLockWriteGuard};
use crate::{
    Invalidation, PresentedToken, StoreError, TokenAdmin, TokenChange, TokenDigest, TokenFilter, TokenInfo, TokenStore,
    TokenUse,
};

#[derive(Default)]
pub(super) struct TokenTable {
    infos: DigestMap<TokenInfo>,
    by_id: BTreeMap<Box<str>, TokenDigest>,
}

impl TokenTable {
    pub(super) fn add(&mut self, capacity: usize, digest: TokenDigest, info: TokenInfo) -> Result<(), StoreError> {
        let id = info.id().ok_or_else(|| StoreError::new("a token without id cannot be revoked"))?;
        if self.infos.contains_key(&digest) || self.by_id.contains_key(id) {
            return Err(StoreError::new("this token or one of the same id is there already"));
        }
        if self.infos.len() >= capacity {
            return Err(StoreError::new("no room for another token"));
        }
        self.by_id.insert(id.into(), digest);
        self.infos.insert(digest, info);
        Ok(())
    }

    fn by_id(&self, id: &str) -> Option<&TokenInfo> {
        self.by_id.get(id).and_then(|digest| self.infos.get(digest))
    }

    /// Changes the token of this id if `which` says so; its digest if it was changed.
    pub(super) fn change(
        &mut self,
        id: &str,
        which: impl FnOnce(&TokenInfo) -> bool,
        change: impl FnOnce(TokenInfo) -> TokenInfo,
    ) -> Option<TokenDigest> {
        let digest = *self.by_id.get(id)?;
        let info = self.infos.get_mut(&digest).filter(|info| which(info))?;
        *info = change(info.clone());
        Some(digest)
    }

    /// What is known of the token of this digest.
    #[cfg(feature = "oauth")]
    pub(super) fn get(&self, digest: &TokenDigest) -> Option<&TokenInfo> {
        self.infos.get(digest)
    }

    /// Revokes the token of this digest; whether it was there and not revoked.
    #[cfg(feature = "oauth")]
    pub(super) fn revoke(&mut self, digest: &TokenDigest, at: SystemTime, reason: &str) -> bool {
        let Some(info) = self.infos.get_mut(digest).filter(|info| is_not_revoked(info)) else { return false };
        *info = revoke(info.clone(), at, reason);
        true
    }

    /// Revokes those that `which` picks and that are not revoked yet; their digests.
    pub(super) fn revoke_all(
        &mut self,
        which: impl Fn(&TokenInfo) -> bool,
        at: SystemTime,
        reason: &str,
    ) -> Vec<TokenDigest> {
        let ids = self.ids(which);
        ids.iter().filter_map(|id| self.change(id, is_not_revoked, |info| revoke(info, at, reason))).collect()
    }

    fn remove(&mut self, id: &str) -> Option<TokenDigest> {
        let digest = self.by_id.remove(id)?;
        self.infos.remove(&digest);
        Some(digest)
    }

    fn ids(&self, which: impl Fn(&TokenInfo) -> bool) -> Vec<Box<str>> {
        self.infos.values().filter(|info| which(info)).filter_map(TokenInfo::id).map(Box::from).collect()
    }
}

impl MemoryStore {
    pub(super) fn put_token(&self, digest: TokenDigest, info: TokenInfo) -> Result<(), StoreError> {
        self.tokens().add(self.0.capacity, digest, info)?;
        self.announce([digest]);
        Ok(())
    }

    pub(super) fn tokens(&self) -> RwLockWriteGuard<'_, TokenTable> {
        self.0.tokens.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn announce(&self, digests: impl IntoIterator<Item = TokenDigest>) -> u64 {
        let announced = digests.into_iter().map(|digest| self.0.subscribers.announce(&Invalidation::Token(digest)));
        announced.count() as u64
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

    async fn token_by_id(&self, id: &str) -> Result<Option<TokenInfo>, StoreError> {
        let table = self.0.tokens.read().unwrap_or_else(PoisonError::into_inner);
        Ok(table.by_id(id).cloned())
    }

    async fn list_tokens(
        &self,
        filter: &TokenFilter,
        below: Option<&str>,
        limit: usize,
    ) -> Result<Vec<TokenInfo>, StoreError> {
        let table = self.0.tokens.read().unwrap_or_else(PoisonError::into_inner);
        let below = below.map_or(Bound::Unbounded, Bound::Excluded);
        let newest_first = table.by_id.range::<str, _>((Bound::Unbounded, below)).rev();
        let picked = newest_first.filter_map(|(_, digest)| table.infos.get(digest)).filter(|info| filter.picks(info));
        Ok(picked.take(limit.min(1000)).cloned().collect())
    }

    async fn update_token(&self, id: &str, change: &TokenChange, at: SystemTime) -> Result<bool, StoreError> {
        let changed = self.tokens().change(id, |_| true, |info| change.of(info).with_updated_at(at));
        Ok(self.announce(changed) > 0)
    }

    async fn revoke_token(&self, id: &str, at: SystemTime, reason: &str) -> Result<bool, StoreError> {
        let revoked = self.tokens().change(id, is_not_revoked, |info| revoke(info, at, reason));
        Ok(self.announce(revoked) > 0)
    }

    async fn revoke_tokens(&self, filter: &TokenFilter, at: SystemTime, reason: &str) -> Result<u64, StoreError> {
        let revoked = self.tokens().revoke_all(|info| filter.picks(info), at, reason);
        Ok(self.announce(revoked))
    }

    async fn replace_token(
        &self,
        id: &str,
        until: SystemTime,
        digest: &TokenDigest,
        info: &TokenInfo,
    ) -> Result<bool, StoreError> {
        let replaced = {
            let mut table = self.tokens();
            if !table.by_id(id).is_some_and(is_not_revoked) {
                return Ok(false);
            }
            table.add(self.0.capacity, *digest, info.clone())?;
            table.change(
                id,
                |_| true,
                |old| {
                    let end = old.expires_at().map_or(until, |expires_at| expires_at.min(until));
                    old.with_expires_at(end)
                },
            )
        };
        self.announce(replaced.into_iter().chain([*digest]));
        Ok(true)
    }

    async fn delete_token(&self, id: &str) -> Result<bool, StoreError> {
        let removed = self.tokens().remove(id);
        Ok(self.announce(removed) > 0)
    }

    async fn prune_tokens(&self, before: SystemTime) -> Result<u64, StoreError> {
        let removed: Vec<_> = {
            let mut table = self.tokens();
            let over =
                |info: &TokenInfo| [info.expires_at(), info.revoked_at()].into_iter().flatten().any(|at| at < before);
            table.ids(over).iter().filter_map(|id| table.remove(id)).collect()
        };
        Ok(self.announce(removed))
    }

    async fn record_use(&self, uses: &[TokenUse]) -> Result<(), StoreError> {
        let mut table = self.tokens();
        for TokenUse { digest, at } in uses {
            if let Some(info) = table.infos.get_mut(digest)
                && info.last_used_at().is_none_or(|known| known < *at)
            {
                *info = info.clone().with_last_used_at(*at);
            }
        }
        Ok(())
    }
}

fn is_not_revoked(info: &TokenInfo) -> bool {
    info.revoked_at().is_none()
}

fn revoke(info: TokenInfo, at: SystemTime, reason: &str) -> TokenInfo {
    info.with_revoked_at(at).with_revoked_reason(reason)
}
