//! Fields with credentials.

use countersign::hmac::schemes::{GitHub, UstudioV2};
use countersign::{BearerTokenLayer, HmacAuthLayer, MemoryStore, TokenInfo};
use countersign_tests::{KEY, Script, secret, signed, store, ustudio_credentials};
use http::{HeaderName, HeaderValue, Request, header};
use proptest::prelude::*;

use crate::{Sent, almost, holds};

/// One field mostly, sometimes several, sometimes none.
fn fields(texts: Vec<String>) -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop_oneof![9 => proptest::collection::vec(almost(texts.clone()), 1), 1 => proptest::collection::vec(almost(texts), 0..4)]
}

/// A request with these fields, that is good if there is one and it is as it should be.
fn request(name: &HeaderName, values: &[Vec<u8>], body: &'static str, good: impl Fn(&[u8]) -> bool) -> Sent {
    let mut request = Request::post("/x").body(Script::of(body)).unwrap();
    if body.is_empty() {
        *request.body_mut() = Script::empty();
    }
    for value in values {
        request.headers_mut().append(name, HeaderValue::from_bytes(value).ok()?);
    }
    let good = matches!(values, [value] if good(value));
    Some((request, good))
}

#[test]
fn ustudio_credentials_are_good_in_one_spelling() {
    let right = ustudio_credentials("POST", "/x", b"body");
    let texts = vec![
        right.clone(),
        right.replace(KEY, "another-key"),
        right.to_uppercase(),
        right.replacen(' ', "\t ", 1),
        right.replacen(' ', "\tUSTUDIO-HMAC-V2 ", 1),
        "USTUDIO-HMAC-V2".to_owned(),
        "USTUDIO-HMAC-V2 ".to_owned(),
        "Bearer abc".to_owned(),
    ];
    let layer = HmacAuthLayer::new(UstudioV2::new(), store());
    let good = |value: &[u8]| value == right.as_bytes();
    holds(&layer, &fields(texts), |values| request(&header::AUTHORIZATION, values, "body", good)).unwrap();
}

#[test]
fn github_signatures_are_good_in_one_spelling() {
    let scheme = GitHub::new().with_key_id(KEY.parse().unwrap());
    let signed = signed(&scheme, Request::post("/x"), b"body");
    let right = signed.headers()["x-hub-signature-256"].to_str().unwrap().to_owned();
    let (_, hex) = right.split_once('=').unwrap();
    let texts =
        vec![right.clone(), hex.to_owned(), format!("sha1={hex}"), right.to_uppercase(), format!("{right},{right}")];
    let layer = HmacAuthLayer::new(scheme, MemoryStore::new().with_secret(KEY, secret()));
    let (name, good) = (HeaderName::from_static("x-hub-signature-256"), |value: &[u8]| value == right.as_bytes());
    holds(&layer, &fields(texts), |values| request(&name, values, "body", good)).unwrap();
}

#[test]
fn bearer_tokens_are_good_in_the_spellings_of_the_grammar() {
    const TOKEN: &str = "mF_9.B5f-4.1JqM~+/=";
    let texts = ["Bearer ", "bearer ", "BEARER   ", "Basic ", ""].map(|word| format!("{word}{TOKEN}")).to_vec();
    let layer = BearerTokenLayer::new(MemoryStore::new().with_token(TOKEN, TokenInfo::new("user-7")));
    let good = |value: &[u8]| {
        // As RFC 9110 §11.4 and §5.6.3 have it: the word in any case, one blank at least, the token.
        let Some((word, rest)) = value.split_at_checked(6) else { return false };
        let token = rest.iter().position(|byte| *byte != b' ').map(|blanks| &rest[blanks..]);
        word.eq_ignore_ascii_case(b"bearer") && rest.starts_with(b" ") && token == Some(TOKEN.as_bytes())
    };
    holds(&layer, &fields(texts), |values| request(&header::AUTHORIZATION, values, "", good)).unwrap();
}
