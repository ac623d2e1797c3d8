//! Refresh tokens: each once, and all of one approval together.

use std::time::Duration;

use http::StatusCode;

use crate::support::{Answer, World, changed, world};

const DAY: u64 = 86_400;

async fn refreshing() -> World {
    let world = world().with(|server| server.with_refresh_tokens(Duration::from_secs(DAY)));
    world.application("toolbar").await;
    world
}

fn pair(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    (answer.text("access_token"), answer.text("refresh_token"))
}

fn form(refresh: &str) -> Vec<(&str, &str)> {
    vec![("grant_type", "refresh_token"), ("client_id", "toolbar"), ("refresh_token", refresh)]
}

async fn first(world: &World) -> (String, String) {
    let code = world.code("bob").await;
    pair(&world.redeem(&code).await)
}

#[tokio::test]
async fn a_refresh_token_gives_the_next_pair() {
    let world = refreshing().await;
    let (old, refresh) = first(&world).await;
    world.advance(3_600);
    let answer = world.post("/oauth/token/", &form(&refresh)).await;
    assert_eq!(answer.json()["expires_in"], 43_200);
    let (token, next) = pair(&answer);
    assert!(token != old && next != refresh);
    let info = world.info(&token).await.unwrap();
    assert_eq!((info.subject(), info.client_id(), info.organisation()), ("bob", Some("toolbar"), Some("acme")));
    assert_eq!(pair(&world.post("/oauth/token/", &form(&next)).await).0.len(), token.len());
}

#[tokio::test]
async fn whoever_uses_one_twice_ends_them_all() {
    let world = refreshing().await;
    let (one, refresh) = first(&world).await;
    let (two, next) = pair(&world.post("/oauth/token/", &form(&refresh)).await);
    assert!(world.is_good(&one).await && world.is_good(&two).await);
    assert_eq!(world.post("/oauth/token/", &form(&refresh)).await.error(), "invalid_grant");
    assert!(!world.is_good(&one).await && !world.is_good(&two).await);
    assert_eq!(world.post("/oauth/token/", &form(&next)).await.error(), "invalid_grant");
}

#[tokio::test]
async fn of_many_at_once_one_gets_a_pair_at_most() {
    let world = std::sync::Arc::new(refreshing().await);
    for _ in 0..20 {
        let (_, refresh) = first(&world).await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (world, refresh) = (world.clone(), refresh.clone());
            tasks.spawn(async move { world.post("/oauth/token/", &form(&refresh)).await.status });
        }
        let statuses = tasks.join_all().await;
        assert!(statuses.iter().filter(|status| status.is_success()).count() <= 1, "{statuses:?}");
    }
}

#[tokio::test]
async fn the_family_ends_a_day_after_the_approval_however_often_it_is_refreshed() {
    let world = refreshing().await;
    let (_, mut refresh) = first(&world).await;
    for _ in 0..3 {
        world.advance(DAY / 4);
        refresh = pair(&world.post("/oauth/token/", &form(&refresh)).await).1;
    }
    world.advance(DAY / 4);
    assert_eq!(world.post("/oauth/token/", &form(&refresh)).await.error(), "invalid_grant");
}

#[tokio::test]
async fn scope_may_become_less_and_never_more() {
    let world = refreshing().await;
    let both = changed(&crate::support::request("toolbar"), "scope", Some("things:read things:write"));
    let code = world.approve("bob", &both).await.parameter("code").unwrap();
    let (_, refresh) = pair(&world.redeem(&code).await);
    for more in ["things:read admin", "admin", "\""] {
        let answer = world.post("/oauth/token/", &changed(&form(&refresh), "scope", Some(more))).await;
        assert_eq!(answer.error(), "invalid_scope");
    }
    let less = world.post("/oauth/token/", &changed(&form(&refresh), "scope", Some("things:read"))).await;
    assert_eq!(less.json()["scope"], "things:read");
    let (token, refresh) = pair(&less);
    assert_eq!(world.info(&token).await.unwrap().scope().to_string(), "things:read");
    let all = world.post("/oauth/token/", &form(&refresh)).await;
    assert_eq!(all.json()["scope"], "things:read things:write");
}

#[tokio::test]
async fn it_is_of_no_use_to_others() {
    let world = refreshing().await;
    world.application("other").await;
    let (token, refresh) = first(&world).await;
    let other = changed(&form(&refresh), "client_id", Some("other"));
    assert_eq!(world.post("/oauth/token/", &other).await.error(), "invalid_grant");
    assert_eq!(world.post("/oauth/token/", &form(&token)).await.error(), "invalid_grant");
    assert_eq!(world.post("/oauth/token/", &changed(&form(""), "x", None)).await.error(), "invalid_request");
    world.members.set("bob", "acme", None);
    assert_eq!(world.post("/oauth/token/", &form(&refresh)).await.error(), "invalid_grant");
}
