//! What users have approved, and withdraw.

use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};

use crate::support::{Answer, World, world};

const PATH: &str = "/api/0/api-authorizations/";

async fn withdraw(world: &World, user: Option<&str>, body: &Value) -> Answer {
    let mut request = Request::delete(PATH).header(header::CONTENT_TYPE, "application/json");
    if let Some(user) = user {
        request = request.header("x-user", user);
    }
    world.ask(request.body(body.to_string().into()).unwrap()).await
}

async fn listed(world: &World, user: &str) -> Value {
    let request = Request::get(PATH).header("x-user", user).body(Body::empty()).unwrap();
    world.ask(request).await.json()
}

#[tokio::test]
async fn whoever_withdraws_ends_all_that_rests_on_it() {
    let world = world();
    world.application("toolbar").await;
    let (token, of_ada) = (world.token("bob").await, world.token("ada").await);
    let code = world.code("bob").await;
    let own = listed(&world, "bob").await;
    let id = own[0]["id"].clone();
    let expected =
        json!([{ "id": id, "application": { "id": "toolbar" }, "organization": "acme", "scopes": ["things:read"] }]);
    assert_eq!(own, expected);

    for (user, status) in [(Some("ada"), 404), (Some("eve"), 404), (None, 403), (Some("broken"), 503)] {
        assert_eq!(withdraw(&world, user, &json!({ "authorization": id })).await.status, status, "{user:?}");
    }
    for body in [json!({}), json!({ "authorization": 7 }), json!([]), json!("x")] {
        let answer = withdraw(&world, Some("bob"), &body).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (400, json!({ "authorization": "" })));
    }
    for unknown in ["x", "\0", "", &"x".repeat(300)] {
        assert_eq!(withdraw(&world, Some("bob"), &json!({ "authorization": unknown })).await.status, 404);
    }
    assert!(world.is_good(&token).await);

    let gone = withdraw(&world, Some("bob"), &json!({ "authorization": id })).await;
    assert_eq!((gone.status.as_u16(), &*gone.body), (204, ""));
    assert!(!world.is_good(&token).await && world.is_good(&of_ada).await);
    assert_eq!(world.redeem(&code).await.error(), "invalid_grant");
    assert_eq!(listed(&world, "bob").await, json!([]));
    assert_eq!(withdraw(&world, Some("bob"), &json!({ "authorization": id })).await.status, 404);
    let asked = world.authorize(Some("bob"), &crate::support::request("toolbar")).await;
    assert_eq!(asked.status, 200, "and is asked again");
}
