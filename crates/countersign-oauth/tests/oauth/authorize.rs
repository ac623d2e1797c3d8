//! The authorization endpoint: who gets where.

use countersign::Clock as _;
use countersign_core::oauth::{ApplicationChange, ApplicationStatus, ApplicationStore as _};
use http::StatusCode;

use crate::support::{CALLBACK, changed, request, world};

#[tokio::test]
async fn whoever_has_approved_is_sent_back_with_a_code() {
    let world = world();
    world.application("toolbar").await;
    let page = world.authorize(Some("bob"), &request("toolbar")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("x-frame-options"), "DENY");
    assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
    for shown in ["toolbar", "acme", "bob", "things:read", "app.test"] {
        assert!(page.body.contains(shown), "{shown}");
    }
    let answer = world.send("bob", &page.fields(), "approve").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.header("location").starts_with("https://app.test/cb?code="));
    assert_eq!(answer.parameter("state").as_deref(), Some("xyz"));
    assert_eq!(answer.parameter("iss").as_deref(), Some("https://api.test"));
    assert_eq!(answer.parameter("code").unwrap().len(), 64);
}

#[tokio::test]
async fn whoever_denies_is_sent_back_with_an_error() {
    let world = world();
    world.application("toolbar").await;
    let page = world.authorize(Some("bob"), &request("toolbar")).await;
    let answer = world.send("bob", &page.fields(), "deny").await;
    assert_eq!(
        answer.location().as_str(),
        "https://app.test/cb?error=access_denied&state=xyz&iss=https%3A%2F%2Fapi.test"
    );
    assert_eq!(world.send("bob", &page.fields(), "").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.send("bob", &page.fields(), "maybe").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn nobody_is_sent_where_nothing_is_registered() {
    let world = world();
    world.application("toolbar").await;
    world.application_of("two", "acme", &[CALLBACK, "https://app.test/other"]).await;
    world.application_of("none", "acme", &[]).await;
    world.application_of("idle", "acme", &[CALLBACK]).await;
    let idle = ApplicationChange::new().with_status(ApplicationStatus::Inactive);
    world.store.update_application("idle", &idle, world.clock.now()).await.unwrap();
    let own = request("toolbar");
    let cases = [
        ("no client", changed(&own, "client_id", None), "client_id"),
        ("an unknown client", changed(&own, "client_id", Some("other")), "client_id"),
        ("what is no client id", changed(&own, "client_id", Some("\0")), "client_id"),
        ("an inactive client", request("idle"), "client_id"),
        ("a foreign place", changed(&own, "redirect_uri", Some("https://evil.test/cb")), "redirect_uri"),
        ("a place below", changed(&own, "redirect_uri", Some("https://app.test/cb/x")), "redirect_uri"),
        ("no place, where two are registered", changed(&request("two"), "redirect_uri", None), "redirect_uri"),
        ("no place, where none is registered", changed(&request("none"), "redirect_uri", None), "redirect_uri"),
    ];
    for (name, query, parameter) in cases {
        for user in [Some("bob"), None] {
            let answer = world.authorize(user, &query).await;
            assert_eq!((answer.status, answer.header("location")), (StatusCode::BAD_REQUEST, ""), "{name}");
            assert!(answer.body.contains(&format!("<em>{parameter}</em>")), "{name}: {}", answer.body);
            assert_eq!(answer.header("x-frame-options"), "DENY");
        }
    }
    let twice = [request("toolbar"), vec![("client_id", "toolbar")]].concat();
    assert_eq!(world.authorize(Some("bob"), &twice).await.status, StatusCode::BAD_REQUEST);
    let long = "x".repeat(9_000);
    assert_eq!(world.authorize(Some("bob"), &[("state", &long)]).await.status, StatusCode::URI_TOO_LONG);
}

#[tokio::test]
async fn known_attacks_on_redirect_uris_end_on_a_page() {
    let world = world();
    world.application("toolbar").await;
    let attacks = [
        ("userinfo", "https://app.test@evil.test/cb"),
        ("port and at", "http://127.0.0.1:80@evil.test/"),
        ("subdomain", "https://app.test.evil.test/cb"),
        ("case of the path", "https://app.test/CB"),
        ("case of the host", "https://APP.test/cb"),
        ("dot-dot", "https://app.test/cb/../evil"),
        ("encoded", "https://app.test/%63b"),
        ("fragment", "https://app.test/cb#x"),
        ("backslash", "https://app.test\\@evil.test/cb"),
        ("no scheme", "//app.test/cb"),
        ("trailing dot", "https://app.test./cb"),
        ("prefix, as the original lets through", "https://app.test/cb-evil"),
    ];
    for (name, attack) in attacks {
        let answer = world.authorize(Some("bob"), &changed(&request("toolbar"), "redirect_uri", Some(attack))).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::BAD_REQUEST, ""), "{name}");
    }
    assert_eq!(world.authorize(Some("bob"), &request("toolbar")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_wrong_with_the_rest_is_told_the_client() {
    let world = world();
    world.application("toolbar").await;
    let own = request("toolbar");
    let cases = [
        ("no response type", changed(&own, "response_type", None), "invalid_request"),
        ("another response type", changed(&own, "response_type", Some("code token")), "unsupported_response_type"),
        (
            "the implicit grant, which is off",
            changed(&own, "response_type", Some("token")),
            "unsupported_response_type",
        ),
        ("no scope", changed(&own, "scope", None), "invalid_scope"),
        ("an unknown scope", changed(&own, "scope", Some("things:read admin")), "invalid_scope"),
        ("no scope-token", changed(&own, "scope", Some("things:read \"")), "invalid_scope"),
        ("no challenge", changed(&own, "code_challenge", None), "invalid_request"),
        ("no challenge's text", changed(&own, "code_challenge", Some("short")), "invalid_request"),
        ("no method", changed(&own, "code_challenge_method", None), "invalid_request"),
        ("the plain method", changed(&own, "code_challenge_method", Some("plain")), "invalid_request"),
    ];
    for (name, query, error) in cases {
        let stranger = world.authorize(None, &query).await;
        assert_eq!(stranger.header("location"), "/login", "{name}: nobody is sent on who is not signed in");
        let answer = world.authorize(Some("bob"), &query).await;
        assert_eq!(answer.status, StatusCode::FOUND, "{name}");
        let expected = format!("https://app.test/cb?error={error}&state=xyz&iss=https%3A%2F%2Fapi.test");
        assert_eq!(answer.location().as_str(), expected, "{name}");
    }
}

#[tokio::test]
async fn the_stranger_goes_to_the_login_page_and_the_outsider_back() {
    let world = world();
    world.application("toolbar").await;
    let stranger = world.authorize(None, &request("toolbar")).await;
    assert_eq!((stranger.status, stranger.header("location")), (StatusCode::SEE_OTHER, "/login"));
    let outsider = world.authorize(Some("eve"), &request("toolbar")).await;
    assert_eq!(outsider.parameter("error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn the_only_registered_place_need_not_be_named() {
    let world = world();
    world.application("toolbar").await;
    let answer = world.approve("bob", &changed(&request("toolbar"), "redirect_uri", None)).await;
    assert!(answer.header("location").starts_with("https://app.test/cb?code="));
    let code = answer.parameter("code").unwrap();
    let named = crate::support::redemption(&code);
    let unnamed = changed(&named, "redirect_uri", None);
    assert_eq!(world.post("/oauth/token/", &unnamed).await.status, StatusCode::OK);
}

#[tokio::test]
async fn whoever_has_approved_all_of_it_is_not_asked_again() {
    let world = world();
    world.application("toolbar").await;
    world.application("other").await;
    let both = changed(&request("toolbar"), "scope", Some("things:write things:read"));
    world.approve("bob", &both).await;
    let at_once = world.authorize(Some("bob"), &request("toolbar")).await;
    assert_eq!(at_once.status, StatusCode::FOUND);
    assert!(at_once.parameter("code").is_some());
    let asked = [
        ("who says so", Some("bob"), changed(&request("toolbar"), "force_prompt", Some("1"))),
        ("somebody else", Some("ada"), request("toolbar")),
        ("another application", Some("bob"), request("other")),
    ];
    for (name, user, query) in asked {
        assert_eq!(world.authorize(user, &query).await.status, StatusCode::OK, "{name}");
    }
    world.members.set("bob", "acme", None);
    let left = world.authorize(Some("bob"), &request("toolbar")).await;
    assert_eq!(left.parameter("error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn more_than_was_approved_is_asked_for() {
    let world = world();
    world.application("toolbar").await;
    world.code("bob").await;
    let more = changed(&request("toolbar"), "scope", Some("things:read things:write"));
    assert_eq!(world.authorize(Some("bob"), &more).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_program_of_the_users_machine_is_asked_for_every_time() {
    let world = world();
    world.application_of("native", "acme", &["http://127.0.0.1/cb"]).await;
    let query = changed(&request("native"), "redirect_uri", Some("http://127.0.0.1:49152/cb"));
    let answer = world.approve("bob", &query).await;
    assert!(answer.header("location").starts_with("http://127.0.0.1:49152/cb?code="));
    assert_eq!(world.authorize(Some("bob"), &query).await.status, StatusCode::OK);
}

#[tokio::test]
async fn state_comes_back_as_it_was() {
    let world = world();
    world.application("toolbar").await;
    let asked = changed(&request("toolbar"), "force_prompt", Some("1"));
    for state in ["a b+c&d=e#f", "\r\nSet-Cookie: x=y", "é\u{1f600}\"'<>", "%2e%2e", &"s".repeat(2_000)] {
        let query = changed(&asked, "state", Some(state));
        assert_eq!(world.approve("bob", &query).await.parameter("state").as_deref(), Some(state));
    }
    assert_eq!(world.approve("bob", &changed(&asked, "state", None)).await.parameter("state"), None);
}
