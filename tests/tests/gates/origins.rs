//! From which pages a token may be used.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use countersign::bearer::SentryApiRejection;
use countersign::gate::{AllowedOrigins, Origins};
use countersign::hmac::schemes::UstudioV2;
use countersign::{BearerTokenLayer, HmacAuthLayer, MemoryStore, OriginLayer, StoreError, TokenInfo};
use countersign_tests::{store, ustudio_credentials};

use crate::asking::{Guarded, Later, Trouble, origin, tokens};

/// `app` has pages at two origins, `other` has one, `unknown` is not there.
fn applications() -> HashMap<String, Origins> {
    let app = [origin("https://app.example"), origin("http://localhost:8080")].into_iter().collect();
    let other = Origins::none().with(origin("https://other.example"));
    HashMap::from([("app".to_owned(), app), ("other".to_owned(), other)])
}

async fn guarded(gate: OriginLayer) -> Guarded {
    Guarded::start(|app| app.layer(gate).layer(tokens())).await
}

/// A token, `Origin` fields, and what comes of them.
const ROWS: &[(&str, &[&str], u16)] = &[
    ("app", &[], 200),
    ("app", &["Origin: https://app.example"], 200),
    ("app", &["Origin: HTTPS://App.Example:443"], 200),
    ("app", &["origin:https://app.example"], 200),
    ("app", &["Origin: http://localhost:8080"], 200),
    ("app", &["Origin: null"], 200),
    ("app", &["Origin: http://app.example"], 403),
    ("app", &["Origin: https://app.example:8443"], 403),
    ("app", &["Origin: http://localhost"], 403),
    ("app", &["Origin: http://localhost:80801"], 400),
    ("app", &["Origin: https://evilapp.example"], 403),
    ("app", &["Origin: https://app.example.evil.example"], 403),
    ("app", &["Origin: https://a.app.example"], 403),
    ("app", &["Origin: https://app.example."], 403),
    ("app", &["Origin: https://other.example"], 403),
    ("other", &["Origin: https://other.example"], 200),
    ("other", &["Origin: https://app.example"], 403),
    ("unknown", &[], 200),
    ("unknown", &["Origin: https://app.example"], 403),
    ("user", &[], 200),
    ("user", &["Origin: null"], 200),
    ("user", &["Origin: https://app.example"], 403),
    ("app", &["Origin: "], 400),
    ("app", &["Origin: *"], 400),
    ("app", &["Origin: NULL"], 400),
    ("app", &["Origin: app.example"], 400),
    ("app", &["Origin: https://app.example/"], 400),
    ("app", &["Origin: https://ada@app.example"], 400),
    ("app", &["Origin: https://app.example https://evil.example"], 400),
    ("app", &["Origin: https://app.example, https://evil.example"], 400),
    ("app", &["Origin: https://app.example\u{e9}"], 400),
    ("app", &["Origin: https://app.example", "Origin: https://app.example"], 400),
    ("app", &["Origin: null", "Origin: https://app.example"], 400),
    ("app", &["Origin: null", "Origin: null"], 400),
    // Authentication is decided first.
    ("bad", &["Origin: https://app.example"], 401),
    ("bad", &["Origin: https://evil.example"], 401),
    ("bad", &["Origin: *"], 401),
];

async fn holds(guarded: &Guarded) {
    for (token, fields, status) in ROWS {
        let credentials = format!("Authorization: Bearer {token}");
        let answer = guarded.ask("GET /things", &[&[&*credentials], *fields].concat()).await;
        assert_eq!(answer.status, *status, "{token} {fields:?}");
        assert_eq!(answer.field("www-authenticate").is_some(), *status == 401, "{token} {fields:?}");
        assert_eq!(answer.field("cache-control"), (*status != 200).then_some("no-store"));
        assert!(!String::from_utf8(answer.body).unwrap().contains("example"), "the default style echoes nothing");
    }
}

#[tokio::test]
async fn only_pages_of_the_tokens_own_application_use_it() {
    holds(&guarded(OriginLayer::new(applications())).await).await;
    holds(&guarded(OriginLayer::new(Later::new(applications()))).await).await;
}

#[tokio::test]
async fn whatever_origin_is_wrong_is_one_answer() {
    let guarded = guarded(OriginLayer::new(applications())).await;
    let wrong = guarded.whole("GET /", &["Authorization: Bearer app", "Origin: https://evil.example"]).await;
    for (token, origin) in [("app", "https://other.example"), ("user", "https://app.example"), ("unknown", "tauri://x")]
    {
        let fields = [format!("Authorization: Bearer {token}"), format!("Origin: {origin}")];
        assert_eq!(guarded.whole("GET /", &[&fields[0], &fields[1]]).await, wrong);
    }
}

#[tokio::test]
async fn null_is_refused_where_that_is_asked_for() {
    let guarded = guarded(OriginLayer::new(applications()).with_null_origin_refused()).await;
    for (fields, status) in [(&[][..], 200), (&["Origin: null"], 403), (&["Origin: https://app.example"], 200)] {
        let answer = guarded.ask("GET /", &[&["Authorization: Bearer app"], fields].concat()).await;
        assert_eq!(answer.status, status, "{fields:?}");
    }
}

#[tokio::test]
async fn origins_may_come_with_the_token() {
    let pages: Origins = [origin("https://app.example")].into_iter().collect();
    let tokens = MemoryStore::new()
        .with_token("app", TokenInfo::new("ada").with_data(pages))
        .with_token("bare", TokenInfo::new("ada").with_client_id("app"));
    let gate = OriginLayer::from_token(|token| token.data::<Origins>().cloned().unwrap_or_default());
    let guarded = Guarded::start(|app| app.layer(gate).layer(BearerTokenLayer::new(tokens))).await;
    for (token, origin, status) in [
        ("app", "https://app.example", 200),
        ("app", "https://other.example", 403),
        ("bare", "https://app.example", 403),
        ("bare", "null", 200),
    ] {
        let fields = [format!("Authorization: Bearer {token}"), format!("Origin: {origin}")];
        assert_eq!(guarded.ask("GET /", &[&fields[0], &fields[1]]).await.status, status, "{token} {origin}");
    }
}

#[tokio::test]
async fn who_signs_with_a_key_has_no_pages() {
    let gate = OriginLayer::new(Origins::none().with(origin("https://app.example")));
    let guarded = Guarded::start(|app| app.layer(gate).layer(HmacAuthLayer::new(UstudioV2::new(), store()))).await;
    let credentials = format!("Authorization: {}", ustudio_credentials("GET", "/", b""));
    assert_eq!(guarded.ask("GET /", &[&credentials]).await.status, 200);
    assert_eq!(guarded.ask("GET /", &[&credentials, "Origin: https://app.example"]).await.status, 403);
}

#[tokio::test]
async fn nobody_in_particular_is_asked_to_authenticate_and_no_layer_is_500() {
    let gate = || OriginLayer::new(applications());
    let optional = Guarded::start(|app| app.layer(gate()).layer(tokens().with_optional())).await;
    for fields in [&[][..], &["Origin: https://app.example"]] {
        let answer = optional.ask("GET /", fields).await;
        assert_eq!((answer.status, answer.field("www-authenticate")), (401, Some("Bearer")));
    }
    let alone = Guarded::start(|app| app.layer(gate())).await;
    assert_eq!(alone.ask("GET /", &[]).await.status, 500);
}

#[tokio::test]
async fn a_store_in_trouble_admits_nobody_from_a_page_and_keeps_nobody_else_out() {
    for trouble in Trouble::ALL {
        let guarded = guarded(OriginLayer::new(trouble).with_store_timeout(Trouble::LIMIT)).await;
        let answer = guarded.ask("GET /", &["Authorization: Bearer app", "Origin: https://app.example"]).await;
        assert_eq!((answer.status, answer.field("retry-after")), (503, Some("1")), "{trouble:?}");
        assert_eq!(guarded.ask("GET /", &["Authorization: Bearer app"]).await.status, 200);
        // Nothing to ask: it has no application.
        let fields = ["Authorization: Bearer user", "Origin: https://app.example"];
        assert_eq!(guarded.ask("GET /", &fields).await.status, 403);
    }
}

/// Counts what it is asked.
struct Counting(Arc<AtomicUsize>);

#[async_trait]
impl AllowedOrigins for Counting {
    async fn allowed_origins(&self, client_id: &str) -> Result<Origins, StoreError> {
        assert_eq!(client_id, "app");
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Origins::none())
    }
}

#[tokio::test]
async fn the_store_is_asked_about_authenticated_pages_alone() {
    let asked = Arc::new(AtomicUsize::new(0));
    let guarded = guarded(OriginLayer::new(Counting(asked.clone()))).await;
    for fields in [
        &["Authorization: Bearer bad", "Origin: https://app.example"][..],
        &["Origin: https://app.example"],
        &["Authorization: Bearer app"],
        &["Authorization: Bearer app", "Origin: null"],
        &["Authorization: Bearer app", "Origin: *"],
        &["Authorization: Bearer user", "Origin: https://app.example"],
    ] {
        guarded.ask("GET /", fields).await;
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    guarded.ask("GET /", &["Authorization: Bearer app", "Origin: https://app.example"]).await;
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_style_of_sentry_says_which_origin() {
    let gate = OriginLayer::new(applications()).with_rejection(SentryApiRejection::new());
    let guarded = Guarded::start(|app| app.layer(gate).layer(tokens())).await;
    for (field, body) in [
        ("Origin: https://evil.example", r#""Invalid origin: https://evil.example""#),
        (r#"Origin: https://"evil".example"#, r#""Invalid origin: https://\"evil\".example""#),
        ("Origin: https://b\u{fc}cher.example", r#""Invalid origin: ""#),
    ] {
        let answer = guarded.ask("GET /", &["Authorization: Bearer app", field]).await;
        assert_eq!((answer.status, answer.field("content-type")), (400, Some("application/json")));
        assert_eq!(
            (String::from_utf8(answer.body.clone()).unwrap(), answer.field("www-authenticate")),
            (body.into(), None)
        );
    }
    let long = format!("Origin: https://{}.example", "a".repeat(600));
    let answer = guarded.ask("GET /", &["Authorization: Bearer app", &long]).await;
    assert_eq!((answer.status, &*answer.body), (400, &br#""Invalid origin: ""#[..]));
}
