//! Tokens that are granted.

use countersign_core::oauth::{ApplicationChange, ApplicationStatus, ApplicationStore, GrantStore, GrantedToken};
use countersign_core::{PresentedToken, TokenAdmin, TokenFilter, TokenInfo, TokenStore};

use super::OauthStore;
use super::support::{
    CLIENT, ORGANISATION, add, agree, code, digest, give, grant, has_refresh, prepare, refresh, refreshed, register,
    token, token_of,
};
use crate::Harness;
use crate::sample::{PAST, at, facts};

/// It is found and listed as any other, with all that was said of it.
pub async fn a_granted_token_is_a_token<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    grant(&store, &code("grant")).await;
    for (grant_id, name) in [(Some("grant"), "one"), (None, "two")] {
        let mut token = token(name);
        token.info = token.info.with_scope("b a".parse().unwrap()).with_created_at(at(PAST)).with_last_four("wxyz");
        assert!(give(&store, grant_id, &token).await);
        let found = store.token(&PresentedToken::new(name)).await.unwrap().expect("the token is there");
        assert_eq!(facts(&found), facts(&token.info));
    }
    let of_it = TokenFilter::all().with_client_id(CLIENT).with_organisation(ORGANISATION);
    assert_eq!(store.list_tokens(&of_it, None, 10).await.unwrap().len(), 2);
}

/// A token that was given without code needs a consent all the same (rule 5).
pub async fn a_token_without_code_needs_a_consent<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    register(&store, "other", "other").await;
    let without =
        [("eve", CLIENT, ORGANISATION), ("ada", "other", "other"), ("ada", CLIENT, "other"), ("ada", "gone", "x")];
    for (subject, client_id, organisation) in without {
        assert!(!give(&store, None, &token_of("one", subject, client_id, organisation)).await, "{subject} {client_id}");
    }
    assert_nothing_was_added(&store).await;
    assert!(give(&store, None, &token("one")).await);
}

/// No token of a grant that is not there, or whose code was not redeemed (rule 5).
pub async fn a_token_of_a_grant_needs_its_redeemed_code<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    assert!(add(&store, &code("waiting")).await);
    for grant_id in ["waiting", "nowhere", ""] {
        assert!(!give(&store, Some(grant_id), &refreshed("one", grant_id)).await, "{grant_id:?}");
    }
    assert_nothing_was_added(&store).await;
    grant(&store, &code("grant")).await;
    assert!(give(&store, Some("grant"), &refreshed("one", "grant")).await);
    assert!(has_refresh(&store, "r-one").await);
}

/// An application that is not active is given nothing (rule 5).
pub async fn a_token_needs_an_active_application<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    grant(&store, &code("grant")).await;
    for (status, expected) in [(ApplicationStatus::Inactive, false), (ApplicationStatus::Active, true)] {
        let change = ApplicationChange::new().with_status(status);
        assert!(store.update_application(CLIENT, &change, at(PAST)).await.unwrap());
        assert_eq!(give(&store, Some("grant"), &refreshed("one", "grant")).await, expected);
        assert_eq!(give(&store, None, &token("two")).await, expected);
    }
}

/// A token of which nobody could say whose it is, or which nobody could revoke, is an error.
pub async fn a_token_that_lacks_its_client_is_an_error<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    grant(&store, &code("grant")).await;
    let bare = TokenInfo::new("ada");
    let lacking = [
        bare.clone().with_client_id(CLIENT).with_organisation(ORGANISATION),
        bare.clone().with_id("one").with_organisation(ORGANISATION),
        bare.with_id("one").with_client_id(CLIENT),
    ];
    for info in lacking {
        let token = GrantedToken::new(digest("one"), info);
        for grant_id in [Some("grant"), None] {
            assert!(store.add_granted_token(grant_id, &token).await.is_err(), "{:?}", token.info);
        }
    }
    assert_nothing_was_added(&store).await;
}

/// A grant gives to nobody but those it is of; and a refresh token is of the same one.
pub async fn a_token_of_another_than_its_grant_is_an_error<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    register(&store, "other", ORGANISATION).await;
    agree(&store, "eve", CLIENT, ORGANISATION).await;
    agree(&store, "ada", "other", ORGANISATION).await;
    grant(&store, &code("grant")).await;
    grant(&store, &code("another")).await;
    let mut of_eve = refresh("r-one", "grant");
    of_eve.subject = "eve".into();
    let tokens = [
        token_of("one", "eve", CLIENT, ORGANISATION),
        token_of("one", "ada", "other", ORGANISATION),
        token("one").with_refresh(refresh("r-one", "another")),
        token("one").with_refresh(of_eve),
    ];
    for token in tokens {
        assert!(store.add_granted_token(Some("grant"), &token).await.is_err(), "{token:?}");
        assert!(!has_refresh(&store, "r-one").await);
    }
    let without_grant = token("one").with_refresh(refresh("r-one", "grant"));
    assert!(store.add_granted_token(None, &without_grant).await.is_err());
    assert_nothing_was_added(&store).await;
}

/// What fails leaves nothing behind, neither the token nor its refresh token (rule 2).
pub async fn a_granted_token_that_fails_leaves_nothing_behind<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    grant(&store, &code("grant")).await;
    assert!(give(&store, Some("grant"), &refreshed("one", "grant")).await);
    let mut same_digest = refreshed("two", "grant");
    same_digest.digest = digest("one");
    let mut same_id = refreshed("two", "grant");
    same_id.info = same_id.info.with_id("one");
    let same_refresh = token("two").with_refresh(refresh("r-one", "grant"));
    for token in [same_digest, same_id, same_refresh] {
        assert!(store.add_granted_token(Some("grant"), &token).await.is_err());
        assert!(!has_refresh(&store, "r-two").await && store.token_by_id("two").await.unwrap().is_none());
    }
    assert!(give(&store, Some("grant"), &refreshed("two", "grant")).await);
}

async fn assert_nothing_was_added(store: &impl TokenAdmin) {
    assert!(store.list_tokens(&TokenFilter::all(), None, 10).await.unwrap().is_empty(), "nothing was added");
}
