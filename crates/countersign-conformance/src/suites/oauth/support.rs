//! What the cases do again and again: `toolbar` is an application of `acme`, and ada is a member.

use std::time::SystemTime;

use countersign_core::oauth::{
    ApiApplication, ApplicationStore, AuthorizationCode, Consent, GrantStore, GrantedToken, Redemption, RefreshToken,
    UriList,
};
use countersign_core::{TokenAdmin, TokenDigest, TokenInfo};

use crate::sample::{PAST, at};

pub(super) const CLIENT: &str = "toolbar";
pub(super) const ORGANISATION: &str = "acme";

/// An application of which everything is known.
pub(super) fn application(client_id: &str, organisation: &str) -> ApiApplication {
    ApiApplication::new(client_id, organisation, at(PAST))
        .with_name("The \"Toolbar\" é")
        .with_allowed_origins(uris(&["https://b.example", "*.a.example"]))
        .with_redirect_uris(uris(&["https://b.example/callback?x=1", "https://a.example/'%_"]))
        .with_updated_at(at(PAST + 1))
}

pub(super) fn uris(list: &[&str]) -> UriList {
    UriList::new(list).unwrap()
}

pub(super) fn consent(subject: &str, client_id: &str, organisation: &str) -> Consent {
    let id = format!("{subject} {client_id} {organisation}");
    Consent::new(id, subject, client_id, organisation, at(PAST)).with_scope("b a".parse().unwrap())
}

/// A code that ada may redeem within ten minutes, and whose grant has the same name.
pub(super) fn code(name: &str) -> AuthorizationCode {
    code_of(name, "ada", CLIENT, ORGANISATION)
}

pub(super) fn code_of(name: &str, subject: &str, client_id: &str, organisation: &str) -> AuthorizationCode {
    let lifetime = at(PAST)..at(PAST + 600);
    AuthorizationCode::new(digest(name), name, client_id, subject, organisation, "challenge", lifetime)
        .with_scope("b a".parse().unwrap())
        .with_redirect_uri("https://b.example/callback?x=1")
}

/// A token of ada's, whose id is its text.
pub(super) fn token(text: &str) -> GrantedToken {
    token_of(text, "ada", CLIENT, ORGANISATION)
}

pub(super) fn token_of(text: &str, subject: &str, client_id: &str, organisation: &str) -> GrantedToken {
    let info = TokenInfo::new(subject).with_id(text).with_client_id(client_id).with_organisation(organisation);
    GrantedToken::new(digest(text), info.with_expires_at(at(PAST + 3600)))
}

/// A token with a refresh token: `r-` and its text.
pub(super) fn refreshed(text: &str, grant_id: &str) -> GrantedToken {
    token(text).with_refresh(refresh(&format!("r-{text}"), grant_id))
}

pub(super) fn refresh(text: &str, grant_id: &str) -> RefreshToken {
    RefreshToken::new(digest(text), grant_id, CLIENT, "ada", ORGANISATION, at(PAST))
        .with_scope("b a".parse().unwrap())
        .with_expires_at(at(PAST + 86_400))
}

pub(super) fn digest(text: &str) -> TokenDigest {
    TokenDigest::of(text)
}

pub(super) async fn register(store: &impl ApplicationStore, client_id: &str, organisation: &str) {
    store.add_application(&application(client_id, organisation)).await.expect("the store adds an application");
}

pub(super) async fn agree(store: &impl GrantStore, subject: &str, client_id: &str, organisation: &str) {
    let given =
        store.give_consent(&consent(subject, client_id, organisation)).await.expect("the store keeps a consent");
    given.expect("the application is there");
}

/// The application, and ada's consent.
pub(super) async fn prepare(store: &(impl ApplicationStore + GrantStore)) {
    register(store, CLIENT, ORGANISATION).await;
    agree(store, "ada", CLIENT, ORGANISATION).await;
}

pub(super) async fn add(store: &impl GrantStore, code: &AuthorizationCode) -> bool {
    store.add_code(code).await.expect("the store answers")
}

pub(super) async fn redeem(store: &impl GrantStore, name: &str, time: SystemTime) -> Redemption {
    store.redeem_code(&digest(name), time).await.expect("the store answers")
}

/// A code that was redeemed.
pub(super) async fn grant(store: &impl GrantStore, code: &AuthorizationCode) {
    assert!(add(store, code).await, "a code is added where there is consent");
    let redemption = redeem(store, &code.grant_id, at(PAST + 1)).await;
    assert!(matches!(redemption, Redemption::Fresh(_)), "a new code is {redemption:?}");
}

pub(super) async fn give(store: &impl GrantStore, grant_id: Option<&str>, token: &GrantedToken) -> bool {
    store.add_granted_token(grant_id, token).await.expect("the store answers")
}

/// Whether a token of this id is there and not revoked.
pub(super) async fn is_good(store: &impl TokenAdmin, id: &str) -> bool {
    let known = store.token_by_id(id).await.expect("the store answers");
    known.is_some_and(|info| info.revoked_at().is_none())
}

/// When and why the token of this id was revoked.
pub(super) async fn revoked(store: &impl TokenAdmin, id: &str) -> Option<(SystemTime, String)> {
    let known = store.token_by_id(id).await.expect("the store answers").expect("the token is there");
    Some((known.revoked_at()?, known.revoked_reason()?.to_owned()))
}

pub(super) fn because(reason: &str) -> Option<(SystemTime, String)> {
    Some((at(PAST + 2), reason.to_owned()))
}

pub(super) async fn has_refresh(store: &impl GrantStore, text: &str) -> bool {
    store.refresh_token(&digest(text)).await.expect("the store answers").is_some()
}
