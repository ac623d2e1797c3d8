//! The records, and how they hang together.

use std::collections::{BTreeMap, HashMap};
use std::time::SystemTime;

use crate::memory::{DigestMap, TokenTable};
use crate::oauth::{
    ApiApplication, ApplicationStatus, AuthorizationCode, Consent, GrantFilter, GrantedToken, Redemption, RefreshToken,
};
use crate::{StoreError, TokenDigest, TokenInfo};

#[derive(Default)]
pub(in crate::memory) struct Records {
    pub(super) applications: BTreeMap<Box<str>, ApiApplication>,
    pub(super) consents: BTreeMap<Box<str>, Consent>,
    /// The id of the consent of a subject to an application in an organisation.
    consent_ids: HashMap<[Box<str>; 3], Box<str>>,
    grants: HashMap<Box<str>, Grant>,
    /// The id of the grant of a code.
    codes: DigestMap<Box<str>>,
    pub(super) refresh_tokens: DigestMap<RefreshToken>,
}

/// A code, and what was given for it.
struct Grant {
    code: AuthorizationCode,
    tokens: Vec<TokenDigest>,
    refresh_tokens: Vec<TokenDigest>,
}

impl Records {
    /// The consent of this subject to this application in this organisation.
    pub(super) fn consent(&self, subject: &str, client_id: &str, organisation: &str) -> Option<&Consent> {
        let id = self.consent_ids.get(&[subject, client_id, organisation].map(Box::from))?;
        self.consents.get(id)
    }

    pub(super) fn give_consent(&mut self, capacity: usize, consent: &Consent) -> Result<Option<Consent>, StoreError> {
        let Consent { id, subject, client_id, organisation, .. } = consent;
        let is_of_it = |application: &ApiApplication| application.organisation == *organisation;
        if !self.applications.get(client_id).is_some_and(is_of_it) {
            return Ok(None);
        }
        let given = match self.consent(subject, client_id, organisation) {
            Some(known) => known.clone().given_again(consent),
            None if self.consents.contains_key(id) => return Err(StoreError::new("another consent has this id")),
            None if self.consents.len() >= capacity => return Err(StoreError::new("no room for another consent")),
            None => {
                let key = [subject.clone(), client_id.clone(), organisation.clone()];
                self.consent_ids.insert(key, id.clone());
                consent.clone()
            }
        };
        self.consents.insert(given.id.clone(), given.clone());
        Ok(Some(given))
    }

    /// Whether something may be given to this application.
    fn may_give(&self, subject: &str, client_id: &str, organisation: &str) -> bool {
        let is_active = |application: &ApiApplication| application.status == ApplicationStatus::Active;
        self.applications.get(client_id).is_some_and(is_active)
            && self.consent(subject, client_id, organisation).is_some()
    }

    pub(super) fn add_code(&mut self, capacity: usize, code: &AuthorizationCode) -> Result<bool, StoreError> {
        if !self.may_give(&code.subject, &code.client_id, &code.organisation) {
            return Ok(false);
        }
        if self.codes.contains_key(&code.digest) || self.grants.contains_key(&code.grant_id) {
            return Err(StoreError::new("this code or a grant of the same id is there already"));
        }
        if self.grants.len() >= capacity {
            return Err(StoreError::new("no room for another grant"));
        }
        self.codes.insert(code.digest, code.grant_id.clone());
        let grant = Grant { code: code.clone(), tokens: Vec::new(), refresh_tokens: Vec::new() };
        self.grants.insert(code.grant_id.clone(), grant);
        Ok(true)
    }

    pub(super) fn redeem(&mut self, digest: &TokenDigest, now: SystemTime) -> Redemption {
        let grant = self.codes.get(digest).and_then(|id| self.grants.get_mut(id));
        let Some(Grant { code, .. }) = grant else { return Redemption::Unknown };
        if code.redeemed_at.is_some() {
            return Redemption::Replayed(code.clone());
        }
        code.redeemed_at = Some(now);
        if now < code.expires_at { Redemption::Fresh(code.clone()) } else { Redemption::Expired(code.clone()) }
    }

    /// Adds a token where its grant, its consent and its application allow it; nothing is changed otherwise.
    pub(super) fn add_token(
        &mut self,
        capacity: usize,
        tokens: &mut TokenTable,
        grant_id: Option<&str>,
        token: &GrantedToken,
    ) -> Result<bool, StoreError> {
        let (subject, (client_id, organisation)) = (token.info.subject(), token.client(grant_id)?);
        if !self.may_give(subject, client_id, organisation) {
            return Ok(false);
        }
        if let Some(refresh) = &token.refresh {
            if self.refresh_tokens.contains_key(&refresh.digest) {
                return Err(StoreError::new("this refresh token is there already"));
            }
            if self.refresh_tokens.len() >= capacity {
                return Err(StoreError::new("no room for another refresh token"));
            }
        }
        let Some(id) = grant_id else {
            tokens.add(capacity, token.digest, token.info.clone())?;
            return Ok(true);
        };
        let redeemed = |grant: &&mut Grant| grant.code.redeemed_at.is_some();
        let Some(grant) = self.grants.get_mut(id).filter(redeemed) else { return Ok(false) };
        if !grant.code.is_of(subject, client_id, organisation) {
            return Err(StoreError::new("the token is not of the same subject and application as its grant"));
        }
        tokens.add(capacity, token.digest, token.info.clone())?;
        grant.tokens.push(token.digest);
        if let Some(refresh) = &token.refresh {
            grant.refresh_tokens.push(refresh.digest);
            self.refresh_tokens.insert(refresh.digest, refresh.clone());
        }
        Ok(true)
    }

    /// Forgets the grant of this id; the digests of the tokens that it gave.
    pub(super) fn take_grant(&mut self, id: &str) -> Option<Vec<TokenDigest>> {
        let grant = self.grants.remove(id)?;
        self.codes.remove(&grant.code.digest);
        for digest in &grant.refresh_tokens {
            self.refresh_tokens.remove(digest);
        }
        Some(grant.tokens)
    }

    /// Forgets the grants that `filter` picks, and revokes the tokens of applications that it picks; their digests.
    pub(super) fn take_grants(
        &mut self,
        tokens: &mut TokenTable,
        filter: &GrantFilter,
        at: SystemTime,
        reason: &str,
    ) -> Vec<TokenDigest> {
        let picked = |code: &AuthorizationCode| filter.picks(&code.subject, &code.client_id, &code.organisation);
        for id in self.grants_where(|grant| picked(&grant.code)) {
            self.take_grant(&id);
        }
        let of_these = filter.tokens();
        tokens.revoke_all(|info| info.client_id().is_some() && of_these.picks(info), at, reason)
    }

    pub(super) fn take_consent(&mut self, id: &str) {
        if let Some(Consent { subject, client_id, organisation, .. }) = self.consents.remove(id) {
            self.consent_ids.remove(&[subject, client_id, organisation]);
        }
    }

    /// Forgets the grants of which everything was over before `before`; says how many.
    pub(super) fn prune(&mut self, tokens: &TokenTable, before: SystemTime) -> u64 {
        let is_over = |end: Option<SystemTime>| end.is_some_and(|end| end < before);
        let token_is_over = |info: &TokenInfo| info.revoked_at().is_some() || is_over(info.expires_at());
        let due = self.grants_where(|grant| {
            is_over(Some(grant.code.expires_at))
                && grant.tokens.iter().all(|digest| tokens.get(digest).is_none_or(token_is_over))
                && grant.refresh_tokens.iter().all(|digest| {
                    let known = self.refresh_tokens.get(digest);
                    known.is_none_or(|refresh| refresh.rotated_at.is_some() || is_over(refresh.expires_at))
                })
        });
        due.iter().filter_map(|id| self.take_grant(id)).count() as u64
    }

    fn grants_where(&self, which: impl Fn(&Grant) -> bool) -> Vec<Box<str>> {
        self.grants.iter().filter(|(_, grant)| which(grant)).map(|(id, _)| id.clone()).collect()
    }
}
