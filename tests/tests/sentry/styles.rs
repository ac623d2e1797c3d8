//! How refusals look in either style, and what handlers get of a message.

use axum::body::Body;
use axum::routing::post;
use axum::{Extension, Router};
use countersign::auth::PlainRejection;
use countersign::sentry::{SentryEnvelope, SentryEvent, SentryProtocol, SentryStyle};
use countersign::{AuthError, AuthErrorKind, Authenticated, SentrySignatureLayer};
use countersign_tests::collect;
use http::{Request, Response, header};
use serde::Deserialize;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::asking::{layer, signature, time};

const NOW: &str = "1304559408.12";

#[derive(Deserialize)]
struct Event {
    message: String,
}

async fn store(caller: Authenticated, SentryEvent(event): SentryEvent<Event>) -> String {
    format!("{}: {}", caller.subject(), event.message)
}

fn routes() -> Router {
    Router::new().route("/store/", post(store))
}

fn signed(body: &str) -> Request<Body> {
    let credentials =
        format!("Sentry sentry_signature={}, sentry_timestamp={NOW}", signature("sec1", NOW, body.as_bytes()));
    Request::post("/store/").header("authorization", credentials).body(Body::from(body.to_owned())).unwrap()
}

async fn asked(app: Router, request: Request<Body>) -> (u16, String, String, Response<()>) {
    let (head, body) = app.oneshot(request).await.unwrap().into_parts();
    let content_type = head.headers.get(header::CONTENT_TYPE).map_or("", |value| value.to_str().unwrap()).to_owned();
    let body = String::from_utf8(collect(body).await.to_vec()).unwrap();
    (head.status.as_u16(), content_type, body, Response::from_parts(head, ()))
}

fn modern() -> SentrySignatureLayer {
    layer("sec1", time(NOW)).with_style(SentryStyle::Modern)
}

#[tokio::test]
async fn the_handler_gets_the_event_and_who_signed() {
    for body in [r#"{"message": "hello"}"#, "eyJtZXNzYWdlIjogImhlbGxvIn0="] {
        let (status, _, body, _) = asked(routes().layer(layer("sec1", time(NOW))), signed(body)).await;
        assert_eq!((status, body.as_str()), (200, "global: hello"));
    }
}

#[tokio::test]
async fn without_a_layer_nothing_is_opened() {
    let only_the_event = async |_: SentryEvent<Value>| "opened";
    let app = Router::new().route("/store/", post(only_the_event));
    let (status, _, body, response) = asked(app, signed("{}")).await;
    assert_eq!((status, body.as_str()), (500, "Internal Server Error\n"));
    assert_eq!(response.extensions().get().map(AuthError::kind), Some(AuthErrorKind::Misconfigured));
    let app = Router::new().route("/store/", post(only_the_event)).layer(layer("sec1", time(NOW)));
    assert_eq!(asked(app, signed("{}")).await.2, "opened", "and with one it is");
}

#[tokio::test]
async fn the_modern_style_has_problems_and_challenges() {
    for protocol in [SentryProtocol::V1, SentryProtocol::V2, SentryProtocol::Any, SentryProtocol::Nonce] {
        let app = routes().layer(modern().with_protocol(protocol));
        let bare = Request::post("/store/").body(Body::empty()).unwrap();
        let (status, content_type, body, response) = asked(app, bare).await;
        assert_eq!((status, content_type.as_str()), (401, "application/problem+json"), "{protocol:?}");
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Sentry");
        let problem: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(problem, json!({"type": "about:blank", "title": "Unauthorized", "status": 401}));
    }
    let (status, ..) = asked(routes().layer(modern()), signed_then_tampered()).await;
    assert_eq!(status, 401, "where the original says 403");
}

fn signed_then_tampered() -> Request<Body> {
    signed("{}").map(|_| Body::from("{ }"))
}

#[tokio::test]
async fn of_style_and_rejection_the_last_one_counts_and_the_protocol_changes_neither() {
    let plain = ("text/plain; charset=utf-8", "Unauthorized\n");
    let original = ("text/html; charset=utf-8", "Invalid credentials");
    let base = || layer("sec1", time(NOW));
    let v1 = SentryProtocol::V1;
    for (layer, expected) in [
        (base().with_rejection(PlainRejection::new()).with_protocol(v1), plain),
        (base().with_protocol(v1).with_rejection(PlainRejection::new()), plain),
        (base().with_style(SentryStyle::Modern).with_rejection(PlainRejection::new()), plain),
        (base().with_protocol(v1).with_style(SentryStyle::Original), original),
        (base().with_rejection(PlainRejection::new()).with_style(SentryStyle::Original).with_protocol(v1), original),
    ] {
        let bare = Request::post("/store/").body(Body::empty()).unwrap();
        let (_, content_type, body, _) = asked(routes().layer(layer), bare).await;
        assert_eq!((content_type.as_str(), body.as_str()), expected);
    }
}

#[tokio::test]
async fn what_cannot_be_opened_is_answered_in_the_style_of_the_envelope() {
    let rows = [
        (
            "hello world",
            (403, "Bad data decoding request (TypeError, Incorrect padding)"),
            (400, "the body is not base64"),
        ),
        (
            "bm90IGpzb24=",
            (403, "Bad data reconstructing object (JSONDecodeError, Expecting value: line 1 column 1 (char 0))"),
            (400, "the event is not JSON at line 1 column 1"),
        ),
        (
            r#"{"message": 1}"#,
            (403, "Bad data reconstructing object (TypeError, unexpected value: line 1 column 13 (char 12))"),
            (400, "the event is not what was expected at line 1 column 13"),
        ),
        (
            "format=pickle&data=x",
            (400, "Invalid format"),
            (400, "the body is a form with a pickle in it, which is never read"),
        ),
        (r#"{"message": "longer than it may be"}"#, (413, "Payload Too Large"), (413, "the event is too large")),
    ];
    for (body, (status, text), (modern_status, detail)) in rows {
        let envelope = SentryEnvelope::new().with_limit(30);
        let app = || routes().layer(layer("sec1", time(NOW)));
        let told = asked(app().layer(Extension(envelope)), signed(body)).await;
        assert_eq!((told.0, told.1.as_str(), told.2.as_str()), (status, "text/html; charset=utf-8", text));
        let told = asked(app().layer(Extension(envelope.with_style(SentryStyle::Modern))), signed(body)).await;
        let problem: Value = serde_json::from_str(&told.2).unwrap();
        assert_eq!((told.0, told.1.as_str()), (modern_status, "application/problem+json"));
        assert_eq!((&problem["detail"], &problem["status"]), (&json!(detail), &json!(modern_status)));
    }
}
