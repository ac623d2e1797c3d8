//! What was given and taken stays so in a SQLite file, over a restart.
#![allow(clippy::unwrap_used, reason = "a helper that cannot go on has failed its test")]
#![allow(dead_code, reason = "the other tests need more of what is shared")]

#[path = "oauth/answer.rs"]
mod answer;
#[path = "oauth/support.rs"]
mod support;

use countersign::{Clock as _, PresentedToken, TokenState, TokenStore as _};
use countersign_core::oauth::{ApiApplication, ApplicationStore as _, UriList};
use countersign_sqlx::SqliteStore;

use crate::support::{CALLBACK, World, request, server_over, world};

async fn is_good(store: &SqliteStore, token: &str, world: &World) -> bool {
    let info = store.token(&PresentedToken::new(token)).await.unwrap().unwrap();
    assert_eq!((info.subject(), info.client_id(), info.organisation()), ("bob", Some("toolbar"), Some("acme")));
    TokenState::of(&info, world.clock.now()) == TokenState::Active
}

#[tokio::test]
async fn a_code_is_spent_and_a_token_revoked_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.sqlite");
    let store = SqliteStore::create(&path).await.unwrap();
    let patience = std::time::Duration::from_secs(60);
    let over = |store: SqliteStore| {
        let world = world();
        let server = server_over(store, world.members.clone()).with_clock(world.clock.clone());
        world.with(|_| server.with_store_timeout(patience))
    };
    let first = over(store.clone());
    let toolbar = ApiApplication::new("toolbar", "acme", first.clock.now());
    store.add_application(&toolbar.with_redirect_uris(UriList::new([CALLBACK]).unwrap())).await.unwrap();

    let code = first.code("bob").await;
    let token = first.redeem(&code).await.text("access_token");
    assert!(is_good(&store, &token, &first).await);
    drop((first, store));

    let store = SqliteStore::open(&path).await.unwrap();
    let second = over(store.clone());
    assert!(is_good(&store, &token, &second).await);
    let approved = second.authorize(Some("bob"), &request("toolbar")).await;
    assert!(approved.parameter("code").is_some(), "and the approval is remembered");
    assert_eq!(second.redeem(&code).await.error(), "invalid_grant");
    assert!(!is_good(&store, &token, &second).await, "whoever comes second ends what it gave");
}
