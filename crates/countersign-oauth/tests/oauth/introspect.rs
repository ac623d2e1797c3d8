//! Introspection (RFC 7662): who may ask, and what they learn.

use axum::Router;
use countersign::{BearerTokenLayer, Clock as _, MemoryStore, RequiredScopes, TokenInfo};
use http::{Request, header};
use serde_json::json;

use crate::support::{Answer, World, world};

/// The resource servers' own tokens, with a scope of their own.
fn guarded(world: &World) -> Router {
    let scope = |scope: &str| TokenInfo::new("resource-server").with_scope(scope.parse().unwrap());
    let store = MemoryStore::new()
        .with_token("resource", scope("introspect"))
        .with_token("reader", scope("things:read"))
        .with_token("application", scope("introspect").with_client_id("toolbar").with_organisation("acme"));
    let layer = BearerTokenLayer::new(store).with_scopes(RequiredScopes::all_of("introspect".parse().unwrap()));
    world.server.introspection_router().layer(layer)
}

async fn ask(app: Router, bearer: Option<&str>, body: &str) -> Answer {
    let mut request =
        Request::post("/oauth/introspect/").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(bearer) = bearer {
        request = request.header(header::AUTHORIZATION, format!("Bearer {bearer}"));
    }
    Answer::of(app, request.body(body.to_owned().into()).unwrap()).await
}

#[tokio::test]
async fn a_resource_server_learns_what_a_token_is_good_for() {
    let world = world();
    world.application("toolbar").await;
    let token = world.token("bob").await;
    let now = world.clock.now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let known = ask(guarded(&world), Some("resource"), &format!("token={token}&token_type_hint=x")).await;
    assert_eq!((known.status.as_u16(), known.header("cache-control")), (200, "no-store"));
    let expected = json!({
        "active": true, "sub": "bob", "client_id": "toolbar", "organization": "acme", "scope": "things:read",
        "token_type": "Bearer", "exp": now + 43_200, "iat": now,
    });
    assert_eq!(known.json(), expected);
    let nothing = json!({ "active": false });
    assert_eq!(ask(guarded(&world), Some("resource"), "token=unknown").await.json(), nothing);
    world.advance(43_200);
    assert_eq!(ask(guarded(&world), Some("resource"), &format!("token={token}")).await.json(), nothing);
    assert_eq!(ask(guarded(&world), Some("resource"), "token=").await.error(), "invalid_request");
}

#[tokio::test]
async fn nobody_else_learns_anything() {
    let world = world();
    world.application("toolbar").await;
    let body = format!("token={}", world.token("bob").await);
    for (bearer, status) in [(None, 401), (Some("unknown"), 401), (Some("reader"), 403), (Some("application"), 403)] {
        let answer = ask(guarded(&world), bearer, &body).await;
        assert_eq!(answer.status, status, "{bearer:?}");
        assert!(!answer.body.contains("active"));
    }
    let unguarded = ask(world.server.introspection_router(), Some("resource"), &body).await;
    assert_eq!(unguarded.status, 500, "a layer that was forgotten lets nobody in");
}
