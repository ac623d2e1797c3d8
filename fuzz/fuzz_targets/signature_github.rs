//! `X-Hub-Signature-256`: one spelling of the hexadecimal alone is admitted.
#![no_main]

use std::sync::LazyLock;

use countersign::hmac::schemes::GitHub;
use countersign::{Clock, HmacAuthLayer, KeyId, ManualClock, MemoryStore, Secret, sign_request};
use countersign_fuzz::{KEY, SECRET};
use libfuzzer_sys::fuzz_target;

const FIELD: &str = "x-hub-signature-256";

fn scheme() -> GitHub {
    GitHub::new().with_key_id(KEY.parse().expect("a key id"))
}

static LAYER: LazyLock<HmacAuthLayer> = LazyLock::new(|| {
    HmacAuthLayer::new(scheme(), MemoryStore::new().with_secret(KEY, Secret::new(SECRET).expect("not empty")))
});

static RIGHT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let (mut head, ()) = http::Request::post("/x").body(()).expect("a request").into_parts();
    let (key_id, secret) = (KeyId::new(KEY).expect("not empty"), Secret::new(SECRET).expect("not empty"));
    sign_request(&mut head, b"body", &scheme(), &key_id, &secret, ManualClock::at_unix(0).now()).expect("signed");
    head.headers[FIELD].as_bytes().to_vec()
});

fuzz_target!(|value: &[u8]| {
    let Some(request) = countersign_fuzz::with_field(FIELD, value, "body") else { return };
    assert_eq!(countersign_fuzz::admits(LAYER.authenticator(), request), value == *RIGHT);
});
