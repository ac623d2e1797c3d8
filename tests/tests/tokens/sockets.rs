//! Tokens in the query, byte by byte over a socket: what an attacker sends, and what nobody may read afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use countersign::bearer::{DjbletsRejection, KallitheaRejection};
use countersign::{BearerTokenLayer, ManualClock, MemoryStore, PresentedToken, TokenInfo, TokenStore as _, store_fn};
use countersign_tests::{Answer, Inner, Logs, Server, Wire};

const GOOD: &str = "canary-0A1b2C3d4E5f";
const OVER: &str = "canary-expired";

/// A server, how often its store was asked, and its inner service.
struct Guarded {
    server: Server,
    asked: Arc<AtomicUsize>,
    inner: Inner,
}

async fn guarded(change: impl FnOnce(BearerTokenLayer) -> BearerTokenLayer) -> Guarded {
    let clock = ManualClock::at_unix(1_700_000_000);
    let over = TokenInfo::new("eve").with_expires_at(std::time::SystemTime::UNIX_EPOCH);
    let tokens = MemoryStore::new().with_token(GOOD, TokenInfo::new("ada")).with_token(OVER, over);
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let store = store_fn(move |token: PresentedToken| {
        counter.fetch_add(1, Ordering::SeqCst);
        let tokens = tokens.clone();
        async move { tokens.token(&token).await }
    });
    let layer = change(BearerTokenLayer::new(store).with_clock(clock).with_insecure_query_parameter("api_key"));
    let inner = Inner::new();
    let app = Router::new().fallback_service(inner.clone()).layer(layer);
    Guarded { server: Server::start(app).await, asked, inner }
}

impl Guarded {
    async fn ask(&self, request: &str) -> Answer {
        let answer = Wire::exchange(self.server.address(), request.as_bytes()).await;
        let said = format!("{}{}", answer.head, String::from_utf8_lossy(&answer.body));
        assert!(!said.contains("canary"), "{request}: {said}");
        answer
    }

    /// Without what differs from second to second.
    async fn whole(&self, request: &str) -> Answer {
        self.ask(request).await.without_date()
    }
}

const fn as_it_is(layer: BearerTokenLayer) -> BearerTokenLayer {
    layer
}

fn get(target: &str, fields: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: h\r\n{fields}\r\n")
}

#[tokio::test]
async fn attacks_with_a_good_token_in_the_query_are_refused_before_the_store_is_asked() {
    let bearer = format!("Authorization: Bearer {GOOD}\r\n");
    let requests = [
        (get(&format!("/?api_key={GOOD}"), &bearer), 400),
        (get(&format!("/?api_key={GOOD}"), "Authorization: Bearer\r\n"), 400),
        (get(&format!("/?api_key={GOOD}"), "Authorization: Basic a\r\nAuthorization: Basic a\r\n"), 400),
        (get("/?api_key=", &bearer), 400),
        (get("/?api_key", &bearer), 400),
        (get(&format!("/?%61pi_key={GOOD}"), &bearer), 400),
        (get(&format!("/?api_key={GOOD}&api_key={GOOD}"), ""), 400),
        (get(&format!("/?api_key={OVER}&api_key={GOOD}"), ""), 400),
        (get(&format!("/?api_key={GOOD}&%61pi_key={OVER}"), ""), 400),
        (get(&format!("/?%61pi_key={GOOD}"), ""), 400),
        (get(&format!("/?api_key={GOOD}%00"), ""), 400),
        (get(&format!("/?api_key={GOOD}%"), ""), 400),
        (get(&format!("/?api_key={GOOD}%0d%0aX:1"), ""), 400),
        (get(&format!("/?api_key=+{GOOD}"), ""), 400),
        (get(&format!("/?api_key=%20{GOOD}"), ""), 400),
        (get(&format!("/?api_key=Bearer%20{GOOD}"), ""), 400),
        (get(&format!("/?api_key={GOOD};x"), ""), 400),
        (get(&format!("/?api_key={GOOD}\u{e9}"), ""), 400),
        (get(&format!("/?api_key={}", "a".repeat(8193)), ""), 431),
        (get(&format!("/?API_KEY={GOOD}"), ""), 401),
        (get(&format!("/?api_key[]={GOOD}"), ""), 401),
        (get(&format!("/?%2561pi_key={GOOD}"), ""), 401),
        (get(&format!("/?a=1;api_key={GOOD}"), ""), 401),
        (get(&format!("/;api_key={GOOD}"), ""), 401),
        (get(&format!("/%3Fapi_key={GOOD}"), ""), 401),
        (get(&format!("/api_key={GOOD}"), ""), 401),
        (get("/", &format!("Referer: http://h/?api_key={GOOD}\r\nX-Original-Url: /?api_key={GOOD}\r\n")), 401),
        (get("/", &format!("Cookie: api_key={GOOD}\r\nApi_Key: {GOOD}\r\n")), 401),
        (format!("OPTIONS * HTTP/1.1\r\nHost: h\r\nApi-Key: {GOOD}\r\n\r\n"), 401),
        (
            format!(
                "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\napi_key={GOOD}",
                8 + GOOD.len()
            ),
            401,
        ),
    ];
    // Where credentials are optional, what is in no place that was named is none.
    for (change, none) in
        [(as_it_is as fn(BearerTokenLayer) -> BearerTokenLayer, 401), (BearerTokenLayer::with_optional, 200)]
    {
        let guarded = guarded(change).await;
        for (request, status) in &requests {
            let answer = guarded.ask(request).await;
            let status = if *status == 401 { none } else { *status };
            assert_eq!(answer.status, status, "{request}");
            assert_eq!(answer.field("cache-control"), (status != 200).then_some("no-store"));
        }
        let passed = requests.iter().filter(|(_, status)| *status == 401 && none == 200).count();
        assert_eq!((guarded.asked.load(Ordering::SeqCst), guarded.inner.calls()), (0, passed));
    }
}

#[tokio::test]
async fn what_is_as_it_has_to_be_is_let_through_and_the_inner_service_sees_no_token() {
    let guarded = guarded(|layer| layer).await;
    for (target, left) in [
        (format!("/a?api_key={GOOD}"), "/a"),
        (format!("/a?x=%7e&api_key={GOOD}&&y"), "/a?x=%7e&&y"),
        (format!("/a?api_key={GOOD}#part"), "/a"),
        (format!("/a?api_key=%63anary-{}", &GOOD[7..]), "/a"),
        (format!("http://h/a?api_key={GOOD}"), "http://h/a"),
    ] {
        let answer = guarded.ask(&get(&target, "Authorization: Basic abc\r\n")).await;
        assert_eq!((answer.status, answer.field("cache-control")), (200, Some("private")), "{target}");
        let seen = guarded.inner.last();
        assert_eq!(seen.head.uri, left);
        assert!(!format!("{seen:?}").contains("canary"));
    }
    // What one request on a connection may do, the next may not.
    let mut wire = Wire::connect(guarded.server.address()).await;
    let two = format!("{}{}", get(&format!("/?api_key={GOOD}"), ""), get("/", ""));
    wire.send(two.as_bytes()).await;
    assert_eq!((wire.answer().await.status, wire.answer().await.status), (200, 401));
}

#[tokio::test]
async fn tokens_that_are_not_good_are_one_answer_in_every_place_and_style_but_djblets() {
    for style in [|layer| layer, |layer: BearerTokenLayer| layer.with_rejection(KallitheaRejection::new())] {
        let guarded = guarded(style).await;
        let unknown = guarded.whole(&get("/?api_key=abc", "")).await;
        for token in [OVER, "abd"] {
            assert_eq!(guarded.whole(&get(&format!("/?api_key={token}"), "")).await, unknown);
            assert_eq!(guarded.whole(&get("/", &format!("Authorization: Bearer {token}\r\n"))).await, unknown);
        }
    }
    let telling = guarded(|layer| layer.with_rejection(DjbletsRejection::new())).await;
    assert_ne!(
        telling.whole(&get("/?api_key=abc", "")).await,
        telling.whole(&get(&format!("/?api_key={OVER}"), "")).await
    );
}

#[tokio::test]
async fn no_token_of_a_query_is_logged() {
    let logs = Logs::install();
    let guarded = guarded(BearerTokenLayer::with_cors_preflights).await;
    let preflight = "Origin: http://a\r\nAccess-Control-Request-Method: GET\r\n";
    for (request, status) in [
        (get(&format!("/?api_key={GOOD}"), ""), 200),
        (get(&format!("/?api_key={OVER}"), ""), 401),
        (get(&format!("/?api_key={GOOD}&api_key={GOOD}"), ""), 400),
        (get(&format!("/?api_key={GOOD}%zz"), ""), 400),
        (format!("OPTIONS /?api_key={GOOD} HTTP/1.1\r\nHost: h\r\n{preflight}\r\n"), 200),
    ] {
        assert_eq!(guarded.ask(&request).await.status, status, "{request}");
    }
    // hyper itself writes down what it reads, at TRACE.
    let logged = logs.text();
    let ours: Vec<&str> = logged.lines().filter(|line| line.contains("countersign")).collect();
    assert!(ours.iter().any(|line| line.contains("token expired")), "{ours:#?}");
    assert!(ours.iter().all(|line| !line.contains("canary")), "{ours:#?}");
    assert!(!format!("{:?}", guarded.inner.last()).contains("canary"), "the preflight's target had one");
}
