//! A key, its secret, and requests made with it.

use std::time::SystemTime;

use bytes::Bytes;
use countersign::hmac::HmacScheme;
use countersign::hmac::schemes::UstudioV2;
use countersign::{Clock, KeyId, MemoryStore, Secret, SystemClock, sign_request};
use http::request::Builder;
use http::{Method, Request, header};

use crate::Script;

pub const KEY: &str = "correct-key";
pub const SECRET: &str = "a secret of more than sixteen bytes";

pub fn secret() -> Secret {
    Secret::new(SECRET).unwrap()
}

/// A store that knows the one key.
pub fn store() -> MemoryStore {
    MemoryStore::new().with_secret(KEY, secret())
}

/// The request with `body`, signed with the one key at the machine's time.
pub fn signed(scheme: &impl HmacScheme, request: Builder, body: &[u8]) -> Request<Script> {
    signed_at(SystemClock::new().now(), scheme, request, body)
}

/// The same at another time.
pub fn signed_at(now: SystemTime, scheme: &impl HmacScheme, request: Builder, body: &[u8]) -> Request<Script> {
    signed_by((KEY, &secret()), now, scheme, request, body)
}

/// The same with another key.
pub fn signed_by(
    (key, secret): (&str, &Secret),
    now: SystemTime,
    scheme: &impl HmacScheme,
    request: Builder,
    body: &[u8],
) -> Request<Script> {
    let (mut head, ()) = request.body(()).unwrap().into_parts();
    sign_request(&mut head, body, scheme, &KeyId::new(key).unwrap(), secret, now).unwrap();
    let script = if body.is_empty() { Script::empty() } else { Script::of(Bytes::copy_from_slice(body)) };
    Request::from_parts(head, script)
}

/// What stands in `Authorization`.
pub fn ustudio_credentials(method: &str, target: &str, body: &[u8]) -> String {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let request = signed(&UstudioV2::new(), Request::builder().method(method).uri(target), body);
    request.headers()[header::AUTHORIZATION].to_str().unwrap().to_owned()
}

/// The same request once more.
pub fn again(request: &Request<Script>, body: &[u8]) -> Request<Script> {
    let mut copy = Request::new(Script::of(Bytes::copy_from_slice(body)));
    if body.is_empty() {
        *copy.body_mut() = Script::empty();
    }
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    copy
}

/// A request with a bearer token.
pub fn bearer(token: &str) -> Request<Script> {
    Request::get("/").header(header::AUTHORIZATION, format!("Bearer {token}")).body(Script::empty()).unwrap()
}
