//! What the tests share: tokens, a service that tells what it learned, and answers to compare.

use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::body::ResponseBody;
use countersign::{
    AuthError, AuthErrorKind, BearerTokenLayer, Caller, ManualClock, MemoryStore, PresentedToken, Scope, StoreError,
    TokenInfo, TokenStore, async_trait,
};
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use tower::{Layer, Service, ServiceExt as _};

pub(crate) const NOW: u64 = 1_700_000_000;
pub(crate) const GOOD: &str = "tk_0A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8S9t";

pub(crate) fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

pub(crate) fn store() -> MemoryStore {
    let token = || TokenInfo::new("user-7").with_organisation("acme").with_scope("things:read".parse().unwrap());
    MemoryStore::new()
        .with_token(GOOD, token())
        .with_token("expired", token().with_expires_at(at(NOW - 1)))
        .with_token("expires-now", token().with_expires_at(at(NOW)))
        .with_token("expires-soon", token().with_expires_at(at(NOW) + Duration::from_nanos(1)))
        .with_token("valid-soon", token().with_not_before(at(NOW) + Duration::from_nanos(1)))
        .with_token("valid-now", token().with_not_before(at(NOW)))
        .with_token("revoked", token().with_revoked_at(at(NOW - 1)))
        .with_token("revoked-in-the-future", token().with_revoked_at(at(NOW + 60)))
        .with_token("no-scope", TokenInfo::new("user-8"))
}

pub(crate) fn scope(list: &str) -> Scope {
    list.parse().unwrap()
}

pub(crate) fn layer() -> BearerTokenLayer {
    over(store())
}

pub(crate) fn over(store: impl TokenStore) -> BearerTokenLayer {
    BearerTokenLayer::new(store).with_clock(ManualClock::at_unix(NOW))
}

pub(crate) type Body = Full<Bytes>;

/// What a service answered, whole: to be compared byte for byte.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(own, _)| own == name).map(|(_, value)| &**value).collect()
    }

    pub(crate) fn challenges(&self) -> Vec<&str> {
        self.all("www-authenticate")
    }
}

/// Sends a request through the layer to a service that answers 200 with who called.
pub(crate) async fn send<L>(layer: &L, request: Request<Body>) -> (Answer, Option<AuthError>)
where
    L: Layer<Echo>,
    L::Service: Service<Request<Body>, Response = Response<ResponseBody<Body>>, Error = Infallible>,
{
    let response = layer.layer(Echo).oneshot(request).await.unwrap();
    let error = response.extensions().get().cloned();
    let (head, body) = response.into_parts();
    let headers = head.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let headers = headers.collect();
    (Answer { status: head.status, headers, body: body.collect().await.unwrap().to_bytes() }, error)
}

/// Answers with what it learned: method and subject of the caller, and how it found the `Authorization` field.
#[derive(Clone)]
pub(crate) struct Echo;

impl<B> Service<Request<B>> for Echo {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let who = match Caller::of(request.extensions()) {
            Some(Caller::Authenticated(caller)) => format!("{} {}", caller.method(), caller.subject()),
            Some(Caller::Anonymous) => "anonymous".to_owned(),
            None => "nobody asked".to_owned(),
        };
        let field = request.headers().get(header::AUTHORIZATION);
        let field = field.map_or("gone", |value| if value.is_sensitive() { "sensitive" } else { "bare" });
        std::future::ready(Ok(Response::new(Full::from(format!("{who}, {field}")))))
    }
}

pub(crate) fn with(values: &[&[u8]]) -> Request<Body> {
    let mut request = Request::new(Full::default());
    for value in values {
        request.headers_mut().append(header::AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
    }
    request
}

pub(crate) fn bearer(token: &str) -> Request<Body> {
    with(&[format!("Bearer {token}").as_bytes()])
}

pub(crate) async fn refusal(layer: &BearerTokenLayer, request: Request<Body>) -> (Answer, AuthErrorKind) {
    let (answer, error) = send(layer, request).await;
    assert!(!answer.status.is_success(), "{answer:?}");
    assert_eq!(answer.all("cache-control"), ["no-store"]);
    (answer, error.expect("every refusal says why").kind())
}

pub(crate) struct Failing;

#[async_trait]
impl TokenStore for Failing {
    async fn token(&self, _: &PresentedToken) -> Result<Option<TokenInfo>, StoreError> {
        Err(StoreError::new("connection refused by db.internal:5432"))
    }
}

pub(crate) fn unavailable(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.all("retry-after"), ["1"]);
    assert!(answer.challenges().is_empty());
    assert_eq!(&*answer.body, b"Service Unavailable\n");
}
