//! The canonical query: a signature made for one query is good for another only where both mean the same.
//!
//! With `COUNTERSIGN_FUZZ_PLANTED` in the environment it is the original's query, which is known not to hold that: then this
//! must find it out.
#![no_main]

use std::sync::LazyLock;

use bytes::Bytes;
use countersign::hmac::schemes::UstudioV2;
use countersign::{Clock, HmacAuthLayer, KeyId, ManualClock, MemoryStore, Secret, sign_request};
use countersign_fuzz::{KEY, SECRET};
use http_body_util::Full;
use libfuzzer_sys::fuzz_target;

static SCHEME: LazyLock<UstudioV2> = LazyLock::new(|| match std::env::var_os("COUNTERSIGN_FUZZ_PLANTED") {
    None => UstudioV2::new(),
    Some(_) => UstudioV2::new().with_insecure_reference_query(),
});

static LAYER: LazyLock<HmacAuthLayer> = LazyLock::new(|| {
    HmacAuthLayer::new(*SCHEME, MemoryStore::new().with_secret(KEY, Secret::new(SECRET).expect("not empty")))
});

fuzz_target!(|queries: (&[u8], &[u8])| {
    let (Some(signed), Some(sent)) = (countersign_fuzz::with_query(queries.0), countersign_fuzz::with_query(queries.1))
    else {
        return;
    };
    let (mut head, ()) = http::Request::get(signed.clone()).body(()).expect("a request").into_parts();
    let (key_id, secret) = (KeyId::new(KEY).expect("not empty"), Secret::new(SECRET).expect("not empty"));
    let now = ManualClock::at_unix(0).now();
    if sign_request(&mut head, b"", &*SCHEME, &key_id, &secret, now).is_err() {
        return;
    }
    head.uri = sent.clone();
    let request = http::Request::from_parts(head, Full::from(Bytes::new()));
    if countersign_fuzz::admits(LAYER.authenticator(), request) {
        assert_eq!(meaning(signed.query()), meaning(sent.query()));
    }
});

/// The pairs of a query in the order of their names, the values of one name in the order given: written apart from what is
/// tested, after the URL standard's §5.1.
fn meaning(query: Option<&str>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let segments = query.unwrap_or_default().split('&').filter(|segment| !segment.is_empty());
    let mut pairs: Vec<_> = segments
        .map(|segment| segment.split_once('=').unwrap_or((segment, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect();
    pairs.sort_by(|one, other| one.0.cmp(&other.0));
    pairs
}

fn decoded(text: &str) -> Vec<u8> {
    let mut rest = text.as_bytes();
    let mut decoded = Vec::new();
    while let [first, after @ ..] = rest {
        let escape = match rest {
            [b'%', high, low, after @ ..] => hex(*high).zip(hex(*low)).map(|(high, low)| (high << 4 | low, after)),
            _ => None,
        };
        let (byte, after) = escape.unwrap_or((if *first == b'+' { b' ' } else { *first }, after));
        decoded.push(byte);
        rest = after;
    }
    decoded
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|digit| digit as u8)
}
