//! Tokens that are changed, with faults.

use std::time::SystemTime;

use countersign_core::{
    Scope, StoreError, TokenAdmin, TokenChange, TokenDigest, TokenFilter, TokenInfo, TokenUse, async_trait,
};

use super::records::{With, unrevoked};
use super::store::dawdle;
use super::{Fault, FaultyStore};

impl FaultyStore {
    fn add(&self, digest: &TokenDigest, info: &TokenInfo) -> Result<TokenDigest, StoreError> {
        let mut table = self.tokens();
        let digest = self.digest(digest);
        let nameless = info.id().is_none() && !self.has(Fault::AddNameless);
        let taken = table.values().any(|known| known.id().is_some() && known.id() == info.id());
        if nameless || taken || table.contains_key(&digest) {
            return Err(StoreError::new("no id, or one that is taken"));
        }
        let mut info = info.clone();
        for (time, with) in [
            (info.created_at(), TokenInfo::with_created_at as With<SystemTime>),
            (info.updated_at(), TokenInfo::with_updated_at),
            (info.last_used_at(), TokenInfo::with_last_used_at),
            (info.not_before(), TokenInfo::with_not_before),
            (info.expires_at(), TokenInfo::with_expires_at),
            (info.revoked_at(), TokenInfo::with_revoked_at),
        ] {
            info = time.map(|time| self.time(time)).into_iter().fold(info, with);
        }
        if self.has(Fault::SortScopes) {
            let mut names: Vec<_> = info.scope().iter().map(str::to_owned).collect();
            names.sort();
            info = info.with_scope(Scope::new(names).unwrap());
        }
        table.insert(digest, info);
        Ok(digest)
    }

    /// Changes the token of this id, if it is there and meets the condition.
    async fn change(
        &self,
        id: &str,
        which: impl Fn(&TokenInfo) -> bool + Send,
        change: impl Fn(TokenInfo) -> TokenInfo + Send,
    ) -> Option<TokenDigest> {
        let (digest, info) = self.find(id).filter(|(_, info)| which(info))?;
        if self.has(Fault::ReadThenWrite) {
            dawdle().await;
            self.tokens().insert(digest, change(info));
            return Some(digest);
        }
        let mut table = self.tokens();
        let known = table.get_mut(&digest).filter(|info| which(info))?;
        *known = change(known.clone());
        Some(digest)
    }

    fn revoked(&self, info: TokenInfo, at: SystemTime, reason: &str) -> TokenInfo {
        info.with_revoked_at(self.time(at)).with_revoked_reason(reason)
    }

    fn remove(&self, which: impl Fn(&TokenInfo) -> bool) -> Vec<TokenDigest> {
        let mut gone = Vec::new();
        self.tokens().retain(|digest, info| {
            if which(info) {
                gone.push(*digest);
            }
            !which(info)
        });
        gone
    }
}

#[async_trait]
impl TokenAdmin for FaultyStore {
    async fn add_token(&self, digest: &TokenDigest, info: &TokenInfo) -> Result<(), StoreError> {
        if self.pretends()? {
            return Ok(());
        }
        let added = self.add(digest, info)?;
        self.tell_tokens([added]).await;
        Ok(())
    }

    async fn token_by_id(&self, id: &str) -> Result<Option<TokenInfo>, StoreError> {
        if self.pretends()? {
            return Ok(None);
        }
        Ok(self.find(id).map(|(_, info)| info))
    }

    async fn list_tokens(
        &self,
        filter: &TokenFilter,
        below: Option<&str>,
        limit: usize,
    ) -> Result<Vec<TokenInfo>, StoreError> {
        if self.pretends()? {
            return Ok(Vec::new());
        }
        Ok(self.page_of_tokens(filter, below, limit))
    }

    async fn update_token(&self, id: &str, change: &TokenChange, at: SystemTime) -> Result<bool, StoreError> {
        if self.pretends()? {
            return Ok(true);
        }
        let changed = self.change(id, |_| true, |old| self.updated(old, change, at)).await;
        self.tell_tokens(changed).await;
        Ok(changed.is_some())
    }

    async fn revoke_token(&self, id: &str, at: SystemTime, reason: &str) -> Result<bool, StoreError> {
        if self.pretends()? {
            return Ok(true);
        }
        if self.has(Fault::TellThenChange) {
            self.tell_too_early(id).await;
        }
        let which = |info: &TokenInfo| info.revoked_at().is_none() || self.has(Fault::OverwriteRevocation);
        let revoked = self.change(id, which, |info| self.revoked(info, at, reason)).await;
        if !self.has(Fault::TellThenChange) {
            self.tell_tokens(revoked).await;
        }
        Ok(revoked.is_some())
    }

    async fn revoke_tokens(&self, filter: &TokenFilter, at: SystemTime, reason: &str) -> Result<u64, StoreError> {
        if self.pretends()? {
            return Ok(0);
        }
        let (revoked, count) = {
            let mut table = self.tokens();
            let picked: Vec<_> = table.iter_mut().filter(|(_, info)| self.picks(filter, info)).collect();
            let page = if self.has(Fault::RevokeAPage) { 1000 } else { picked.len() };
            let (mut revoked, mut count) = (Vec::new(), 0);
            for (digest, info) in picked.into_iter().take(page) {
                let first = info.revoked_at().is_none();
                count += u64::from(first || self.has(Fault::CountAllRevoked));
                if first || self.has(Fault::OverwriteRevocationOfMany) {
                    *info = self.revoked(info.clone(), at, reason);
                    revoked.push(*digest);
                }
            }
            (revoked, count)
        };
        self.tell_tokens(revoked).await;
        Ok(count)
    }

    async fn replace_token(
        &self,
        id: &str,
        until: SystemTime,
        digest: &TokenDigest,
        info: &TokenInfo,
    ) -> Result<bool, StoreError> {
        if self.pretends()? {
            return Ok(true);
        }
        let which = |info: &TokenInfo| info.revoked_at().is_none() || self.has(Fault::ReplaceRevoked);
        let ended = |old: TokenInfo| {
            let earlier = old.expires_at().filter(|end| *end < until && !self.has(Fault::ExtendReplaced));
            old.with_expires_at(self.time(earlier.unwrap_or(until)))
        };
        if !self.tokens().values().any(|known| known.id() == Some(id) && which(known)) {
            return Ok(false);
        }
        let (old, new) = if self.has(Fault::ReplaceInTwoSteps) {
            let old = self.change(id, which, ended).await;
            tokio::task::yield_now().await;
            (old, self.add(digest, info)?)
        } else {
            let new = self.add(digest, info)?;
            (self.change(id, |_| true, ended).await, new)
        };
        self.tell_tokens(old.into_iter().chain((!self.has(Fault::TellInReplacedOnly)).then_some(new))).await;
        Ok(true)
    }

    async fn delete_token(&self, id: &str) -> Result<bool, StoreError> {
        if self.pretends()? {
            return Ok(true);
        }
        let gone = self.remove(|info| info.id() == Some(id));
        self.tell_tokens(gone.clone()).await;
        Ok(!gone.is_empty())
    }

    async fn prune_tokens(&self, before: SystemTime) -> Result<u64, StoreError> {
        if self.pretends()? {
            return Ok(0);
        }
        let over = |end: SystemTime| end < before || self.has(Fault::PruneAtTheTime) && end == before;
        let gone = self.remove(|info| [info.expires_at(), info.revoked_at()].into_iter().flatten().any(over));
        let count = gone.len() as u64;
        self.tell_tokens(gone).await;
        Ok(count)
    }

    async fn record_use(&self, uses: &[TokenUse]) -> Result<(), StoreError> {
        if self.pretends()? {
            return Ok(());
        }
        self.record(uses)?;
        if self.has(Fault::TellUse) {
            self.tell_tokens(uses.iter().map(|used| used.digest)).await;
        }
        Ok(())
    }
}

impl FaultyStore {
    fn updated(&self, old: TokenInfo, change: &TokenChange, at: SystemTime) -> TokenInfo {
        let new = match self.fault {
            Fault::IgnoreTakenAway if change.note() == Some(None) => TokenChange::new().of(old),
            Fault::UnrevokeOnUpdate => change.of(unrevoked(&old)),
            _ => change.of(old),
        };
        let new = new.expires_at().map(|end| self.time(end)).into_iter().fold(new, TokenInfo::with_expires_at);
        if self.has(Fault::ForgetTimeOfUpdate) { new } else { new.with_updated_at(self.time(at)) }
    }

    fn record(&self, uses: &[TokenUse]) -> Result<(), StoreError> {
        if self.has(Fault::RecordAPage) && uses.len() > 32_766 {
            return Err(StoreError::new("too many SQL variables"));
        }
        let mut table = self.tokens();
        for TokenUse { digest, at } in uses {
            let digest = self.digest(digest);
            if self.has(Fault::RecordMakesUp) && !table.contains_key(&digest) {
                table.insert(digest, TokenInfo::new("").with_id(format!("{:?}", digest.as_bytes())));
            }
            let Some(info) = table.get_mut(&digest) else { continue };
            if self.has(Fault::RecordBackwards) || info.last_used_at().is_none_or(|known| known < *at) {
                *info = info.clone().with_last_used_at(self.time(*at));
            }
            if self.has(Fault::RecordTouches) {
                *info = info.clone().with_updated_at(self.time(*at));
            }
        }
        Ok(())
    }
}
