//! Requests through a layer around an axum router, and what comes of them.

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use countersign::BearerTokenLayer;
use countersign_tests::Inner;
use http::request::Builder;
use http::{HeaderMap, HeaderValue, Request, header};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::{Service, ServiceExt as _};

/// What a request came to.
#[derive(Clone, Debug)]
pub struct Told {
    pub status: u16,
    /// Of a refusal; empty for what was admitted.
    pub body: String,
    pub fields: HeaderMap,
}

impl Told {
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(|value| value.to_str().unwrap())
    }
}

/// Asks with one request; whatever comes of it has to be consistent in itself.
pub async fn ask(layer: &BearerTokenLayer, request: Builder) -> Told {
    ask_within(layer, |inner| Router::new().fallback_service(inner), request).await
}

/// The same, with something of the test's between the layer and the inner service.
pub async fn ask_within<S>(layer: &BearerTokenLayer, between: impl FnOnce(Inner) -> S, request: Builder) -> Told
where
    S: Service<Request<Body>, Error = std::convert::Infallible, Response: IntoResponse, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    let inner = Inner::new();
    let app = Router::new().fallback_service(between(inner.clone())).layer(layer.clone());
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    let admitted = head.status == 200;
    assert_eq!(inner.calls(), usize::from(admitted));
    if !admitted {
        assert_eq!(head.headers.get(header::CACHE_CONTROL), Some(&HeaderValue::from_static("no-store")));
        assert!(head.status != 401 || head.headers.contains_key(header::WWW_AUTHENTICATE), "a 401 has a challenge");
    }
    let body = body.collect().await.unwrap().to_bytes();
    let body = if admitted { String::new() } else { String::from_utf8(body.to_vec()).unwrap() };
    Told { status: head.status.as_u16(), body, fields: head.headers }
}

/// A field value as it stands in a row, where each character is a byte.
pub fn value(text: &str) -> HeaderValue {
    let bytes: Vec<u8> = text.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect();
    HeaderValue::from_bytes(&bytes).unwrap()
}

pub fn text<'v>(row: &'v Value, name: &str) -> &'v str {
    row[name].as_str().unwrap_or_else(|| panic!("{row} has a text {name}"))
}

pub fn rows<'v>(file: &'v Value, section: &str) -> &'v [Value] {
    file[section].as_array().unwrap_or_else(|| panic!("there are rows {section}"))
}

pub fn status(expected: &Value) -> u16 {
    expected["status"].as_u64().unwrap().try_into().unwrap()
}

/// The reasons why rows come out otherwise that several lists share.
pub const IN_TWO_PLACES: &str = "a token in two places is refused: which of them counts must not depend on who reads";
pub const LOGIN_PAGE: &str = "sending people to a login page is the application's affair";
pub const NO_BODIES: &str = "bodies are for the service behind the layer";
pub const POLICY: &str = "what a token may do where is decided behind the layer";
