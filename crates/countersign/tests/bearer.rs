//! Bearer tokens: the decision table of the module, line by line.
#![cfg(feature = "bearer")]
#![allow(clippy::unwrap_used, reason = "a helper that cannot go on has failed its test")]

use std::convert::Infallible;
use std::error::Error as _;
use std::future::{Future, pending};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::auth::Authenticate as _;
use countersign::{
    AuthError, AuthErrorKind, Authenticated, BearerTokenLayer, Caller, ChallengeText, Clock, ManualClock, MemoryStore,
    PresentedToken, RequiredScopes, StoreError, TokenInfo, TokenStore, async_trait, store_fn,
};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use tower::{Layer, Service, ServiceExt as _};

const NOW: u64 = 1_700_000_000;
const GOOD: &str = "tk_0A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8S9t";

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn store() -> MemoryStore {
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

fn layer() -> BearerTokenLayer {
    over(store())
}

fn over(store: impl TokenStore) -> BearerTokenLayer {
    BearerTokenLayer::new(store).with_clock(ManualClock::at_unix(NOW))
}

type Body = Full<Bytes>;

/// What a service answered, whole: to be compared byte for byte.
#[derive(Clone, Debug, PartialEq)]
struct Answer {
    status: StatusCode,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Answer {
    fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(own, _)| own == name).map(|(_, value)| &**value).collect()
    }

    fn challenges(&self) -> Vec<&str> {
        self.all("www-authenticate")
    }
}

/// Sends a request through the layer to a service that answers 200 with who called.
async fn send<L>(layer: &L, request: Request<Body>) -> (Answer, Option<AuthError>)
where
    L: Layer<Echo>,
    L::Service: Service<Request<Body>, Response = Response<countersign::body::ResponseBody<Body>>, Error = Infallible>,
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
struct Echo;

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

fn with(values: &[&[u8]]) -> Request<Body> {
    let mut request = Request::new(Full::default());
    for value in values {
        request.headers_mut().append(header::AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
    }
    request
}

fn bearer(token: &str) -> Request<Body> {
    with(&[format!("Bearer {token}").as_bytes()])
}

async fn refusal(layer: &BearerTokenLayer, request: Request<Body>) -> (Answer, AuthErrorKind) {
    let (answer, error) = send(layer, request).await;
    assert!(!answer.status.is_success(), "{answer:?}");
    assert_eq!(answer.all("cache-control"), ["no-store"]);
    (answer, error.expect("every refusal says why").kind())
}

#[tokio::test]
async fn a_good_token_is_let_through() {
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let (answer, error) = send(&layer(), with(&[format!("{scheme} {GOOD}").as_bytes()])).await;
        assert_eq!((answer.status, &*answer.body), (StatusCode::OK, &b"Bearer user-7, sensitive"[..]), "{scheme}");
        assert!(error.is_none());
    }
    assert_eq!(send(&layer(), with(&[format!("Bearer   {GOOD}").as_bytes()])).await.0.status, StatusCode::OK);
}

#[tokio::test]
async fn a_handler_learns_who_and_when() {
    let request = layer().authenticator().authenticate(bearer(GOOD)).decide().await.unwrap();
    let caller = Authenticated::of(request.extensions()).unwrap();
    assert_eq!((caller.method(), caller.subject(), caller.at()), ("Bearer", "user-7", at(NOW)));
    assert_eq!(caller.token().and_then(TokenInfo::organisation), Some("acme"));
    assert!(caller.key_id().is_none());
}

#[tokio::test]
async fn no_credentials_are_401_with_a_challenge_without_error() {
    for request in [with(&[]), with(&[b"Basic dXNlcjpwYXNz"]), with(&[format!("BearerX {GOOD}").as_bytes()])] {
        let (answer, kind) = refusal(&layer(), request).await;
        assert_eq!((answer.status, kind), (StatusCode::UNAUTHORIZED, AuthErrorKind::MissingCredentials));
        assert_eq!(answer.challenges(), ["Bearer"]);
    }
}

#[tokio::test]
async fn a_token_elsewhere_is_no_credentials() {
    let mut request = with(&[]);
    *request.uri_mut() = format!("/things?access_token={GOOD}").parse().unwrap();
    assert_eq!(refusal(&layer(), request).await.1, AuthErrorKind::MissingCredentials);
    let mut request = Request::post("/things").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    request = request.header(header::COOKIE, format!("access_token={GOOD}")).header("x-api-key", GOOD);
    let request = request.body(Full::from(format!("access_token={GOOD}"))).unwrap();
    assert_eq!(refusal(&layer(), request).await.1, AuthErrorKind::MissingCredentials);
    for method in [Method::HEAD, Method::OPTIONS, Method::TRACE] {
        let mut request = with(&[]);
        *request.method_mut() = method;
        assert_eq!(refusal(&layer(), request).await.0.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn several_fields_are_400_also_when_they_are_equal_or_one_is_anothers() {
    let (good, bad) = (format!("Bearer {GOOD}"), "Bearer revoked".to_owned());
    for pair in [[&good, &good], [&bad, &good], [&good, &bad], [&good, &"Basic abc".to_owned()]] {
        let (answer, kind) = refusal(&layer(), with(&pair.map(|value| value.as_bytes()))).await;
        assert_eq!((answer.status, kind), (StatusCode::BAD_REQUEST, AuthErrorKind::SeveralCredentials));
        assert_eq!(answer.challenges(), [r#"Bearer error="invalid_request""#]);
    }
}

#[tokio::test]
async fn malformed_credentials_are_400() {
    let cases: [&[u8]; 11] = [
        b"Bearer",
        b"Bearer ",
        b"Bearer\tabc",
        b"Bearer \"abc\"",
        b"Bearer abc,abc",
        b"Bearer user:abc",
        b"Bearer abc abc",
        b"Bearer \xe9\xff",
        b"Bearer, Bearer abc",
        b"",
        b"\"Bearer\" abc",
    ];
    for value in cases {
        let (answer, kind) = refusal(&layer(), with(&[value])).await;
        assert_eq!((answer.status, kind), (StatusCode::BAD_REQUEST, AuthErrorKind::MalformedCredentials), "{value:?}");
        assert_eq!(answer.challenges(), [r#"Bearer error="invalid_request""#]);
    }
}

#[tokio::test]
async fn too_long_credentials_are_431_and_no_store_is_asked() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let layer = over(store_fn(move |_: PresentedToken| {
        counter.fetch_add(1, Ordering::Relaxed);
        async { Ok(None) }
    }));
    for value in [format!("Bearer {}", "A".repeat(65_536)), format!("\"{}", "A".repeat(65_536))] {
        let (answer, kind) = refusal(&layer, with(&[value.as_bytes()])).await;
        assert_eq!(answer.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        assert_eq!(kind, AuthErrorKind::CredentialsTooLong);
        assert!(answer.challenges().is_empty());
    }
    refusal(&layer, bearer("a b")).await;
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    refusal(&layer, bearer("ab")).await;
    assert_eq!(asked.load(Ordering::Relaxed), 1, "the count counts");
}

#[tokio::test]
async fn unknown_revoked_expired_and_not_yet_valid_are_one_answer() {
    let (unknown, kind) = refusal(&layer(), bearer("unknown")).await;
    assert_eq!((unknown.status, kind), (StatusCode::UNAUTHORIZED, AuthErrorKind::UnknownToken));
    assert_eq!(unknown.challenges(), [r#"Bearer error="invalid_token""#]);
    for (token, expected) in [
        ("expired", AuthErrorKind::TokenExpired),
        ("expires-now", AuthErrorKind::TokenExpired),
        ("valid-soon", AuthErrorKind::TokenNotYetValid),
        ("revoked", AuthErrorKind::TokenRevoked),
        ("revoked-in-the-future", AuthErrorKind::TokenRevoked),
    ] {
        let (answer, kind) = refusal(&layer(), bearer(token)).await;
        assert_eq!(kind, expected, "{token}");
        assert_eq!(answer, unknown, "{token}");
    }
    for token in ["expires-soon", "valid-now"] {
        assert_eq!(send(&layer(), bearer(token)).await.0.status, StatusCode::OK, "{token}");
    }
}

#[tokio::test]
async fn revoked_comes_before_expired_and_expired_before_not_yet_valid() {
    let over_and_not_begun = TokenInfo::new("x").with_expires_at(at(NOW)).with_not_before(at(NOW + 1));
    let store = MemoryStore::new()
        .with_token("two", over_and_not_begun.clone())
        .with_token("three", over_and_not_begun.with_revoked_at(at(NOW + 2)));
    let layer = over(store).with_scopes(RequiredScopes::all_of("x".parse().unwrap()));
    assert_eq!(refusal(&layer, bearer("two")).await.1, AuthErrorKind::TokenExpired);
    assert_eq!(refusal(&layer, bearer("three")).await.1, AuthErrorKind::TokenRevoked);
}

#[tokio::test]
async fn what_is_nearly_a_token_is_unknown() {
    let flipped: String =
        GOOD.chars().map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect();
    let digest: String = PresentedToken::new(GOOD).digest().as_bytes().iter().map(|b| format!("{b:02x}")).collect();
    let nearly = [
        GOOD[..GOOD.len() - 1].to_owned(),
        format!("{GOOD}A"),
        format!("{GOOD}="),
        flipped,
        digest,
        "~~/*+--/.._".replace('*', "+"),
        "undefined".to_owned(),
        "null".to_owned(),
    ];
    for token in nearly {
        assert_eq!(refusal(&layer(), bearer(&token)).await.1, AuthErrorKind::UnknownToken, "{token}");
    }
}

#[tokio::test]
async fn a_lacking_scope_is_403_and_the_challenge_names_what_is_required() {
    let wanting = |scopes| layer().with_scopes(scopes);
    let read = wanting(RequiredScopes::all_of("things:read".parse().unwrap()));
    assert_eq!(send(&read, bearer(GOOD)).await.0.status, StatusCode::OK);
    let (answer, kind) = refusal(&read, bearer("no-scope")).await;
    assert_eq!((answer.status, kind), (StatusCode::FORBIDDEN, AuthErrorKind::InsufficientScope));
    assert_eq!(answer.challenges(), [r#"Bearer error="insufficient_scope", scope="things:read""#]);
    let both = wanting(RequiredScopes::all_of("things:read things:write".parse().unwrap()));
    let (answer, _) = refusal(&both, bearer(GOOD)).await;
    assert_eq!(answer.challenges(), [r#"Bearer error="insufficient_scope", scope="things:read things:write""#]);
    let either = wanting(RequiredScopes::any_of("things:read things:write".parse().unwrap()));
    assert_eq!(send(&either, bearer(GOOD)).await.0.status, StatusCode::OK);
    assert_eq!(refusal(&wanting(RequiredScopes::all_of("".parse().unwrap())), bearer(GOOD)).await.0.status, 403);
    // Whether a token that is not good would have the scope is nobody's business.
    assert_eq!(refusal(&both, bearer("expired")).await.0, refusal(&layer(), bearer("unknown")).await.0);
}

#[tokio::test]
async fn realm_and_resource_metadata_are_in_every_challenge() {
    let text = ChallengeText::from_static;
    let layer = layer()
        .with_realm(text("the \"api\""))
        .with_resource_metadata(text("https://api.example/.well-known/oauth-protected-resource"))
        .with_scopes(RequiredScopes::any_of("admin".parse().unwrap()));
    let metadata = r#"resource_metadata="https://api.example/.well-known/oauth-protected-resource""#;
    for (request, error) in [
        (with(&[]), ""),
        (with(&[b"Bearer"]), r#", error="invalid_request""#),
        (bearer("unknown"), r#", error="invalid_token""#),
    ] {
        let expected = format!(r#"Bearer realm="the \"api\"", {metadata}{error}"#);
        assert_eq!(refusal(&layer, request).await.0.challenges(), [expected]);
    }
    let expected = format!(r#"Bearer realm="the \"api\"", {metadata}, error="insufficient_scope", scope="admin""#);
    assert_eq!(refusal(&layer, bearer(GOOD)).await.0.challenges(), [expected]);
}

#[tokio::test]
async fn another_scheme_word_takes_the_place_of_bearer() {
    let layer = layer().with_scheme_word("token");
    for value in [format!("token {GOOD}"), format!("Token {GOOD}")] {
        let (answer, _) = send(&layer, with(&[value.as_bytes()])).await;
        assert_eq!(&*answer.body, b"token user-7, sensitive");
    }
    let (answer, kind) = refusal(&layer, bearer(GOOD)).await;
    assert_eq!((kind, answer.challenges()), (AuthErrorKind::MissingCredentials, vec!["token"]));
}

#[test]
#[should_panic(expected = "an auth-scheme is a token")]
fn a_scheme_word_that_is_no_token_is_refused_at_once() {
    let _ = layer().with_scheme_word("Bearer token");
}

#[tokio::test]
async fn credentials_are_stripped_on_demand() {
    let (answer, _) = send(&layer().with_credentials_stripped(), bearer(GOOD)).await;
    assert_eq!(&*answer.body, b"Bearer user-7, gone");
}

#[tokio::test]
async fn optional_lets_the_anonymous_through_and_bad_credentials_not() {
    let layer = layer().with_optional();
    for request in [with(&[]), with(&[b"Basic dXNlcjpwYXNz"])] {
        let (answer, _) = send(&layer, request).await;
        assert!(answer.body.starts_with(b"anonymous"), "{answer:?}");
    }
    assert_eq!(&*send(&layer, bearer(GOOD)).await.0.body, b"Bearer user-7, sensitive");
    for value in [&b"Bearer"[..], b"Bearer unknown", b"Bearer expired", b"Bearer a b", b"\"Bearer\" unknown"] {
        assert!(send(&layer, with(&[value])).await.0.status.is_client_error(), "{value:?}");
    }
    assert_eq!(send(&layer, with(&[b"Basic abc", b"Bearer unknown"])).await.0.status, StatusCode::BAD_REQUEST);
    assert_eq!(send(&over(Failing).with_optional(), bearer(GOOD)).await.0.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn only_real_preflights_pass_and_only_on_demand() {
    let preflight = || {
        let request = Request::options("/").header(header::ORIGIN, "https://app.example");
        request.header(header::ACCESS_CONTROL_REQUEST_METHOD, "GET").body(Full::default()).unwrap()
    };
    assert_eq!(send(&layer(), preflight()).await.0.status, StatusCode::UNAUTHORIZED);
    let layer = layer().with_cors_preflights();
    assert_eq!(send(&layer, preflight()).await.0.status, StatusCode::OK);
    for spoil in [
        |request: &mut Request<Body>| *request.method_mut() = Method::GET,
        |request: &mut Request<Body>| drop(request.headers_mut().remove(header::ORIGIN)),
        |request: &mut Request<Body>| drop(request.headers_mut().remove(header::ACCESS_CONTROL_REQUEST_METHOD)),
    ] {
        let mut request = preflight();
        spoil(&mut request);
        assert_eq!(send(&layer, request).await.0.status, StatusCode::UNAUTHORIZED);
    }
}

struct Failing;

#[async_trait]
impl TokenStore for Failing {
    async fn token(&self, _: &PresentedToken) -> Result<Option<TokenInfo>, StoreError> {
        Err(StoreError::new("connection refused by db.internal:5432"))
    }
}

/// What a store does before it answers, or instead.
fn after<F>(wait: impl Fn() -> F + Send + Sync + 'static) -> impl TokenStore
where
    F: Future<Output = ()> + Send + 'static,
{
    store_fn(move |_: PresentedToken| {
        let wait = wait();
        async move {
            wait.await;
            Ok(Some(TokenInfo::new("user-7")))
        }
    })
}

fn unavailable(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.all("retry-after"), ["1"]);
    assert!(answer.challenges().is_empty());
    assert_eq!(&*answer.body, b"Service Unavailable\n");
}

#[tokio::test]
async fn a_store_that_fails_is_503_and_its_words_are_for_the_operator() {
    let (answer, error) = send(&over(Failing), bearer(GOOD)).await;
    unavailable(&answer);
    let error = error.unwrap();
    assert_eq!(error.kind(), AuthErrorKind::StoreFailed);
    let source = error.source().and_then(|error| error.source()).unwrap().to_string();
    assert!(source.contains("db.internal"), "{source}");
}

#[tokio::test]
async fn a_store_that_panics_is_503() {
    for panicking in [
        over(store_fn(|_: PresentedToken| -> std::future::Ready<Result<Option<TokenInfo>, StoreError>> {
            panic!("at once")
        })),
        over(after(async || panic!("when polled"))),
        over(after(async || {
            tokio::task::yield_now().await;
            panic!("later")
        })),
    ] {
        let (answer, error) = send(&panicking, bearer(GOOD)).await;
        unavailable(&answer);
        assert_eq!(error.unwrap().kind(), AuthErrorKind::StoreFailed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_is_503_after_a_second() {
    let begun = tokio::time::Instant::now();
    let (answer, error) = send(&over(after(pending)), bearer(GOOD)).await;
    unavailable(&answer);
    assert_eq!(error.unwrap().kind(), AuthErrorKind::StoreTimedOut);
    assert_eq!(begun.elapsed().as_millis() / 10, 100);
}

#[tokio::test(start_paused = true)]
async fn a_slow_store_is_waited_for_as_long_as_it_may_take() {
    let slow = || after(|| tokio::time::sleep(Duration::from_millis(1_500)));
    assert_eq!(send(&over(slow()), bearer(GOOD)).await.1.unwrap().kind(), AuthErrorKind::StoreTimedOut);
    let (answer, _) = send(&over(slow()).with_store_timeout(Duration::from_secs(2)), bearer(GOOD)).await;
    assert_eq!(&*answer.body, b"Bearer user-7, sensitive");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_runs_out_while_the_store_is_asked_is_expired() {
    let clock = ManualClock::at_unix(NOW);
    let (told, until) = (clock.clone(), clock.now() + Duration::from_secs(1));
    let store = store_fn(move |_: PresentedToken| {
        let told = told.clone();
        async move {
            tokio::task::yield_now().await;
            told.advance(Duration::from_secs(1));
            Ok(Some(TokenInfo::new("user-7").with_expires_at(until)))
        }
    });
    let layer = BearerTokenLayer::new(store).with_clock(clock);
    assert_eq!(refusal(&layer, bearer(GOOD)).await.1, AuthErrorKind::TokenExpired);
}

#[tokio::test]
async fn two_layers_together_ask_the_one_whose_word_it_is() {
    let either = layer().or(over(Failing).with_scheme_word("token"));
    assert_eq!(send(&either, bearer(GOOD)).await.0.status, StatusCode::OK);
    let nothing = send(&either, with(&[])).await.0;
    assert_eq!(nothing.challenges(), ["Bearer", "token"]);
    let unknown = send(&either, bearer("unknown")).await.0;
    assert_eq!(unknown.challenges(), [r#"Bearer error="invalid_token""#]);
    assert_eq!(send(&either, with(&[b"token abc", b"Bearer abc"])).await.0.status, StatusCode::BAD_REQUEST);
    unavailable(&send(&either, with(&[b"token abc"])).await.0);
}

#[tokio::test]
async fn a_rejection_of_ones_own_keeps_status_and_challenge() {
    let layer = layer().with_rejection(|rejection: &countersign::auth::Rejection<'_>| {
        assert_eq!(rejection.error().kind(), AuthErrorKind::TokenExpired);
        Response::new(Bytes::from("no"))
    });
    let (answer, _) = refusal(&layer, bearer("expired")).await;
    assert_eq!((answer.status, &*answer.body), (StatusCode::UNAUTHORIZED, &b"no"[..]));
    assert_eq!(answer.challenges(), [r#"Bearer error="invalid_token""#]);
}

#[test]
fn a_layer_and_its_services_are_cheap_and_nameable() {
    fn assert<T: Clone + Send + Sync + std::fmt::Debug + 'static>(_: &T) {}
    let layer = layer();
    assert(&layer);
    assert(layer.authenticator());
    struct State {
        layer: BearerTokenLayer,
    }
    assert(&State { layer }.layer);
}

#[tokio::test]
async fn no_token_is_ever_printed() {
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Log {
        fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(text);
            Ok(text.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone());
    let _guard = tracing::subscriber::set_default(subscriber.finish());

    let mut printed = format!("{:?}", layer());
    for (layer, token) in [(layer(), "expired"), (layer(), "unknown-s3cret"), (over(Failing), GOOD), (layer(), GOOD)] {
        let request = layer.layer(Echo).oneshot(bearer(token)).await.unwrap();
        printed.push_str(&format!("{request:?}"));
        let (answer, error) = send(&layer, bearer(token)).await;
        printed.push_str(&format!("{answer:?} {error:?}"));
    }
    let admitted = layer().authenticator().authenticate(bearer(GOOD)).decide().await.unwrap();
    printed.push_str(&format!("{admitted:?}"));

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("token expired") && log.contains("store failed"), "the log is on: {log}");
    for secret in [GOOD, "s3cret"] {
        assert!(!log.contains(secret), "{log}");
        assert!(!printed.contains(secret), "{printed}");
    }
}
