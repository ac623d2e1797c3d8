//! Managing applications.

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;

use super::{ApiApplication, ApplicationChange};
use crate::StoreError;

/// Adds, finds, changes and deletes applications.
///
/// # Contract
/// 1. Acknowledged means durable: after `Ok`, a crash loses nothing.
/// 2. What could not be stored is an error, never success. Each call is one atomic step.
/// 3. Client ids and organisations are compared byte by byte.
/// 4. Times are kept to the microsecond at least, and are cut off, never rounded up; lists keep their order.
/// 5. Facts are returned as they are: an inactive application is found and listed as any other.
/// 6. What [deleting](Self::delete_application) takes from a token is announced to the store's own
///    [`Invalidations`](crate::Invalidations), if it has any, before the call returns.
///
/// # Cancel safety
/// A future may be dropped at any await: the change is made whole or not at all, and what is made is announced.
#[async_trait]
pub trait ApplicationStore: Send + Sync + 'static {
    /// Keeps a new application, whether its organisation has others or not.
    ///
    /// # Errors
    /// When it could not be stored, or there is one of this client id already.
    async fn add_application(&self, application: &ApiApplication) -> Result<(), StoreError>;

    /// Keeps a new application unless its organisation has one, whatever its status: of any number of concurrent callers
    /// exactly one adds, and all others get what that one added.
    ///
    /// # Errors
    /// When it could not be stored, or another organisation has one of this client id.
    async fn add_only_application(&self, application: &ApiApplication) -> Result<AddedApplication, StoreError>;

    /// The application of this client id.
    ///
    /// # Errors
    /// When the store cannot say.
    async fn application(&self, client_id: &str) -> Result<Option<ApiApplication>, StoreError>;

    /// The applications of this organisation, or of all, in ascending order of their client ids' bytes, at most `limit` of
    /// them and at most 1,000.
    ///
    /// The next page begins above the last client id of this one: `above`, which is not part of it and need not exist. An
    /// empty page is the last.
    ///
    /// # Errors
    /// When the store cannot say.
    async fn list_applications(
        &self,
        organisation: Option<&str>,
        above: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ApiApplication>, StoreError>;

    /// Changes the application of this client id, and sets `updated_at` to `at`; `false` when there is none.
    ///
    /// # Errors
    /// When the change could not be stored.
    async fn update_application(
        &self,
        client_id: &str,
        change: &ApplicationChange,
        at: SystemTime,
    ) -> Result<bool, StoreError>;

    /// Forgets the application of this client id, all consents to it, its codes and refresh tokens, and revokes all tokens
    /// that were issued to it, at once; says how many of these were not revoked yet, or `None` when there is no such
    /// application.
    ///
    /// # Errors
    /// When that could not be stored: everything is as it was then, and the tokens are still good.
    async fn delete_application(
        &self,
        client_id: &str,
        at: SystemTime,
        reason: &str,
    ) -> Result<Option<u64>, StoreError>;
}

/// What became of an application that was to be the only one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "it was added or it was not")]
pub enum AddedApplication {
    /// It is the only one of its organisation.
    Added,
    /// The organisation has this one: of several, that of the smallest client id. Nothing was added.
    Existing(ApiApplication),
}

/// A store behind a pointer is one too.
macro_rules! through_pointer {
    ($($pointer:ident),*) => {$(
        #[async_trait]
        impl<S: ApplicationStore + ?Sized> ApplicationStore for $pointer<S> {
            async fn add_application(&self, application: &ApiApplication) -> Result<(), StoreError> {
                (**self).add_application(application).await
            }

            async fn add_only_application(&self, application: &ApiApplication) -> Result<AddedApplication, StoreError> {
                (**self).add_only_application(application).await
            }

            async fn application(&self, client_id: &str) -> Result<Option<ApiApplication>, StoreError> {
                (**self).application(client_id).await
            }

            async fn list_applications(
                &self,
                organisation: Option<&str>,
                above: Option<&str>,
                limit: usize,
            ) -> Result<Vec<ApiApplication>, StoreError> {
                (**self).list_applications(organisation, above, limit).await
            }

            async fn update_application(
                &self,
                client_id: &str,
                change: &ApplicationChange,
                at: SystemTime,
            ) -> Result<bool, StoreError> {
                (**self).update_application(client_id, change, at).await
            }

            async fn delete_application(
                &self,
                client_id: &str,
                at: SystemTime,
                reason: &str,
            ) -> Result<Option<u64>, StoreError> {
                (**self).delete_application(client_id, at, reason).await
            }
        }
    )*};
}

through_pointer!(Arc, Box);
