//! Tokens in places that were named: the query, another field, a cookie.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use countersign::auth::Authenticate as _;
use countersign::{AuthErrorKind, BearerTokenLayer, MemoryStore};
use http::request::Parts;
use http::{HeaderName, Request, Response, StatusCode, header};
use http_body_util::Full;
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::support::*;

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

fn everywhere() -> BearerTokenLayer {
    layer().with_insecure_query_parameter("api_key").with_header(X_API_KEY).with_cookie("session")
}

/// A request for this target with these fields.
fn get(target: &str, fields: &[(HeaderName, &str)]) -> Request<Body> {
    let request = fields.iter().fold(Request::get(target), |request, (name, value)| request.header(name, *value));
    request.body(Full::default()).unwrap()
}

/// The head as the inner service saw it, if it did, and the response.
async fn pass(layer: &BearerTokenLayer, request: Request<Body>) -> (Option<Parts>, Response<()>) {
    let seen = Arc::new(Mutex::new(None));
    let inner = seen.clone();
    let service = layer.layer(service_fn(move |request: Request<Body>| {
        *inner.lock().unwrap() = Some(request.into_parts().0);
        std::future::ready(Ok::<_, Infallible>(Response::new(Body::default())))
    }));
    let response = service.oneshot(request).await.unwrap().map(drop);
    (seen.lock().unwrap().take(), response)
}

#[tokio::test]
async fn a_token_is_taken_from_each_place_that_was_named_and_from_no_other() {
    let cookie = format!("a=1; session={GOOD}");
    let requests = [
        (get(&format!("/?x=1&api_key={GOOD}"), &[]), layer().with_insecure_query_parameter("api_key")),
        (get("/", &[(X_API_KEY, GOOD)]), layer().with_header(X_API_KEY)),
        (get("/", &[(header::COOKIE, &cookie)]), layer().with_cookie("session")),
        (bearer(GOOD), layer().with_cookie("session")),
    ];
    for (request, named) in requests {
        assert_eq!(refusal_of(&layer(), &request).await, expected(&request));
        assert_eq!(send(&named, again(&request)).await.0.status, StatusCode::OK, "{request:?}");
        assert_eq!(send(&everywhere(), request).await.0.status, StatusCode::OK);
    }
    fn expected(request: &Request<Body>) -> Option<AuthErrorKind> {
        (!request.headers().contains_key(header::AUTHORIZATION)).then_some(AuthErrorKind::MissingCredentials)
    }
    // Credentials of another auth-scheme are nobody's business here.
    let basic = (header::AUTHORIZATION, "Basic abc");
    assert_eq!(send(&everywhere(), get(&format!("/?api_key={GOOD}"), &[basic])).await.0.status, StatusCode::OK);
}

fn again(request: &Request<Body>) -> Request<Body> {
    request.clone()
}

async fn refusal_of(layer: &BearerTokenLayer, request: &Request<Body>) -> Option<AuthErrorKind> {
    send(layer, again(request)).await.1.map(|error| error.kind())
}

#[tokio::test]
async fn more_than_one_place_is_400_whichever_token_is_good() {
    let (auth, cookie) = (format!("Bearer {GOOD}"), format!("session={GOOD}"));
    let query = format!("/?api_key={GOOD}");
    let requests = [
        get(&query, &[(header::AUTHORIZATION, &auth)]),
        get("/?api_key=bad", &[(header::AUTHORIZATION, &auth)]),
        get(&query, &[(header::AUTHORIZATION, "Bearer bad")]),
        get(&query, &[(X_API_KEY, GOOD)]),
        get(&query, &[(header::COOKIE, &cookie)]),
        get("/", &[(header::AUTHORIZATION, &auth), (header::COOKIE, &cookie)]),
        get("/", &[(X_API_KEY, GOOD), (header::COOKIE, &cookie)]),
        get("/", &[(X_API_KEY, GOOD), (X_API_KEY, GOOD)]),
        get("/", &[(header::COOKIE, &cookie), (header::COOKIE, &cookie)]),
        get(&format!("/?api_key={GOOD}&api_key={GOOD}"), &[]),
        get(&query, &[(header::AUTHORIZATION, "Basic a"), (header::AUTHORIZATION, "Basic a")]),
    ];
    for request in requests {
        let shown = format!("{request:?}");
        let (answer, kind) = refusal(&everywhere(), request).await;
        assert_eq!((answer.status, kind), (StatusCode::BAD_REQUEST, AuthErrorKind::SeveralCredentials), "{shown}");
        assert_eq!(answer.challenges(), [r#"Bearer error="invalid_request""#]);
    }
    // A word that is not spelled as it has to be is there nevertheless.
    let exact = everywhere().with_exact_scheme_word("token");
    let request = get(&query, &[(header::AUTHORIZATION, "Token bad")]);
    assert_eq!(refusal(&exact, request).await.1, AuthErrorKind::SeveralCredentials);
}

#[tokio::test]
async fn what_is_there_and_no_token_is_400_and_no_store_is_asked() {
    let layer = over(Failing)
        .with_insecure_query_parameter("api_key")
        .with_header(X_API_KEY)
        .with_cookie("session")
        .with_optional();
    let requests = [
        get("/?api_key", &[]),
        get("/?api_key=", &[]),
        get("/?api_key=a+b", &[]),
        get("/?api_key=%ff", &[]),
        get("/?%61pi_key=abc", &[]),
        get("/", &[(X_API_KEY, "")]),
        get("/", &[(X_API_KEY, "Bearer abc")]),
        get("/", &[(X_API_KEY, "a,b")]),
        get("/", &[(header::COOKIE, "session")]),
        get("/", &[(header::COOKIE, "session=")]),
        get("/", &[(header::COOKIE, "session=\"abc\"")]),
        get("/", &[(header::COOKIE, "session=a b")]),
    ];
    for request in requests {
        let shown = format!("{request:?}");
        let (answer, kind) = refusal(&layer, request).await;
        assert_eq!((answer.status, kind), (StatusCode::BAD_REQUEST, AuthErrorKind::MalformedCredentials), "{shown}");
    }
    let long = "a".repeat(8193);
    for request in [
        get(&format!("/?api_key={long}"), &[]),
        get("/", &[(X_API_KEY, &long)]),
        get("/", &[(header::COOKIE, &format!("session={long}"))]),
    ] {
        assert_eq!(refusal(&layer, request).await.1, AuthErrorKind::CredentialsTooLong);
    }
    assert_eq!(send(&layer, get("/", &[(X_API_KEY, "abc")])).await.0.status, 503, "the store would have been asked");
    assert_eq!(send(&layer, get("/", &[])).await.0.status, StatusCode::OK);
}

#[tokio::test]
async fn the_inner_service_sees_no_token_in_the_target_and_caches_are_told_to_keep_nothing() {
    for (target, left) in [
        (format!("/a%2fb?api_key={GOOD}"), "/a%2fb"),
        (format!("/?x=%31&api_key={GOOD}&x=2"), "/?x=%31&x=2"),
        (format!("http://h:1/a?api_key={GOOD}&"), "http://h:1/a?"),
    ] {
        let (seen, response) = pass(&everywhere(), get(&target, &[])).await;
        assert_eq!(seen.unwrap().uri, left);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "private");
    }
    let (seen, response) = pass(&everywhere(), get("/?x=1", &[(X_API_KEY, GOOD)])).await;
    assert_eq!(seen.unwrap().uri, "/?x=1");
    assert!(!response.headers().contains_key(header::CACHE_CONTROL));
    let (seen, _) = pass(&everywhere(), get("/?api_key=unknown", &[])).await;
    assert!(seen.is_none());
}

#[tokio::test]
async fn a_preflight_leaves_the_token_of_its_target_at_the_door() {
    let preflight = [(header::ORIGIN, "https://app.test"), (header::ACCESS_CONTROL_REQUEST_METHOD, "GET")];
    for target in ["/?api_key=abc&x=1&api_key=def", "/?%61pi_key=abc&x=1"] {
        let mut request = get(target, &preflight);
        *request.method_mut() = http::Method::OPTIONS;
        let (seen, _) = pass(&everywhere().with_cors_preflights(), request).await;
        assert_eq!(seen.unwrap().uri, "/?x=1");
    }
}

#[tokio::test]
async fn fields_with_a_token_are_sensitive_or_taken_off() {
    let cookie = format!("a=1; session={GOOD}; b=2");
    let cases = [(X_API_KEY, GOOD, None), (header::COOKIE, &*cookie, Some("a=1; b=2"))];
    for (name, value, left) in cases {
        let request = get("/", &[(name.clone(), value), (header::ACCEPT, "*/*")]);
        let seen = pass(&everywhere(), again(&request)).await.0.unwrap();
        assert!(seen.headers[&name].is_sensitive() && seen.headers[&name] == value);
        let seen = pass(&everywhere().with_credentials_stripped(), request).await.0.unwrap();
        assert_eq!(seen.headers.get(&name).map(|field| field.to_str().unwrap()), left);
        assert!(seen.headers.contains_key(header::ACCEPT));
    }
}

#[tokio::test]
async fn two_layers_of_which_one_reads_the_query_tell_whose_the_request_is() {
    let query = over(MemoryStore::new().with_token("abc", countersign::TokenInfo::new("of the query")))
        .with_scheme_word("token")
        .with_insecure_query_parameter("api_key");
    let either = layer().or(query);
    assert_eq!(send(&either, get("/?api_key=abc", &[])).await.0.status, StatusCode::OK);
    assert_eq!(send(&either, bearer(GOOD)).await.0.status, StatusCode::OK);
    let both = get("/?api_key=abc", &[(header::AUTHORIZATION, &format!("Bearer {GOOD}"))]);
    assert_eq!(send(&either, both).await.0.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn nothing_of_a_token_is_shown_when_the_request_is() {
    let request = get(&format!("/?api_key={GOOD}"), &[]);
    let admitted = everywhere().authenticator().authenticate(request).decide().await.unwrap();
    assert!(!format!("{admitted:?}").contains(GOOD));
}

#[test]
fn names_that_could_be_read_in_two_ways_are_refused_at_once() {
    for name in ["", "a b", "a+b", "a%62", "a&b", "a=b", "é", "a[]"] {
        assert!(std::panic::catch_unwind(|| layer().with_insecure_query_parameter(name)).is_err(), "{name}");
    }
    for name in ["", "a b", "a=b", "a;b"] {
        assert!(std::panic::catch_unwind(|| layer().with_cookie(name)).is_err(), "{name}");
    }
    for name in [header::AUTHORIZATION, header::COOKIE] {
        assert!(std::panic::catch_unwind(|| layer().with_header(name.clone())).is_err(), "{name}");
    }
}
