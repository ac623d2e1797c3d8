//! Status, challenges and fields of every refusal, in every style.

use std::collections::HashSet;

use bytes::Bytes;
use countersign::auth::{
    GrpcRejection, NegotiatedRejection, PlainRejection, ProblemRejection, Rejection, RejectionResponse,
};
use countersign::{AuthError, AuthErrorKind, BearerTokenLayer, MemoryStore};
use countersign_tests::{Inner, Script};
use http::{Request, Response, StatusCode, header};
use tower::{Layer as _, ServiceExt as _};

use crate::refusal::{Ask, CANARY, ROWS, Row, refusal};

const PLAIN: Ask = |target| Request::post(target);
const HEAD: Ask = |target| Request::head(target);
const JSON: Ask = |target| Request::post(target).header("accept", "text/html;q=0.3, application/problem+json ; q=1");
const GRPC: Ask = |target| Request::post(target).header("content-type", "application/grpc+proto");

fn challenges(response: &Response<Bytes>) -> Vec<&str> {
    response.headers().get_all(header::WWW_AUTHENTICATE).iter().map(|value| value.to_str().unwrap()).collect()
}

fn field<'r>(response: &'r Response<Bytes>, name: &str) -> Option<&'r str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

/// What holds for every refusal in every style, but for gRPC's status.
fn holds_always(response: &Response<Bytes>, (kind, _, expected, _): &Row) {
    assert_eq!(challenges(response), *expected, "{kind:?}");
    assert_eq!(field(response, "cache-control"), Some("no-store"), "{kind:?}");
    assert_eq!(response.extensions().get::<AuthError>().map(AuthError::kind), Some(*kind));
    assert!(!tells(response), "{kind:?}: {response:?}");
}

/// Whether something of the request comes back.
fn tells(response: &Response<Bytes>) -> bool {
    format!("{:?} {:?}", response.headers(), response.body()).contains(CANARY)
}

fn holds_in_http(response: &Response<Bytes>, row: &Row) {
    holds_always(response, row);
    assert_eq!(response.status(), row.1, "{:?}", row.0);
    assert_eq!(field(response, "retry-after"), (row.1 == 503).then_some("1"), "{:?}", row.0);
    assert_eq!(field(response, "allow"), (row.1 == 405).then_some("POST"), "{:?}", row.0);
    // RFC 9110 §15.5.2: a 401 has a challenge.
    assert!(row.1 != 401 || !challenges(response).is_empty());
}

fn is_plain(response: &Response<Bytes>, row: &Row) {
    holds_in_http(response, row);
    assert_eq!(field(response, "content-type"), Some("text/plain; charset=utf-8"));
    let words = StatusCode::from_u16(row.1).unwrap().canonical_reason().unwrap();
    assert_eq!(response.body(), format!("{words}\n").as_str());
}

fn is_a_problem(response: &Response<Bytes>, row: &Row) {
    holds_in_http(response, row);
    assert_eq!(field(response, "content-type"), Some("application/problem+json"));
    let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    let title = StatusCode::from_u16(row.1).unwrap().canonical_reason();
    assert_eq!(body, serde_json::json!({ "type": "about:blank", "title": title, "status": row.1 }));
}

/// Trailers only: everything in the head, HTTP's status 200, no body.
fn is_grpc(response: &Response<Bytes>, row: &Row) {
    holds_always(response, row);
    assert_eq!(response.status(), 200);
    assert_eq!(field(response, "content-type"), Some("application/grpc"));
    assert_eq!(field(response, "grpc-status"), Some(row.3), "{:?}", row.0);
    assert!(field(response, "grpc-message").is_some());
    assert!(response.body().is_empty());
}

#[test]
fn no_kind_is_left_out() {
    let rows: HashSet<AuthErrorKind> = ROWS.iter().map(|(kind, ..)| *kind).collect();
    assert_eq!(rows, AuthErrorKind::ALL.iter().copied().collect());
    assert_eq!(rows.len(), ROWS.len());
}

#[tokio::test(start_paused = true)]
async fn the_default_style_is_what_the_caller_asks_for() {
    for row in ROWS {
        let style = NegotiatedRejection::new();
        is_plain(&refusal(row.0, style, PLAIN).await, row);
        is_plain(&refusal(row.0, style, HEAD).await, row);
        is_a_problem(&refusal(row.0, style, JSON).await, row);
        is_grpc(&refusal(row.0, style, GRPC).await, row);
    }
}

#[tokio::test(start_paused = true)]
async fn a_chosen_style_is_kept_whatever_is_asked_for() {
    for row in ROWS {
        for ask in [PLAIN, JSON, GRPC] {
            is_plain(&refusal(row.0, PlainRejection::new(), ask).await, row);
            is_a_problem(&refusal(row.0, ProblemRejection::new(), ask).await, row);
            is_grpc(&refusal(row.0, GrpcRejection::new(), ask).await, row);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_closure_makes_the_body_and_keeps_status_and_challenges() {
    fn own(rejection: &Rejection<'_>) -> Response<Bytes> {
        let response = Response::builder().status(200).header("www-authenticate", "Open").header("x-own", "1");
        response.body(Bytes::from(format!("refused: {}", rejection.status()))).unwrap()
    }
    for row in ROWS {
        let response = refusal(row.0, own, PLAIN).await;
        holds_in_http(&response, row);
        assert_eq!(field(&response, "x-own"), Some("1"));
        assert!(response.body().starts_with(b"refused: "));
    }
}

#[tokio::test(start_paused = true)]
async fn a_style_of_its_own_answers_as_it_likes_but_is_never_stored() {
    #[derive(Clone)]
    struct Teapot;
    impl RejectionResponse for Teapot {
        fn response(&self, _: &Rejection<'_>) -> Response<Bytes> {
            Response::builder().status(418).body(Bytes::from_static(b"short and stout")).unwrap()
        }
    }
    for (kind, ..) in ROWS {
        let response = refusal(*kind, Teapot, PLAIN).await;
        assert_eq!((response.status().as_u16(), &response.body()[..]), (418, &b"short and stout"[..]));
        assert_eq!(field(&response, "cache-control"), Some("no-store"));
        assert_eq!(response.extensions().get::<AuthError>().map(AuthError::kind), Some(*kind));
    }
}

#[tokio::test]
async fn a_style_that_tells_is_found_out() {
    fn telling(rejection: &Rejection<'_>) -> Response<Bytes> {
        Response::new(Bytes::from(format!("{:?}", rejection.error().key_id())))
    }
    assert!(tells(&refusal(AuthErrorKind::UnknownKey, telling, PLAIN).await));
}

#[tokio::test]
async fn what_is_refused_alike_is_refused_byte_for_byte_alike() {
    use AuthErrorKind::{BadSignature, InsufficientCoverage, MalformedCredentials, MissingCredentials, UnknownKey};
    use AuthErrorKind::{TokenExpired, TokenNotYetValid, TokenRevoked, UnknownToken};
    let groups: [&[AuthErrorKind]; 2] = [
        &[UnknownToken, TokenExpired, TokenNotYetValid, TokenRevoked],
        &[UnknownKey, BadSignature, MissingCredentials, MalformedCredentials, InsufficientCoverage],
    ];
    for ask in [PLAIN, HEAD, JSON, GRPC] {
        for group in groups {
            let mut told = HashSet::new();
            for kind in group {
                let response = refusal(*kind, NegotiatedRejection::new(), ask).await;
                told.insert(format!("{} {:?} {:?}", response.status(), response.headers(), response.body()));
            }
            assert_eq!(told.len(), 1, "{told:#?}");
        }
    }
}

#[tokio::test]
async fn a_bearer_layer_answers_as_rfc_6750_says() {
    let layer = BearerTokenLayer::new(MemoryStore::new());
    let cases: [(&str, &[&str], u16, &[&str]); 5] = [
        ("no credentials", &[], 401, &["Bearer"]),
        ("another auth-scheme's", &["Basic abc"], 401, &["Bearer"]),
        ("no token", &["Bearer"], 400, &[r#"Bearer error="invalid_request""#]),
        ("two", &["Bearer a", "Bearer b"], 400, &[r#"Bearer error="invalid_request""#]),
        ("an unknown token", &["Bearer a"], 401, &[r#"Bearer error="invalid_token""#]),
    ];
    for (name, credentials, status, expected) in cases {
        let request =
            credentials.iter().fold(Request::get("/"), |request, value| request.header("authorization", *value));
        let answer = layer.layer(Inner::new()).oneshot(request.body(Script::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), status, "{name}");
        assert_eq!(challenges(&answer.map(|_| Bytes::new())), expected, "{name}");
    }
}

#[tokio::test]
async fn without_credentials_all_challenges_are_given_one_a_line() {
    use countersign::HmacAuthLayer;
    use countersign::hmac::schemes::UstudioV2;
    let both =
        BearerTokenLayer::new(MemoryStore::new()).or(HmacAuthLayer::new(UstudioV2::new(), countersign_tests::store()));
    let ask = |credentials: Option<&str>| {
        let request =
            credentials.into_iter().fold(Request::get("/"), |request, value| request.header("authorization", value));
        both.layer(Inner::new()).oneshot(request.body(Script::empty()).unwrap())
    };
    for (credentials, expected) in [
        (None, &["Bearer", "USTUDIO-HMAC-V2"][..]),
        (Some("Bearer a"), &[r#"Bearer error="invalid_token""#]),
        (Some("USTUDIO-HMAC-V2 a"), &["USTUDIO-HMAC-V2"]),
    ] {
        let answer = ask(credentials).await.unwrap().map(|_| Bytes::new());
        assert_eq!((answer.status().as_u16(), challenges(&answer)), (401, expected.to_vec()));
    }
}
