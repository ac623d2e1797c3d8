//! Whoever cannot answer grants nothing: 503, and nothing that was there before is lost.

use std::time::Duration;

use axum::body::Body;
use countersign::{TokenAdmin as _, TokenFilter};
use countersign_core::oauth::ApplicationStore as _;
use http::{Request, header};
use serde_json::json;

use crate::faulty_store::{Fault, FaultyStore};
use crate::support::{Answer, World, changed, redemption, request, server_over, world};

const FAULTS: [Fault; 3] = [Fault::Fails, Fault::Hangs, Fault::Panics];

/// A world of which the store can be broken.
async fn breakable() -> (World, FaultyStore) {
    let world = world();
    let store = FaultyStore::over(world.store.clone());
    let server = server_over(store.clone(), world.members.clone()).with_clock(world.clock.clone());
    let world = world.with(|_| server.with_refresh_tokens(Duration::from_secs(86_400)));
    world.application("toolbar").await;
    (world, store)
}

fn unavailable(answer: &Answer, name: &str) {
    assert_eq!((answer.status.as_u16(), answer.header("location")), (503, ""), "{name}: {answer:?}");
    assert!(!answer.body.contains("access_token") && !answer.body.contains("planted"), "{name}: {answer:?}");
}

async fn tokens(world: &World) -> usize {
    world.store.list_tokens(&TokenFilter::all(), None, 1_000).await.unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn nobody_is_sent_back_with_what_was_not_stored() {
    let (world, store) = breakable().await;
    for fault in FAULTS {
        for call in ["application", "consent"] {
            store.plant(Some((call, fault)));
            unavailable(&world.authorize(Some("bob"), &request("toolbar")).await, call);
            store.plant(None);
        }
        let forced = changed(&request("toolbar"), "force_prompt", Some("1"));
        let fields = world.authorize(Some("bob"), &forced).await.fields();
        for call in ["application", "give_consent", "add_code"] {
            store.plant(Some((call, fault)));
            unavailable(&world.send("bob", &fields, "approve").await, call);
            store.plant(None);
        }
    }
    for user in ["broken", "hanging", "panicking", ""] {
        unavailable(&world.authorize(Some(user), &request("toolbar")).await, user);
    }
    world.application_of("lost", "unknowable", &[crate::support::CALLBACK]).await;
    unavailable(&world.authorize(Some("bob"), &request("lost")).await, "membership");
}

#[tokio::test(start_paused = true)]
async fn no_token_is_given_that_was_not_stored() {
    let (world, store) = breakable().await;
    for fault in FAULTS {
        for call in ["application", "redeem_code", "add_granted_token"] {
            let code = world.code("bob").await;
            let before = tokens(&world).await;
            store.plant(Some((call, fault)));
            unavailable(&world.redeem(&code).await, call);
            store.plant(None);
            assert_eq!(tokens(&world).await, before, "{call}");
        }
        let code = world.code("bob").await;
        let refresh = world.redeem(&code).await.text("refresh_token");
        let form = [("grant_type", "refresh_token"), ("client_id", "toolbar"), ("refresh_token", &refresh)];
        for call in ["refresh_token", "rotate_refresh_token"] {
            store.plant(Some((call, fault)));
            unavailable(&world.post("/oauth/token/", &form).await, call);
            store.plant(None);
        }
        assert_eq!(world.post("/oauth/token/", &form).await.status, 200, "it is good still");
    }
}

#[tokio::test(start_paused = true)]
async fn no_revocation_is_acknowledged_that_was_not_stored() {
    let (world, store) = breakable().await;
    let code = world.code("bob").await;
    let pair = world.redeem(&code).await;
    let (token, refresh) = (pair.text("access_token"), pair.text("refresh_token"));
    let form = |token| vec![("client_id", "toolbar"), ("token", token)];
    let body = json!({ "authorization": "x" }).to_string();
    for fault in FAULTS {
        for (call, token) in
            [("token", &token), ("revoke_token", &token), ("refresh_token", &refresh), ("revoke_grant", &refresh)]
        {
            store.plant(Some((call, fault)));
            unavailable(&world.post("/oauth/revoke/", &form(token)).await, call);
        }
        store.plant(Some(("revoke_grant", fault)));
        unavailable(&world.post("/oauth/token/", &redemption(&code)).await, "a code replayed");
        store.plant(Some(("withdraw_consent", fault)));
        let withdraw = Request::delete("/api/0/api-authorizations/").header("x-user", "bob");
        let withdraw = withdraw.header(header::CONTENT_TYPE, "application/json").body(body.clone().into()).unwrap();
        unavailable(&world.ask(withdraw).await, "withdraw");
        store.plant(Some(("revoke_grants", fault)));
        world.server.revoke_on_logout("bob").await.unwrap_err();
        store.plant(None);
        assert!(world.is_good(&token).await);
    }
}

#[tokio::test(start_paused = true)]
async fn no_application_is_changed_by_halves() {
    let (world, store) = breakable().await;
    let body = json!({ "allowedOrigins": [], "redirectUris": [] }).to_string();
    for fault in FAULTS {
        for (method, call) in [
            ("GET", "list_applications"),
            ("POST", "add_only_application"),
            ("PUT", "list_applications"),
            ("PUT", "update_application"),
            ("DELETE", "list_applications"),
            ("DELETE", "delete_application"),
        ] {
            store.plant(Some((call, fault)));
            let request = Request::builder().method(method).uri("/api/0/organizations/acme/api-application/");
            let request = request.header("x-user", "ada").header(header::CONTENT_TYPE, "application/json");
            unavailable(&world.ask(request.body(Body::from(body.clone())).unwrap()).await, call);
            store.plant(None);
        }
    }
    let unchanged = world.store.application("toolbar").await.unwrap().unwrap();
    assert_eq!(unchanged.redirect_uris.to_string(), crate::support::CALLBACK);
    let lost = Request::get("/api/0/organizations/unknowable/api-application/").header("x-user", "ada");
    unavailable(&world.ask(lost.body(Body::empty()).unwrap()).await, "membership");
}
