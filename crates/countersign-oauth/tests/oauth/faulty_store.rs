//! A store of which one call fails, hangs or panics.

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use countersign::{
    MemoryStore, PresentedToken, StoreError, TokenAdmin, TokenChange, TokenDigest, TokenFilter, TokenInfo, TokenStore,
    TokenUse, async_trait,
};
use countersign_core::oauth::{
    AddedApplication, ApiApplication, ApplicationChange, ApplicationStore, AuthorizationCode, Consent, GrantFilter,
    GrantStore, GrantedToken, Redemption, RefreshToken, Rotation,
};

/// How a call goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    Fails,
    Hangs,
    Panics,
}

/// The store in memory, but for the planted fault.
#[derive(Clone)]
pub(crate) struct FaultyStore {
    store: MemoryStore,
    fault: Arc<Mutex<Option<(&'static str, Fault)>>>,
}

impl FaultyStore {
    pub(crate) fn over(store: MemoryStore) -> Self {
        Self { store, fault: Arc::default() }
    }

    pub(crate) fn plant(&self, fault: Option<(&'static str, Fault)>) {
        *self.fault.lock().unwrap() = fault;
    }

    async fn reach(&self, call: &str) -> Result<(), StoreError> {
        let planted = *self.fault.lock().unwrap();
        match planted.filter(|(planted, _)| *planted == call) {
            None => Ok(()),
            Some((_, Fault::Fails)) => Err(StoreError::new("planted")),
            Some((_, Fault::Hangs)) => std::future::pending().await,
            Some((_, Fault::Panics)) => panic!("planted"),
        }
    }
}

macro_rules! through {
    ($contract:ident { $($call:ident($($name:ident: $of:ty),*) -> $answer:ty;)* }) => {
        #[async_trait]
        impl $contract for FaultyStore {
            $(async fn $call(&self, $($name: $of),*) -> Result<$answer, StoreError> {
                self.reach(stringify!($call)).await?;
                self.store.$call($($name),*).await
            })*
        }
    };
}

through! { TokenStore {
    token(token: &PresentedToken) -> Option<TokenInfo>;
} }

through! { TokenAdmin {
    add_token(digest: &TokenDigest, info: &TokenInfo) -> ();
    token_by_id(id: &str) -> Option<TokenInfo>;
    list_tokens(filter: &TokenFilter, below: Option<&str>, limit: usize) -> Vec<TokenInfo>;
    update_token(id: &str, change: &TokenChange, at: SystemTime) -> bool;
    revoke_token(id: &str, at: SystemTime, reason: &str) -> bool;
    revoke_tokens(filter: &TokenFilter, at: SystemTime, reason: &str) -> u64;
    replace_token(id: &str, until: SystemTime, digest: &TokenDigest, info: &TokenInfo) -> bool;
    delete_token(id: &str) -> bool;
    prune_tokens(before: SystemTime) -> u64;
    record_use(uses: &[TokenUse]) -> ();
} }

through! { ApplicationStore {
    add_application(application: &ApiApplication) -> ();
    add_only_application(application: &ApiApplication) -> AddedApplication;
    application(client_id: &str) -> Option<ApiApplication>;
    list_applications(organisation: Option<&str>, above: Option<&str>, limit: usize) -> Vec<ApiApplication>;
    update_application(client_id: &str, change: &ApplicationChange, at: SystemTime) -> bool;
    delete_application(client_id: &str, at: SystemTime, reason: &str) -> Option<u64>;
} }

through! { GrantStore {
    give_consent(consent: &Consent) -> Option<Consent>;
    consent(subject: &str, client_id: &str, organisation: &str) -> Option<Consent>;
    list_consents(subject: &str, below: Option<&str>, limit: usize) -> Vec<Consent>;
    withdraw_consent(subject: &str, id: &str, at: SystemTime, reason: &str) -> Option<u64>;
    add_code(code: &AuthorizationCode) -> bool;
    redeem_code(digest: &TokenDigest, now: SystemTime) -> Redemption;
    add_granted_token(grant_id: Option<&str>, token: &GrantedToken) -> bool;
    refresh_token(digest: &TokenDigest) -> Option<RefreshToken>;
    rotate_refresh_token(old: &TokenDigest, token: &GrantedToken, now: SystemTime) -> Rotation;
    revoke_grant(id: &str, at: SystemTime, reason: &str) -> Option<u64>;
    revoke_grants(filter: &GrantFilter, at: SystemTime, reason: &str) -> u64;
    prune_grants(before: SystemTime) -> u64;
} }
