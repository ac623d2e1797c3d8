//! The options of the layer.

use bytes::Bytes;
use countersign::{AuthErrorKind, BearerTokenLayer, ChallengeText, RequiredScopes};
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;

use crate::support::*;

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

#[tokio::test]
async fn an_exact_scheme_word_is_spelled_exactly_so_and_nothing_else_is_passed_over() {
    let layer = layer().with_exact_scheme_word("token");
    let (answer, _) = send(&layer, with(&[format!("token {GOOD}").as_bytes()])).await;
    assert_eq!(&*answer.body, b"token user-7, sensitive");
    for value in [format!("Token {GOOD}"), format!("token  {GOOD}"), format!("token {GOOD} x"), "token".to_owned()] {
        for layer in [layer.clone(), layer.clone().with_optional()] {
            let (answer, kind) = refusal(&layer, with(&[value.as_bytes()])).await;
            assert_eq!((answer.status, kind), (StatusCode::UNAUTHORIZED, AuthErrorKind::MissingCredentials), "{value}");
            assert_eq!(answer.challenges(), ["token"]);
        }
    }
    assert_eq!(refusal(&layer, bearer(GOOD)).await.1, AuthErrorKind::MissingCredentials);
    assert_eq!(send(&layer.with_optional(), bearer(GOOD)).await.0.status, StatusCode::OK, "another auth-scheme's");
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
