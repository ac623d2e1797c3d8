//! A request whose token is known goes a shorter way, and comes to the same end.

use countersign::{BearerTokenLayer, FormatRegistry, MemoryStore, RequiredScopes, TokenFormat, TokenInfo};
use http::{HeaderName, HeaderValue, Method, Request, header};

use crate::support::*;

/// Fields of a request; the token is `good`, `revoked` or unknown.
fn heads() -> Vec<Request<()>> {
    let one = [
        &b"Bearer good"[..],
        b"bearer good",
        b"BEARER  good",
        b"Bearer  good",
        b"Bearer good ",
        b"Bearer\tgood",
        b"Bearer good,",
        b"Bearer good good",
        b" Bearer good",
        b"Bearergood",
        b"Bearer",
        b"Bearer ",
        b"Bearer \xe9",
        b"Bearer goo",
        b"Bearer goods",
        b"Bearer Good",
        b"Bearer revoked",
        b"Bearer unknown",
        b"Basic good",
        b"token good",
        b"good",
        b"",
    ];
    let long = [b"Bearer ".to_vec(), b"a".repeat(9_000)].concat();
    let one = one.iter().map(|value| vec![value.to_vec()]).chain([vec![long], vec![]]);
    let two = [
        vec![b"Bearer good".to_vec(), b"Bearer good".to_vec()],
        vec![b"Bearer good".to_vec(), b"Basic abc".to_vec()],
        vec![b"Basic abc".to_vec(), b"Bearer good".to_vec()],
    ];
    let mut heads = Vec::new();
    for values in one.chain(two) {
        for others in [&[][..], &["a"][..], &["a", "b"][..]] {
            for method in [Method::GET, Method::OPTIONS] {
                let mut head = Request::builder().method(method).uri("/?api_key=good").body(()).unwrap();
                for value in &values {
                    head.headers_mut().append(header::AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
                }
                for other in others {
                    head.headers_mut().append(header::COOKIE, HeaderValue::from_static(other));
                }
                head.headers_mut().insert(header::ORIGIN, HeaderValue::from_static("https://app.example"));
                let asks = HeaderValue::from_static("GET");
                head.headers_mut().insert(header::ACCESS_CONTROL_REQUEST_METHOD, asks);
                heads.push(head);
            }
        }
    }
    heads
}

type Change = fn(BearerTokenLayer) -> BearerTokenLayer;

#[tokio::test]
async fn whatever_the_options_and_however_it_is_spelled() {
    let options: [(&str, Change); 12] = [
        ("none", |layer| layer),
        ("stripped", |layer| layer.with_credentials_stripped()),
        ("optional", |layer| layer.with_optional()),
        ("preflights", |layer| layer.with_cors_preflights()),
        ("another word", |layer| layer.with_scheme_word("token")),
        ("an exact word", |layer| layer.with_exact_scheme_word("token")),
        ("a scope it has", |layer| layer.with_scopes(RequiredScopes::all_of("read".parse().unwrap()))),
        ("a scope it lacks", |layer| layer.with_scopes(RequiredScopes::all_of("write".parse().unwrap()))),
        ("a query parameter", |layer| layer.with_insecure_query_parameter("api_key")),
        ("a field", |layer| layer.with_header(HeaderName::from_static("x-api-key"))),
        ("a cookie", |layer| layer.with_cookie("key")),
        ("formats", |layer| layer.with_token_formats(FormatRegistry::new(TokenFormat::new("tk").unwrap()))),
    ];
    for (name, change) in options {
        let (store, clock) = (tokens(), clock());
        let warm = layer(&store, &clock);
        for token in ["good", "revoked", "unknown"] {
            let _ = ask(&warm, token).await;
        }
        let (warm, cold) = (change(warm), change(BearerTokenLayer::new(store.clone()).with_clock(clock.clone())));
        for head in heads() {
            let described = format!("{name}: {} {:?}", head.method(), head.headers());
            assert_eq!(send(&warm, head.clone()).await, send(&cold, head).await, "{described}");
        }
    }
}

#[tokio::test]
async fn a_known_token_of_a_deprecated_format_is_told_so_each_time() {
    let (current, deprecated) = (TokenFormat::new("new").unwrap(), TokenFormat::new("old").unwrap());
    let [new, old] = [&current, &deprecated].map(|format| format.mint(at(NOW)).expose_secret().to_owned());
    let memory = MemoryStore::new().with_token(&old, TokenInfo::new("ada")).with_token(&new, TokenInfo::new("ada"));
    let formats = FormatRegistry::new(current).with_deprecated(deprecated);
    let store = Counted::new(memory);
    let layer = layer(&store, &clock()).with_token_formats(formats);
    for _ in 0..3 {
        for (token, told) in [(&new, false), (&old, true)] {
            let request = Request::get("/").header(header::AUTHORIZATION, format!("Bearer {token}"));
            let response = respond(&layer, request.body(()).unwrap()).await;
            assert_eq!(response.headers().contains_key("x-api-token-deprecated"), told);
        }
    }
    assert_eq!(store.asked(), 2);
}
