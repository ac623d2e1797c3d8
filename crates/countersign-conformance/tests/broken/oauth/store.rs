//! The store in memory, with one thing wrong.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use countersign_conformance::{Breakable, Durable, Harness};
use countersign_core::oauth::{
    AddedApplication, ApiApplication, ApplicationChange, ApplicationStatus, ApplicationStore, AuthorizationCode,
    Consent, GrantFilter, GrantStore, GrantedToken, Redemption, RefreshToken, Rotation,
};
use countersign_core::{MemoryStore, StoreError, TokenAdmin, TokenDigest, async_trait};

use crate::faulty::dawdle;

/// The one thing that is wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    None,
    AddOnlyIfNoneIsSeen,
    AddTokenOfAnyGrant,
    AddTokenToInactive,
    AddTokenWithoutConsent,
    AnswerWhenBroken,
    ConsentToAnything,
    DeleteByDeactivating,
    ExpireNever,
    FoldCase,
    ForgetOnReopen,
    ForgetRedeemed,
    ListFromTheBeginning,
    ListMoreThan1000,
    LookThenAddToken,
    LookThenRedeem,
    LookThenRotate,
    PruneAtTheTime,
    PruneByCodesAlone,
    ReplaceConsent,
    RevokeGrantOnly,
    RevokeWithoutFilter,
    RotateAgain,
    RotateExpired,
    RoundTimesUp,
    TellNobody,
    WithdrawAnothers,
}

#[derive(Clone, Copy)]
pub(super) struct Tampered(pub(super) Fault);

impl Harness for Tampered {
    type Store = TamperedStore;
    type Guard = ();

    async fn open(&self) -> (TamperedStore, ()) {
        let (inner, broken, spent) = (MemoryStore::new(), Arc::default(), Arc::default());
        (TamperedStore { fault: self.0, inner, broken, spent }, ())
    }
}

impl Breakable for Tampered {
    async fn break_store(&self, store: &TamperedStore, (): &()) {
        store.broken.store(true, Ordering::SeqCst);
    }
}

impl Durable for Tampered {
    async fn reopen(&self, store: TamperedStore, (): &()) -> TamperedStore {
        if self.0 == Fault::ForgetOnReopen { self.open().await.0 } else { store }
    }
}

#[derive(Clone)]
pub(super) struct TamperedStore {
    pub(super) fault: Fault,
    pub(super) inner: MemoryStore,
    broken: Arc<AtomicBool>,
    /// What was redeemed or rotated, as far as whoever looks before can see.
    spent: Arc<Mutex<HashSet<[u8; 32]>>>,
}

impl TamperedStore {
    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn check(&self) -> Result<(), StoreError> {
        let broken = self.broken.load(Ordering::SeqCst) && !self.has(Fault::AnswerWhenBroken);
        if broken { Err(StoreError::new("connection closed")) } else { Ok(()) }
    }

    fn id(&self, id: &str) -> String {
        if self.has(Fault::FoldCase) { id.to_lowercase() } else { id.to_owned() }
    }

    /// Whether it was spent before; lets everybody else look too before it is.
    async fn was_spent(&self, digest: &TokenDigest) -> bool {
        let was_spent = self.spent.lock().unwrap().contains(digest.as_bytes());
        if !was_spent {
            dawdle().await;
            self.spent.lock().unwrap().insert(*digest.as_bytes());
        }
        was_spent
    }

    /// Adds a token as any other.
    async fn issue(&self, token: &GrantedToken) -> Result<bool, StoreError> {
        self.inner.add_token(&token.digest, &token.info).await?;
        Ok(true)
    }
}

#[async_trait]
impl ApplicationStore for TamperedStore {
    async fn add_application(&self, application: &ApiApplication) -> Result<(), StoreError> {
        self.check()?;
        let mut application = application.clone();
        application.client_id = self.id(&application.client_id).into();
        self.inner.add_application(&application).await
    }

    async fn add_only_application(&self, application: &ApiApplication) -> Result<AddedApplication, StoreError> {
        self.check()?;
        if self.has(Fault::AddOnlyIfNoneIsSeen) {
            let known = self.inner.list_applications(Some(&application.organisation), None, 1).await?;
            if let Some(known) = known.into_iter().next() {
                return Ok(AddedApplication::Existing(known));
            }
            dawdle().await;
            self.inner.add_application(application).await?;
            return Ok(AddedApplication::Added);
        }
        self.inner.add_only_application(application).await
    }

    async fn application(&self, client_id: &str) -> Result<Option<ApiApplication>, StoreError> {
        self.check()?;
        self.inner.application(&self.id(client_id)).await
    }

    async fn list_applications(
        &self,
        organisation: Option<&str>,
        above: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ApiApplication>, StoreError> {
        self.check()?;
        let above = above.filter(|_| !self.has(Fault::ListFromTheBeginning));
        let mut page = self.inner.list_applications(organisation, above, limit).await?;
        if self.has(Fault::ListMoreThan1000) && limit > 1000 {
            let last = page.last().map(|last| last.client_id.clone());
            page.extend(self.inner.list_applications(organisation, last.as_deref(), limit).await?);
        }
        Ok(page)
    }

    async fn update_application(
        &self,
        client_id: &str,
        change: &ApplicationChange,
        at: SystemTime,
    ) -> Result<bool, StoreError> {
        self.check()?;
        self.inner.update_application(&self.id(client_id), change, at).await
    }

    async fn delete_application(
        &self,
        client_id: &str,
        at: SystemTime,
        reason: &str,
    ) -> Result<Option<u64>, StoreError> {
        self.check()?;
        if self.has(Fault::DeleteByDeactivating) {
            let change = ApplicationChange::new().with_status(ApplicationStatus::Inactive);
            return Ok(self.inner.update_application(client_id, &change, at).await?.then_some(0));
        }
        self.inner.delete_application(&self.id(client_id), at, reason).await
    }
}

#[async_trait]
impl GrantStore for TamperedStore {
    async fn give_consent(&self, consent: &Consent) -> Result<Option<Consent>, StoreError> {
        self.check()?;
        let Consent { subject, client_id, organisation, .. } = consent;
        if self.has(Fault::ReplaceConsent)
            && let Some(known) = self.inner.consent(subject, client_id, organisation).await?
        {
            self.inner.withdraw_consent(subject, &known.id, consent.updated_at, "given again").await?;
        }
        let given = self.inner.give_consent(consent).await?;
        Ok(if self.has(Fault::ConsentToAnything) { given.or_else(|| Some(consent.clone())) } else { given })
    }

    async fn consent(&self, subject: &str, client_id: &str, organisation: &str) -> Result<Option<Consent>, StoreError> {
        self.check()?;
        self.inner.consent(subject, client_id, organisation).await
    }

    async fn list_consents(
        &self,
        subject: &str,
        below: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Consent>, StoreError> {
        self.check()?;
        self.inner.list_consents(subject, below, limit).await
    }

    async fn withdraw_consent(
        &self,
        subject: &str,
        id: &str,
        at: SystemTime,
        reason: &str,
    ) -> Result<Option<u64>, StoreError> {
        self.check()?;
        let subject = if self.has(Fault::WithdrawAnothers) { "ada" } else { subject };
        self.inner.withdraw_consent(subject, id, at, reason).await
    }

    async fn add_code(&self, code: &AuthorizationCode) -> Result<bool, StoreError> {
        self.check()?;
        let mut code = code.clone();
        if self.has(Fault::RoundTimesUp) {
            let nanos = code.expires_at.duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_nanos();
            code.expires_at += Duration::from_nanos((1_000_000_000 - u64::from(nanos)) % 1_000_000_000);
        }
        self.inner.add_code(&code).await
    }

    async fn redeem_code(&self, digest: &TokenDigest, now: SystemTime) -> Result<Redemption, StoreError> {
        self.check()?;
        let was_spent = !self.has(Fault::LookThenRedeem) || self.was_spent(digest).await;
        Ok(match (self.inner.redeem_code(digest, now).await?, self.fault) {
            (Redemption::Expired(code), Fault::ExpireNever) => Redemption::Fresh(code),
            (Redemption::Replayed(_), Fault::ForgetRedeemed) => Redemption::Unknown,
            (Redemption::Replayed(code), _) if !was_spent => Redemption::Fresh(code),
            (redemption, _) => redemption,
        })
    }

    async fn add_granted_token(&self, grant_id: Option<&str>, token: &GrantedToken) -> Result<bool, StoreError> {
        self.check()?;
        let (client_id, organisation) = token.client(grant_id)?;
        match self.fault {
            Fault::AddTokenOfAnyGrant if grant_id.is_some() => {}
            Fault::AddTokenWithoutConsent if grant_id.is_none() => {}
            Fault::AddTokenToInactive => {}
            Fault::LookThenAddToken => {
                if self.inner.consent(token.info.subject(), client_id, organisation).await?.is_none() {
                    return Ok(false);
                }
                dawdle().await;
            }
            _ => return self.inner.add_granted_token(grant_id, token).await,
        }
        if self.inner.add_granted_token(grant_id, token).await? { Ok(true) } else { self.issue(token).await }
    }

    async fn refresh_token(&self, digest: &TokenDigest) -> Result<Option<RefreshToken>, StoreError> {
        self.check()?;
        self.inner.refresh_token(digest).await
    }

    async fn rotate_refresh_token(
        &self,
        old: &TokenDigest,
        token: &GrantedToken,
        now: SystemTime,
    ) -> Result<Rotation, StoreError> {
        self.check()?;
        let now = if self.has(Fault::RotateExpired) { SystemTime::UNIX_EPOCH } else { now };
        let was_spent = !self.has(Fault::LookThenRotate) || self.was_spent(old).await;
        match self.inner.rotate_refresh_token(old, token, now).await? {
            Rotation::Reused(old) if !was_spent || self.has(Fault::RotateAgain) => {
                let added = self.inner.add_granted_token(Some(&old.grant_id), token).await?;
                Ok(if added { Rotation::Rotated } else { Rotation::Refused })
            }
            rotation => Ok(rotation),
        }
    }

    async fn revoke_grant(&self, id: &str, at: SystemTime, reason: &str) -> Result<Option<u64>, StoreError> {
        self.check()?;
        if self.has(Fault::RevokeGrantOnly) {
            return Ok(Some(0));
        }
        self.inner.revoke_grant(id, at, reason).await
    }

    async fn revoke_grants(&self, filter: &GrantFilter, at: SystemTime, reason: &str) -> Result<u64, StoreError> {
        self.check()?;
        let all = GrantFilter::all();
        self.inner.revoke_grants(if self.has(Fault::RevokeWithoutFilter) { &all } else { filter }, at, reason).await
    }

    async fn prune_grants(&self, before: SystemTime) -> Result<u64, StoreError> {
        self.check()?;
        let before = match self.fault {
            Fault::PruneAtTheTime => before + Duration::from_micros(1),
            // As if all tokens had ended by then.
            Fault::PruneByCodesAlone => before + Duration::from_secs(1_000_000),
            _ => before,
        };
        self.inner.prune_grants(before).await
    }
}
