//! A token in the query or in a cookie: admitted where it stands once, in one place, and nowhere after that.
#![no_main]

use std::sync::LazyLock;

use bytes::Bytes;
use countersign::{BearerTokenLayer, MemoryStore, TokenInfo};
use http::header::COOKIE;
use http::{HeaderValue, Request};
use http_body_util::Full;
use libfuzzer_sys::fuzz_target;

const TOKEN: &str = "mF_9.B5f-4.1JqM";

static LAYER: LazyLock<BearerTokenLayer> = LazyLock::new(|| {
    BearerTokenLayer::new(MemoryStore::new().with_token(TOKEN, TokenInfo::new("user-7")))
        .with_insecure_query_parameter("api_key")
        .with_cookie("key")
        .with_credentials_stripped()
});

fuzz_target!(|parts: (&[u8], &[u8])| {
    let (Some(uri), Ok(cookie)) = (countersign_fuzz::with_query(parts.0), HeaderValue::from_bytes(parts.1)) else {
        return;
    };
    let mut request = Request::new(Full::from(Bytes::new()));
    *request.uri_mut() = uri.clone();
    request.headers_mut().insert(COOKIE, cookie.clone());
    if !countersign_fuzz::admits(LAYER.authenticator(), request) {
        return;
    }
    let in_query = uri.query().unwrap_or_default().split('&').filter(|pair| pair.starts_with("api_key=")).count();
    let in_cookies = cookie.as_bytes().split(|byte| *byte == b';').filter(|pair| is_the_cookie(pair)).count();
    assert_eq!(in_query + in_cookies, 1);
});

/// RFC 6265 §4.2.1, with the blanks that servers overlook.
fn is_the_cookie(pair: &[u8]) -> bool {
    let value = pair.iter().position(|byte| *byte == b'=').map(|at| pair.split_at(at));
    value.is_some_and(|(name, value)| name.trim_ascii() == b"key" && value[1..].trim_ascii() == TOKEN.as_bytes())
}
