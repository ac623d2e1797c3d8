//! `Authorization: USTUDIO-HMAC-V2 …`: one spelling alone is admitted.
#![no_main]

use std::sync::LazyLock;

use countersign::hmac::schemes::UstudioV2;
use countersign::{Clock, HmacAuthLayer, KeyId, ManualClock, MemoryStore, Secret, sign_request};
use countersign_fuzz::{KEY, SECRET};
use libfuzzer_sys::fuzz_target;

static LAYER: LazyLock<HmacAuthLayer> = LazyLock::new(|| {
    HmacAuthLayer::new(UstudioV2::new(), MemoryStore::new().with_secret(KEY, Secret::new(SECRET).expect("not empty")))
});

static RIGHT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let (mut head, ()) = http::Request::post("/x").body(()).expect("a request").into_parts();
    let (key_id, secret) = (KeyId::new(KEY).expect("not empty"), Secret::new(SECRET).expect("not empty"));
    let now = ManualClock::at_unix(0).now();
    sign_request(&mut head, b"body", &UstudioV2::new(), &key_id, &secret, now).expect("signed");
    head.headers["authorization"].as_bytes().to_vec()
});

fuzz_target!(|value: &[u8]| {
    let Some(request) = countersign_fuzz::with_field("authorization", value, "body") else { return };
    assert_eq!(countersign_fuzz::admits(LAYER.authenticator(), request), value == *RIGHT);
});
