//! The doctor: it says that a request verifies where the layer admits it and nowhere else, and shows nothing that is secret.
#![no_main]

use std::sync::LazyLock;

use bytes::Bytes;
use countersign::explain::{Budget, Doctor};
use countersign::hmac::schemes::GitHub;
use countersign::{Clock, HmacAuthLayer, KeyId, ManualClock, MemoryStore, Secret, Secrets, sign_request};
use countersign_fuzz::{KEY, SECRET};
use http::{HeaderValue, Request};
use http_body_util::Full;
use libfuzzer_sys::fuzz_target;

const FIELD: &str = "x-hub-signature-256";

static SCHEME: LazyLock<GitHub> = LazyLock::new(|| GitHub::new().with_key_id(key_id()));

static LAYER: LazyLock<HmacAuthLayer> =
    LazyLock::new(|| HmacAuthLayer::new(SCHEME.clone(), MemoryStore::new().with_secret(KEY, secret())));

fn key_id() -> KeyId {
    KeyId::new(KEY).expect("not empty")
}

fn secret() -> Secret {
    Secret::new(SECRET).expect("not empty")
}

// The signature, the query and the body, a line feed between.
fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(3, |byte| *byte == b'\n');
    let (Some(signature), Some(query), Some(body)) = (parts.next(), parts.next(), parts.next()) else { return };
    let (Ok(signature), Some(target)) = (HeaderValue::from_bytes(signature), countersign_fuzz::with_query(query))
    else {
        return;
    };
    let (mut head, ()) = Request::post(target).body(()).expect("a request").into_parts();
    let right = right(body);
    head.headers.insert(FIELD, signature.clone());
    let doctor = Doctor::new(&*SCHEME).with_key_id(key_id()).with_budget(Budget::new(200, 1 << 16));
    let now = ManualClock::at_unix(0).now();
    let explanation = doctor.explain(&head, body, &Secrets::from(secret()), now);

    let request = Request::from_parts(head, Full::from(Bytes::copy_from_slice(body)));
    assert_eq!(explanation.verifies(), countersign_fuzz::admits(LAYER.authenticator(), request));
    let shown = explanation.to_string();
    assert!(!shown.contains(SECRET), "{shown}");
    assert!(!shown.contains(&right), "what would have been the right signature is shown: {shown}");
    // What operators read must not break their terminal.
    assert!(!shown.contains(|shown: char| shown.is_control() && shown != '\n'), "{shown:?}");
});

/// The digits of the signature that would be right.
fn right(body: &[u8]) -> String {
    let (mut head, ()) = Request::post("/p").body(()).expect("a request").into_parts();
    sign_request(&mut head, body, &*SCHEME, &key_id(), &secret(), ManualClock::at_unix(0).now()).expect("signed");
    let value = head.headers[FIELD].to_str().expect("digits");
    value.strip_prefix("sha256=").expect("it begins so").to_owned()
}
