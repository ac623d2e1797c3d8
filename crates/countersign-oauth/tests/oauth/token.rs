//! The token endpoint: what a code gives, and to whom.

use std::time::Duration;

use countersign::{Clock as _, TokenFormat, TokenInfo};
use countersign_core::oauth::{ApplicationChange, ApplicationStatus, ApplicationStore as _};
use http::{Request, StatusCode, header};

use crate::support::{VERIFIER, changed, redemption, world};

#[tokio::test]
async fn a_code_gives_a_token_of_that_organisation_alone() {
    let world = world();
    world.application("toolbar").await;
    let code = world.code("bob").await;
    let answer = world.redeem(&code).await;
    assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "no-store"));
    let body = answer.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 43_200);
    assert_eq!(body["expires_at"], "2027-01-15T20:00:00.000000Z");
    assert_eq!(body["scope"], "things:read");
    assert!(body.get("refresh_token").is_none());
    let token = body["access_token"].as_str().unwrap();
    assert!(TokenFormat::new("acme").unwrap().matches(token));
    let info = world.info(token).await.unwrap();
    assert_eq!((info.subject(), info.client_id(), info.organisation()), ("bob", Some("toolbar"), Some("acme")));
    assert_eq!(info.scope().to_string(), "things:read");
    assert_eq!(info.expires_at(), Some(world.clock.now() + Duration::from_secs(43_200)));
    assert_eq!(info.created_at(), Some(world.clock.now()));
    assert_eq!(info.last_four(), token.get(token.len() - 4..));
    assert!(info.id().is_some() && info.format().is_some());
}

#[tokio::test]
async fn the_life_of_a_token_counts_from_the_approval() {
    let world = world();
    world.application("toolbar").await;
    let code = world.code("bob").await;
    world.advance(599);
    let answer = world.redeem(&code).await;
    assert_eq!(answer.json()["expires_in"], 43_200 - 599);
    let world = world.with(|server| server.with_token_lifetime(Duration::from_secs(60)));
    let code = world.code("bob").await;
    world.advance(60);
    assert_eq!(world.redeem(&code).await.error(), "invalid_grant", "there is no token that is over already");
}

#[tokio::test]
async fn a_code_is_good_for_ten_minutes() {
    let world = world();
    world.application("toolbar").await;
    let code = world.code("bob").await;
    world.advance(600);
    let answer = world.redeem(&code).await;
    assert_eq!((answer.status, answer.error()), (StatusCode::BAD_REQUEST, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn a_code_is_good_once_and_whoever_comes_second_ends_what_it_gave() {
    let world = world();
    world.application("toolbar").await;
    let (first, other) = (world.code("bob").await, world.token("ada").await);
    let token = world.redeem(&first).await.json()["access_token"].as_str().unwrap().to_owned();
    assert!(world.is_good(&token).await);
    let again = world.redeem(&first).await;
    assert_eq!((again.status, again.error()), (StatusCode::BAD_REQUEST, "invalid_grant".to_owned()));
    assert!(!world.is_good(&token).await);
    assert!(world.is_good(&other).await);
    assert_eq!(world.redeem(&first).await.error(), "invalid_grant");
}

#[tokio::test]
async fn of_many_at_once_one_gets_a_token_at_most() {
    let world = std::sync::Arc::new(world());
    world.application("toolbar").await;
    for _ in 0..20 {
        let code = world.code("bob").await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (world, code) = (world.clone(), code.clone());
            tasks.spawn(async move { world.redeem(&code).await.status });
        }
        let statuses = tasks.join_all().await;
        assert!(statuses.iter().filter(|status| status.is_success()).count() <= 1, "{statuses:?}");
    }
}

#[tokio::test]
async fn a_code_is_bound_to_all_that_it_was_asked_with() {
    let world = world();
    world.application("toolbar").await;
    world.application("other").await;
    let cases: [(&str, Option<&str>); 10] = [
        ("client_id", Some("other")),
        ("redirect_uri", None),
        ("redirect_uri", Some("https://app.test/other")),
        ("redirect_uri", Some("https://app.test/cb/")),
        ("redirect_uri", Some("https://APP.test/cb")),
        ("code_verifier", None),
        ("code_verifier", Some("short")),
        ("code_verifier", Some("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")),
        ("code_verifier", Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")),
        ("code_verifier", Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXkk")),
    ];
    for (name, value) in cases {
        let code = world.code("bob").await;
        let answer = world.post("/oauth/token/", &changed(&redemption(&code), name, value)).await;
        assert_eq!((answer.status, answer.error()), (StatusCode::BAD_REQUEST, "invalid_grant".to_owned()), "{name}");
        let spent = world.redeem(&code).await;
        assert_eq!(spent.error(), "invalid_grant", "{name}: it is spent");
    }
    for code in ["unknown", &"f".repeat(64), "\0", &"x".repeat(10_000)] {
        assert_eq!(world.redeem(code).await.error(), "invalid_grant");
    }
}

#[tokio::test]
async fn what_the_standard_calls_by_name_is_called_so() {
    let world = world();
    world.application("toolbar").await;
    let own = redemption("f");
    let cases = [
        ("no client", changed(&own, "client_id", None), 401, "invalid_client"),
        ("an unknown client", changed(&own, "client_id", Some("x")), 401, "invalid_client"),
        ("what is no client id", changed(&own, "client_id", Some("\0")), 401, "invalid_client"),
        ("a secret", changed(&own, "client_secret", Some("x")), 401, "invalid_client"),
        ("no grant type", changed(&own, "grant_type", None), 400, "invalid_request"),
        ("an unknown grant type", changed(&own, "grant_type", Some("password")), 400, "unsupported_grant_type"),
        ("refreshing, which is off", changed(&own, "grant_type", Some("refresh_token")), 400, "unsupported_grant_type"),
        ("no code", changed(&own, "code", None), 400, "invalid_request"),
        ("twice the same", [&own[..], &[("code_verifier", VERIFIER)]].concat(), 400, "invalid_request"),
    ];
    for (name, form, status, error) in cases {
        let answer = world.post("/oauth/token/", &form).await;
        assert_eq!((answer.status.as_u16(), &*answer.error()), (status, error), "{name}");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("content-type"), "application/json");
    }
    let raw = |content_type: &str, body: String| {
        Request::post("/oauth/token/").header(header::CONTENT_TYPE, content_type).body(body.into()).unwrap()
    };
    let form = "application/x-www-form-urlencoded";
    let cases = [
        (raw("application/json", "{}".to_owned()), 400),
        (raw(form, "x".repeat((16 << 10) + 1)), 413),
        (raw(form, "a=%ff".to_owned()), 400),
    ];
    for (request, status) in cases {
        let answer = world.ask(request).await;
        assert_eq!((answer.status.as_u16(), &*answer.error()), (status, "invalid_request"));
    }
    let mut with_header = raw(form, "client_id=toolbar".to_owned());
    with_header.headers_mut().insert(header::AUTHORIZATION, "Basic dG9vbGJhcjo=".parse().unwrap());
    assert_eq!(world.ask(with_header).await.error(), "invalid_client");
    let get = world.ask(Request::get("/oauth/token/").body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!((get.status.as_u16(), get.header("cache-control")), (405, "no-store"));
}

#[tokio::test]
async fn whoever_left_or_was_deactivated_gets_nothing_for_a_code() {
    let world = world();
    world.application("toolbar").await;
    let code = world.code("bob").await;
    world.members.set("bob", "acme", None);
    assert_eq!(world.redeem(&code).await.error(), "invalid_grant");
    world.members.set("bob", "acme", Some(countersign_oauth::Role::Member));
    let code = world.code("bob").await;
    let idle = ApplicationChange::new().with_status(ApplicationStatus::Inactive);
    world.store.update_application("toolbar", &idle, world.clock.now()).await.unwrap();
    assert_eq!(world.redeem(&code).await.error(), "invalid_client");
}

#[tokio::test]
async fn logging_out_ends_tokens_and_codes() {
    let world = world();
    world.application("toolbar").await;
    let (token, of_ada) = (world.token("bob").await, world.token("ada").await);
    let own = TokenInfo::new("bob").with_id("own");
    countersign::TokenAdmin::add_token(&world.store, &countersign::TokenDigest::of("own"), &own).await.unwrap();
    let code = world.code("bob").await;
    assert_eq!(world.server.revoke_on_logout("bob").await.unwrap(), 1);
    assert!(!world.is_good(&token).await && world.is_good(&of_ada).await && world.is_good("own").await);
    assert_eq!(world.redeem(&code).await.error(), "invalid_grant");
}
