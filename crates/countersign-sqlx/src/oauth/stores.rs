//! The contracts, in the same words for both databases.

/// Implements the contracts of applications and grants for a [`Database`](super::Database).
macro_rules! stores {
    ($store:ty) => {
        #[async_trait]
        impl ApplicationStore for $store {
            async fn add_application(&self, application: &ApiApplication) -> Result<(), StoreError> {
                let application = application.clone();
                change(self, Extent::Few, |transaction| flows::add_application(transaction, application)).await
            }

            async fn add_only_application(&self, application: &ApiApplication) -> Result<AddedApplication, StoreError> {
                let application = application.clone();
                change(self, Extent::Few, |transaction| flows::add_only_application(transaction, application)).await
            }

            async fn application(&self, client_id: &str) -> Result<Option<ApiApplication>, StoreError> {
                flows::application(self, client_id).await
            }

            async fn list_applications(
                &self,
                organisation: Option<&str>,
                above: Option<&str>,
                limit: usize,
            ) -> Result<Vec<ApiApplication>, StoreError> {
                flows::list_applications(self, organisation, above, limit).await
            }

            async fn update_application(
                &self,
                client_id: &str,
                what: &ApplicationChange,
                at: SystemTime,
            ) -> Result<bool, StoreError> {
                let (id, what) = (client_id.to_owned(), what.clone());
                change(self, Extent::Few, move |transaction| flows::update_application(transaction, id, what, at)).await
            }

            async fn delete_application(
                &self,
                client_id: &str,
                at: SystemTime,
                reason: &str,
            ) -> Result<Option<u64>, StoreError> {
                let (id, reason) = (client_id.to_owned(), reason.to_owned());
                let make = move |transaction| flows::delete_application(transaction, id, at, reason);
                change(self, Extent::Many, make).await
            }
        }

        #[async_trait]
        impl GrantStore for $store {
            async fn give_consent(&self, consent: &Consent) -> Result<Option<Consent>, StoreError> {
                let consent = consent.clone();
                change(self, Extent::Few, |transaction| flows::give_consent(transaction, consent)).await
            }

            async fn consent(
                &self,
                subject: &str,
                client_id: &str,
                organisation: &str,
            ) -> Result<Option<Consent>, StoreError> {
                flows::consent(self, subject, client_id, organisation).await
            }

            async fn list_consents(
                &self,
                subject: &str,
                below: Option<&str>,
                limit: usize,
            ) -> Result<Vec<Consent>, StoreError> {
                flows::list_consents(self, subject, below, limit).await
            }

            async fn withdraw_consent(
                &self,
                subject: &str,
                id: &str,
                at: SystemTime,
                reason: &str,
            ) -> Result<Option<u64>, StoreError> {
                let (subject, id, reason) = (subject.to_owned(), id.to_owned(), reason.to_owned());
                let make = move |transaction| flows::withdraw_consent(transaction, subject, id, at, reason);
                change(self, Extent::Many, make).await
            }

            async fn add_code(&self, code: &AuthorizationCode) -> Result<bool, StoreError> {
                let code = code.clone();
                change(self, Extent::Few, |transaction| flows::add_code(transaction, code)).await
            }

            async fn redeem_code(&self, digest: &TokenDigest, now: SystemTime) -> Result<Redemption, StoreError> {
                let digest = *digest;
                change(self, Extent::Few, move |transaction| flows::redeem_code(transaction, digest, now)).await
            }

            async fn add_granted_token(
                &self,
                grant_id: Option<&str>,
                token: &GrantedToken,
            ) -> Result<bool, StoreError> {
                token.client(grant_id)?;
                let (id, token) = (grant_id.map(str::to_owned), token.clone());
                change(self, Extent::Few, |transaction| flows::add_granted_token(transaction, id, token)).await
            }

            async fn refresh_token(&self, digest: &TokenDigest) -> Result<Option<RefreshToken>, StoreError> {
                flows::refresh_token(self, digest).await
            }

            async fn rotate_refresh_token(
                &self,
                old: &TokenDigest,
                token: &GrantedToken,
                now: SystemTime,
            ) -> Result<Rotation, StoreError> {
                let (old, token) = (*old, token.clone());
                let make = move |transaction| flows::rotate_refresh_token(transaction, old, token, now);
                change(self, Extent::Few, make).await
            }

            async fn revoke_grant(&self, id: &str, at: SystemTime, reason: &str) -> Result<Option<u64>, StoreError> {
                let (id, reason) = (id.to_owned(), reason.to_owned());
                change(self, Extent::Many, move |transaction| flows::revoke_grant(transaction, id, at, reason)).await
            }

            async fn revoke_grants(
                &self,
                filter: &GrantFilter,
                at: SystemTime,
                reason: &str,
            ) -> Result<u64, StoreError> {
                let (filter, reason) = (filter.clone(), reason.to_owned());
                let make = move |transaction| flows::revoke_grants(transaction, filter, at, reason);
                change(self, Extent::Many, make).await
            }

            /// In steps, so that others may write in between.
            async fn prune_grants(&self, before: SystemTime) -> Result<u64, StoreError> {
                let mut pruned = 0;
                loop {
                    let make = move |transaction| flows::prune_grants(transaction, before);
                    let step = change(self, Extent::Many, make).await?;
                    pruned += step;
                    if step < flows::STEP as u64 {
                        return Ok(pruned);
                    }
                }
            }
        }
    };
}
pub(crate) use stores;
