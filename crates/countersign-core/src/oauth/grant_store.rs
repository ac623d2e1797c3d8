//! Consents, codes, and what they give.

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;

use super::{AuthorizationCode, Consent, GrantFilter, GrantedToken, Redemption, RefreshToken, Rotation};
use crate::{StoreError, TokenDigest};

/// Keeps what users have consented to, and the grants: codes, and what was given for them.
///
/// It is kept where the tokens are: what is added here is found by the same store's [`TokenStore`](crate::TokenStore) and
/// [`TokenAdmin`](crate::TokenAdmin), and the applications are those of its [`ApplicationStore`](super::ApplicationStore).
///
/// # Contract
/// 1. Acknowledged means durable: after `Ok`, a crash loses nothing. Above all, a code that was redeemed stays redeemed, a
///    refresh token that was rotated stays rotated, and what was revoked stays revoked.
/// 2. What could not be stored is an error, never success. Each call is one atomic step.
/// 3. A store never sees a raw code or token: it is given digests.
/// 4. Redeeming and rotating happen once: of any number of concurrent callers exactly one gets
///    [`Redemption::Fresh`] or [`Rotation::Rotated`].
/// 5. Nothing is added to what has ended: no consent to an application that is gone, no code without consent, no token
///    without consent or of a grant that was revoked, also where it ends at the same moment. Either the token is revoked with
///    the rest, or it is not added.
/// 6. Revoking revokes tokens, which remain with time and reason, and forgets grants. What is taken from a token, and that
///    one was added, is announced to the store's own [`Invalidations`](crate::Invalidations), if it has any, before the call
///    returns.
/// 7. Texts are compared byte by byte. Times are kept to the microsecond at least, and are cut off, never rounded up;
///    scope-tokens keep their order.
/// 8. The store owns no clock: times come with the calls.
///
/// # Cancel safety
/// A future may be dropped at any await: the change is made whole or not at all, and what is made is announced. A code whose
/// redemption was dropped may be spent.
#[async_trait]
pub trait GrantStore: Send + Sync + 'static {
    /// Keeps a consent and returns it. Where the subject has consented to the same application in the same organisation
    /// before, that consent is [given again](Consent::given_again), and the result is returned.
    ///
    /// `None`, and nothing is kept, when that organisation has no such application.
    ///
    /// # Errors
    /// When it could not be stored, or another consent has this id.
    async fn give_consent(&self, consent: &Consent) -> Result<Option<Consent>, StoreError>;

    /// What this subject has consented to.
    ///
    /// # Errors
    /// When the store cannot say.
    async fn consent(&self, subject: &str, client_id: &str, organisation: &str) -> Result<Option<Consent>, StoreError>;

    /// The consents of this subject, in descending order of their ids' bytes (the newest first, where
    /// [`new_token_id`](crate::new_token_id) made the ids), at most `limit` of them and at most 1,000.
    ///
    /// The next page begins below the last id of this one: `below`, which is not part of it and need not exist. An empty
    /// page is the last.
    ///
    /// # Errors
    /// When the store cannot say.
    async fn list_consents(&self, subject: &str, below: Option<&str>, limit: usize)
    -> Result<Vec<Consent>, StoreError>;

    /// Forgets the consent of this id if it is this subject's, with the codes and refresh tokens that rest on it, and revokes
    /// all tokens of that subject that were issued to that application for that organisation, at once; says how many of these
    /// were not revoked yet, or `None` when this subject has no such consent.
    ///
    /// # Errors
    /// When that could not be stored: everything is as it was then, and the tokens are still good.
    async fn withdraw_consent(
        &self,
        subject: &str,
        id: &str,
        at: SystemTime,
        reason: &str,
    ) -> Result<Option<u64>, StoreError>;

    /// Keeps a code that was just made. `false`, and nothing is kept, when the subject has not consented to this application
    /// in this organisation, or the application is not active.
    ///
    /// # Errors
    /// When it could not be stored, or there is a code of this digest or a grant of this id already.
    async fn add_code(&self, code: &AuthorizationCode) -> Result<bool, StoreError>;

    /// Redeems the code of this digest, once. It is spent whatever is found wrong afterwards, also where it has expired by
    /// `now`.
    ///
    /// A redeemed code is remembered until its grant is revoked or [forgotten](Self::prune_grants): until then it is
    /// [`Replayed`](Redemption::Replayed).
    ///
    /// # Errors
    /// When the store cannot say; the code may or may not be spent then.
    async fn redeem_code(&self, digest: &TokenDigest, now: SystemTime) -> Result<Redemption, StoreError>;

    /// Adds a token, and the refresh token that comes with it: those that a redeemed code gives with the id of its grant, one
    /// that was given without code (RFC 6749 §4.2) with `None`. `false`, and nothing is added, when there is no such grant
    /// (any more), its code was not redeemed, the subject has not consented, or the application is not active.
    ///
    /// # Errors
    /// When it could not be stored, when there is a token of this digest or this id already, when `info` lacks an id, an
    /// application or an organisation, when it is of another subject, application or organisation than the grant, and when
    /// the refresh token is of another grant.
    async fn add_granted_token(&self, grant_id: Option<&str>, token: &GrantedToken) -> Result<bool, StoreError>;

    /// What is known of the refresh token of this digest, whether it is over, or rotated, or not.
    ///
    /// # Errors
    /// When the store cannot say.
    async fn refresh_token(&self, digest: &TokenDigest) -> Result<Option<RefreshToken>, StoreError>;

    /// Puts new tokens in the place of the refresh token of this digest, once, and sets its `rotated_at` to `now`. The token
    /// that was issued with it remains.
    ///
    /// # Errors
    /// Those of [`add_granted_token`](Self::add_granted_token), the grant being that of the old refresh token; nothing is
    /// changed then.
    async fn rotate_refresh_token(
        &self,
        old: &TokenDigest,
        token: &GrantedToken,
        now: SystemTime,
    ) -> Result<Rotation, StoreError>;

    /// Forgets the grant of this id, its code and refresh tokens, and revokes all tokens that it gave, at once; says how many
    /// of these were not revoked yet, or `None` when there is no such grant.
    ///
    /// # Errors
    /// When that could not be stored: everything is as it was then, and the tokens are still good.
    async fn revoke_grant(&self, id: &str, at: SystemTime, reason: &str) -> Result<Option<u64>, StoreError>;

    /// Forgets all grants that `filter` picks, and revokes all tokens of these subjects and organisations that were issued to
    /// these applications, also those that were given without code; says how many of these were not revoked yet. Consents
    /// remain. Tokens that were issued to no application remain too.
    ///
    /// For a user who logs out or leaves an organisation, and for an application that was made inactive.
    ///
    /// # Errors
    /// When that could not be stored: everything is as it was then, and the tokens are still good.
    async fn revoke_grants(&self, filter: &GrantFilter, at: SystemTime, reason: &str) -> Result<u64, StoreError>;

    /// Forgets the grants of which everything was over before `before`: the code by its expiry, all refresh tokens by
    /// theirs or because another is in their place, and all tokens by theirs or because they are revoked or gone; says how many these were. Whoever serves calls it now and then:
    /// nothing else makes room.
    ///
    /// # Errors
    /// When that could not be stored; some may be gone then.
    async fn prune_grants(&self, before: SystemTime) -> Result<u64, StoreError>;
}

/// A store behind a pointer is one too.
macro_rules! through_pointer {
    ($($pointer:ident),*) => {$(
        #[async_trait]
        impl<S: GrantStore + ?Sized> GrantStore for $pointer<S> {
            async fn give_consent(&self, consent: &Consent) -> Result<Option<Consent>, StoreError> {
                (**self).give_consent(consent).await
            }

            async fn consent(
                &self,
                subject: &str,
                client_id: &str,
                organisation: &str,
            ) -> Result<Option<Consent>, StoreError> {
                (**self).consent(subject, client_id, organisation).await
            }

            async fn list_consents(
                &self,
                subject: &str,
                below: Option<&str>,
                limit: usize,
            ) -> Result<Vec<Consent>, StoreError> {
                (**self).list_consents(subject, below, limit).await
            }

            async fn withdraw_consent(
                &self,
                subject: &str,
                id: &str,
                at: SystemTime,
                reason: &str,
            ) -> Result<Option<u64>, StoreError> {
                (**self).withdraw_consent(subject, id, at, reason).await
            }

            async fn add_code(&self, code: &AuthorizationCode) -> Result<bool, StoreError> {
                (**self).add_code(code).await
            }

            async fn redeem_code(&self, digest: &TokenDigest, now: SystemTime) -> Result<Redemption, StoreError> {
                (**self).redeem_code(digest, now).await
            }

            async fn add_granted_token(&self, grant_id: Option<&str>, token: &GrantedToken) -> Result<bool, StoreError> {
                (**self).add_granted_token(grant_id, token).await
            }

            async fn refresh_token(&self, digest: &TokenDigest) -> Result<Option<RefreshToken>, StoreError> {
                (**self).refresh_token(digest).await
            }

            async fn rotate_refresh_token(
                &self,
                old: &TokenDigest,
                token: &GrantedToken,
                now: SystemTime,
            ) -> Result<Rotation, StoreError> {
                (**self).rotate_refresh_token(old, token, now).await
            }

            async fn revoke_grant(&self, id: &str, at: SystemTime, reason: &str) -> Result<Option<u64>, StoreError> {
                (**self).revoke_grant(id, at, reason).await
            }

            async fn revoke_grants(&self, filter: &GrantFilter, at: SystemTime, reason: &str) -> Result<u64, StoreError> {
                (**self).revoke_grants(filter, at, reason).await
            }

            async fn prune_grants(&self, before: SystemTime) -> Result<u64, StoreError> {
                (**self).prune_grants(before).await
            }
        }
    )*};
}

through_pointer!(Arc, Box);
