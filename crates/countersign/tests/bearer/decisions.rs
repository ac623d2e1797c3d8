//! The decision table, line by line.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use countersign::auth::Authenticate as _;
use countersign::{AuthErrorKind, Authenticated, MemoryStore, PresentedToken, RequiredScopes, TokenInfo, store_fn};
use http::{Method, Request, StatusCode, header};
use http_body_util::Full;

use crate::support::*;

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
async fn the_operator_learns_which_token_was_refused() {
    let revoked = TokenInfo::new("ada").with_id("t-7").with_revoked_at(at(NOW)).with_revoked_reason("lost");
    let layer = over(MemoryStore::new().with_token("revoked", revoked)).with_scopes(RequiredScopes::any_of(scope("x")));
    let (_, error) = send(&layer, bearer("revoked")).await;
    let error = error.unwrap();
    let token = error.token().unwrap();
    assert_eq!((token.id(), token.revoked_at(), token.revoked_reason()), (Some("t-7"), Some(at(NOW)), Some("lost")));
    let (_, error) = send(&layer, bearer("unknown")).await;
    assert!(error.unwrap().token().is_none());
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
