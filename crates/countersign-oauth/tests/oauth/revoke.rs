//! Revocation by the client (RFC 7009).

use std::time::Duration;

use countersign::TokenInfo;

use crate::support::{changed, world};

fn form(token: &str) -> Vec<(&str, &str)> {
    vec![("client_id", "toolbar"), ("token", token)]
}

#[tokio::test]
async fn a_client_gives_back_what_it_has() {
    let world = world();
    world.application("toolbar").await;
    let (token, other) = (world.token("bob").await, world.token("bob").await);
    for _ in 0..2 {
        let answer = world.post("/oauth/revoke/", &form(&token)).await;
        assert_eq!((answer.status.as_u16(), &*answer.body), (200, ""), "also when it was revoked before");
        assert!(!world.is_good(&token).await && world.is_good(&other).await);
    }
    let hinted = changed(&form(&other), "token_type_hint", Some("refresh_token"));
    assert_eq!(world.post("/oauth/revoke/", &hinted).await.status, 200);
    assert!(!world.is_good(&other).await, "a wrong hint costs nothing");
    assert_eq!(world.post("/oauth/revoke/", &form("unknown")).await.status, 200);
}

#[tokio::test]
async fn with_a_refresh_token_ends_its_whole_grant() {
    let world = world().with(|server| server.with_refresh_tokens(Duration::from_secs(86_400)));
    world.application("toolbar").await;
    let code = world.code("bob").await;
    let pair = world.redeem(&code).await.json();
    let (token, refresh) = (pair["access_token"].as_str().unwrap(), pair["refresh_token"].as_str().unwrap());
    assert_eq!(world.post("/oauth/revoke/", &form(refresh)).await.status, 200);
    assert!(!world.is_good(token).await);
    let again = [("grant_type", "refresh_token"), ("client_id", "toolbar"), ("refresh_token", refresh)];
    assert_eq!(world.post("/oauth/token/", &again).await.error(), "invalid_grant");
}

#[tokio::test]
async fn nobody_revokes_what_is_not_theirs() {
    let world = world().with(|server| server.with_refresh_tokens(Duration::from_secs(86_400)));
    world.application("toolbar").await;
    world.application("other").await;
    let code = world.code("bob").await;
    let pair = world.redeem(&code).await.json();
    let (token, refresh) = (pair["access_token"].as_str().unwrap(), pair["refresh_token"].as_str().unwrap());
    let own = TokenInfo::new("bob").with_id("own");
    countersign::TokenAdmin::add_token(&world.store, &countersign::TokenDigest::of("own"), &own).await.unwrap();
    for foreign in [token, refresh] {
        let other = changed(&form(foreign), "client_id", Some("other"));
        assert_eq!(world.post("/oauth/revoke/", &other).await.error(), "invalid_grant");
    }
    assert_eq!(world.post("/oauth/revoke/", &form("own")).await.error(), "invalid_grant");
    assert!(world.is_good(token).await && world.is_good("own").await);
}

#[tokio::test]
async fn what_is_wrong_has_a_name() {
    let world = world();
    world.application("toolbar").await;
    let own = form("x");
    let cases = [
        (changed(&own, "client_id", None), 401, "invalid_client"),
        (changed(&own, "client_id", Some("x")), 401, "invalid_client"),
        (changed(&own, "client_secret", Some("x")), 401, "invalid_client"),
        (changed(&own, "token", None), 400, "invalid_request"),
        (changed(&own, "token_type_hint", Some("id_token")), 400, "unsupported_token_type"),
    ];
    for (form, status, error) in cases {
        let answer = world.post("/oauth/revoke/", &form).await;
        assert_eq!((answer.status.as_u16(), &*answer.error()), (status, error));
    }
}
