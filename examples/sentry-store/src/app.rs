//! The routes, and what every answer says to browsers.

use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use countersign::SentrySignatureLayer;
use countersign::sentry::SentryEnvelope;

use crate::host::{self, Names};
use crate::live::{self, Live};
use crate::store::Events;
use crate::{assets, page, receive};

/// How long an event may be, unwrapped, in bytes.
const LONGEST_EVENT: usize = 1 << 20;

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) events: Events,
    pub(crate) live: Live,
    /// What sends an event to this server, for a page without any.
    pub(crate) send_command: Arc<str>,
}

/// Everything. Signed messages are let in by the guard, whatever they call this server; the pages are for whoever reaches them
/// and calls it by its name.
pub(crate) fn router(app: App, names: Names, guard: SentrySignatureLayer) -> Router {
    let envelope = SentryEnvelope::new().with_limit(LONGEST_EVENT);
    let intake = Router::new().route("/store/", post(receive::receive)).layer(Extension(envelope)).layer(guard);
    Router::new()
        .route("/", get(page::list))
        .route("/events/{id}", get(page::event))
        .route("/events/{id}/json", get(page::json))
        .route("/live", get(live::live))
        .merge(assets::router())
        .fallback(page::missing)
        .layer(from_fn_with_state(names, host::known))
        .merge(intake)
        .with_state(app)
        .layer(map_response(protect))
}

/// Events are other people's text. Should one ever get out of its place, it can run nothing, load nothing, send nothing
/// anywhere, and no other site can show or read these pages.
const PROTECTION: [(HeaderName, HeaderValue); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

async fn protect(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in PROTECTION {
        headers.insert(name, value);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, Bytes};
    use axum::http::{Request, StatusCode};
    use countersign::Secret;
    use countersign::sentry::SentrySigner;
    use http_body_util::BodyExt as _;
    use serde_json::{Value, json};
    use tower::ServiceExt as _;

    use super::*;

    const MARKUP: &str = "<script>alert('&')</script>";
    const ESCAPED: &str = "&#60;script&#62;alert(&#39;&#38;&#39;)&#60;/script&#62;";

    struct Example {
        router: Router,
        live: Live,
        signer: SentrySigner,
        _folder: tempfile::TempDir,
    }

    impl Example {
        async fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let events = Events::open(&folder.path().join("events.sqlite"), 1000).await.unwrap();
            let (live, secret) = (Live::new(0), Secret::new("a key").unwrap());
            let app = App { events, live: live.clone(), send_command: "send <it>".into() };
            let router = router(app, ["page.test".to_owned()].into(), SentrySignatureLayer::new(secret.clone()));
            Self { router, live, signer: SentrySigner::new(secret), _folder: folder }
        }

        async fn send(&self, event: Value) {
            let message = self.signer.request(&"/store/".parse().unwrap(), &event).unwrap();
            let answer = self.router.clone().oneshot(message.map(Body::new)).await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
        }

        async fn get(&self, path: &str) -> Response {
            self.get_from("page.test:9000", path).await
        }

        async fn get_from(&self, host: &str, path: &str) -> Response {
            let request = Request::get(path).header(header::HOST, host).body(Body::empty()).unwrap();
            let answer = self.router.clone().oneshot(request).await.unwrap();
            for (name, value) in &PROTECTION {
                assert_eq!(answer.headers().get(name), Some(value), "{path}");
            }
            answer
        }

        async fn text(&self, path: &str) -> (StatusCode, String) {
            let answer = self.get(path).await;
            let status = answer.status();
            let body = answer.into_body().collect().await.unwrap().to_bytes();
            (status, String::from_utf8(body.into()).unwrap())
        }
    }

    async fn next(stream: &mut Body) -> Option<Bytes> {
        Some(stream.frame().await?.unwrap().into_data().unwrap())
    }

    #[tokio::test]
    async fn what_is_in_an_event_is_escaped_everywhere() {
        let example = Example::new().await;
        assert!(example.text("/").await.1.contains("send &#60;it&#62;"));
        let mut stream = example.get("/live").await.into_body();
        example
            .send(json!({"message": format!("{MARKUP}\n{MARKUP}"), "logger": MARKUP, "tags": {MARKUP: MARKUP}}))
            .await;
        let arrived = String::from_utf8(next(&mut stream).await.unwrap().into()).unwrap();
        for text in [arrived, example.text("/").await.1, example.text("/events/1").await.1] {
            assert!(text.contains(ESCAPED), "{text}");
            assert!(!text.contains("<script>"), "{text}");
        }
        let (_, text) = example.text("/events/1/json").await;
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["logger"], MARKUP);
    }

    #[tokio::test]
    async fn a_stream_goes_on_where_its_page_was_and_ends_with_the_server() {
        let example = Example::new().await;
        for number in 1..=3 {
            example.send(json!({"message": format!("number {number}")})).await;
        }
        let mut stream = example.get("/live?after=1").await.into_body();
        for number in [2, 3] {
            let text = String::from_utf8(next(&mut stream).await.unwrap().into()).unwrap();
            assert!(text.contains(&format!("id: {number}\n")) && text.contains(&format!("number {number}")), "{text}");
        }
        // Somebody who was away for more than a page gets the newest one.
        let mut late = example.get("/live?after=3").await.into_body();
        for number in 4..=60 {
            example.send(json!({"message": format!("number {number}")})).await;
        }
        let text = String::from_utf8(next(&mut late).await.unwrap().into()).unwrap();
        assert!(text.contains("id: 11\n"), "{text}");
        example.live.stop();
        while next(&mut stream).await.is_some() {}
        assert!(next(&mut example.get("/live").await.into_body()).await.is_none());
    }

    #[tokio::test]
    async fn so_many_streams_and_no_more() {
        let example = Example::new().await;
        let mut streams = Vec::new();
        while let answer = example.get("/live").await
            && answer.status() == StatusCode::OK
        {
            streams.push(answer);
        }
        assert_eq!(streams.len(), 100);
        assert_eq!(example.get("/live").await.status(), StatusCode::SERVICE_UNAVAILABLE);
        streams.pop();
        assert_eq!(example.get("/live").await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn other_names_get_no_page() {
        let example = Example::new().await;
        example.send(json!({"message": "not for everybody"})).await;
        for path in ["/", "/live?after=0", "/events/1", "/events/1/json", "/assets/live.js", "/nowhere"] {
            for host in ["attacker.test", "page.test.attacker.test", "", "page.test@attacker.test"] {
                let answer = example.get_from(host, path).await;
                assert_eq!(answer.status(), StatusCode::MISDIRECTED_REQUEST, "{path} at {host}");
            }
        }
    }

    #[tokio::test]
    async fn places_that_mean_nothing_are_refused() {
        let example = Example::new().await;
        example.send(json!({})).await;
        for (path, status) in [
            ("/?before=1&after=1", StatusCode::BAD_REQUEST),
            ("/?before=x", StatusCode::BAD_REQUEST),
            ("/?before=99999999999999999999", StatusCode::BAD_REQUEST),
            ("/live?after=x", StatusCode::BAD_REQUEST),
            ("/?before=-9223372036854775808", StatusCode::OK),
            ("/?after=9223372036854775807", StatusCode::SEE_OTHER),
            ("/events/2", StatusCode::NOT_FOUND),
            ("/events/x", StatusCode::NOT_FOUND),
            ("/events/-1/json", StatusCode::NOT_FOUND),
            ("/nowhere", StatusCode::NOT_FOUND),
            ("/store/", StatusCode::METHOD_NOT_ALLOWED),
        ] {
            assert_eq!(example.text(path).await.0, status, "{path}");
        }
    }
}
