//! Consents, codes, and what they give.

use std::ops::Bound;
use std::time::SystemTime;

use async_trait::async_trait;

use crate::memory::MemoryStore;
use crate::oauth::{
    AuthorizationCode, Consent, GrantFilter, GrantStore, GrantedToken, Redemption, RefreshToken, Rotation,
};
use crate::sync::{MutexGuard, PoisonError};
use crate::{StoreError, TokenDigest};

use super::Records;

impl MemoryStore {
    /// Whoever changes tokens too locks them after this.
    pub(super) fn records(&self) -> MutexGuard<'_, Records> {
        self.0.oauth.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl GrantStore for MemoryStore {
    async fn give_consent(&self, consent: &Consent) -> Result<Option<Consent>, StoreError> {
        self.records().give_consent(self.0.capacity, consent)
    }

    async fn consent(&self, subject: &str, client_id: &str, organisation: &str) -> Result<Option<Consent>, StoreError> {
        Ok(self.records().consent(subject, client_id, organisation).cloned())
    }

    async fn list_consents(
        &self,
        subject: &str,
        below: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Consent>, StoreError> {
        let records = self.records();
        let below = below.map_or(Bound::Unbounded, Bound::Excluded);
        let newest_first = records.consents.range::<str, _>((Bound::Unbounded, below)).rev();
        let picked = newest_first.map(|(_, consent)| consent).filter(|consent| *consent.subject == *subject);
        Ok(picked.take(limit.min(1000)).cloned().collect())
    }

    async fn withdraw_consent(
        &self,
        subject: &str,
        id: &str,
        at: SystemTime,
        reason: &str,
    ) -> Result<Option<u64>, StoreError> {
        let revoked = {
            let mut records = self.records();
            let Some(consent) = records.consents.get(id).filter(|consent| *consent.subject == *subject) else {
                return Ok(None);
            };
            let filter = GrantFilter::all().with_subject(subject).with_client_id(consent.client_id.clone());
            let filter = filter.with_organisation(consent.organisation.clone());
            records.take_consent(id);
            records.take_grants(&mut self.tokens(), &filter, at, reason)
        };
        Ok(Some(self.announce(revoked)))
    }

    async fn add_code(&self, code: &AuthorizationCode) -> Result<bool, StoreError> {
        self.records().add_code(self.0.capacity, code)
    }

    async fn redeem_code(&self, digest: &TokenDigest, now: SystemTime) -> Result<Redemption, StoreError> {
        Ok(self.records().redeem(digest, now))
    }

    async fn add_granted_token(&self, grant_id: Option<&str>, token: &GrantedToken) -> Result<bool, StoreError> {
        let added = {
            let mut records = self.records();
            records.add_token(self.0.capacity, &mut self.tokens(), grant_id, token)?
        };
        self.announce(added.then_some(token.digest));
        Ok(added)
    }

    async fn refresh_token(&self, digest: &TokenDigest) -> Result<Option<RefreshToken>, StoreError> {
        Ok(self.records().refresh_tokens.get(digest).cloned())
    }

    async fn rotate_refresh_token(
        &self,
        old: &TokenDigest,
        token: &GrantedToken,
        now: SystemTime,
    ) -> Result<Rotation, StoreError> {
        {
            let mut records = self.records();
            let Some(known) = records.refresh_tokens.get(old).cloned() else { return Ok(Rotation::Refused) };
            if known.rotated_at.is_some() {
                return Ok(Rotation::Reused(known));
            }
            if known.expires_at.is_some_and(|end| end <= now)
                || !records.add_token(self.0.capacity, &mut self.tokens(), Some(&known.grant_id), token)?
            {
                return Ok(Rotation::Refused);
            }
            records.refresh_tokens.insert(*old, known.with_rotated_at(now));
        }
        self.announce([token.digest]);
        Ok(Rotation::Rotated)
    }

    async fn revoke_grant(&self, id: &str, at: SystemTime, reason: &str) -> Result<Option<u64>, StoreError> {
        let revoked: Vec<_> = {
            let mut records = self.records();
            let Some(given) = records.take_grant(id) else { return Ok(None) };
            let mut tokens = self.tokens();
            given.into_iter().filter(|digest| tokens.revoke(digest, at, reason)).collect()
        };
        Ok(Some(self.announce(revoked)))
    }

    async fn revoke_grants(&self, filter: &GrantFilter, at: SystemTime, reason: &str) -> Result<u64, StoreError> {
        let revoked = {
            let mut records = self.records();
            records.take_grants(&mut self.tokens(), filter, at, reason)
        };
        Ok(self.announce(revoked))
    }

    async fn prune_grants(&self, before: SystemTime) -> Result<u64, StoreError> {
        let mut records = self.records();
        let tokens = self.tokens();
        Ok(records.prune(&tokens, before))
    }
}
