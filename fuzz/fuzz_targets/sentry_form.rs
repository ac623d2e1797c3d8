//! The older form of Sentry's messages: any body, by each version's rules. It is admitted where it has the secret as its key, and
//! nothing else is; what was admitted is opened without a panic.
#![no_main]

use std::sync::LazyLock;

use bytes::Bytes;
use countersign::sentry::{SentryEnvelope, SentryProtocol};
use countersign::{Secret, SentrySignatureLayer};
use countersign_fuzz::SECRET;
use http::{HeaderMap, Request, header};
use http_body_util::Full;
use libfuzzer_sys::fuzz_target;

static LAYERS: LazyLock<[SentrySignatureLayer; 3]> = LazyLock::new(|| {
    [SentryProtocol::Any, SentryProtocol::V1_7, SentryProtocol::V1].map(|protocol| {
        let secret = Secret::new(SECRET).expect("not empty");
        SentrySignatureLayer::new(secret).with_protocol(protocol).with_insecure_legacy_form_key()
    })
});

fuzz_target!(|body: &[u8]| {
    let envelope = SentryEnvelope::new().with_limit(4 << 10).with_legacy_form();
    let opened = envelope.json(&HeaderMap::new(), body);
    let admitted = LAYERS.each_ref().map(|layer| {
        let request = Request::post("/store/").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.body(Full::new(Bytes::copy_from_slice(body))).expect("a request");
        countersign_fuzz::admits(layer.authenticator(), request)
    });
    // The order of the checks is not what they come to.
    assert!(admitted.iter().all(|one| *one == admitted[0]));
    if admitted[0] {
        let text = String::from_utf8_lossy(body).replace('+', "%20");
        let plain: String = text.split('%').enumerate().map(|(index, part)| unescaped(index, part)).collect();
        assert!(plain.contains(SECRET), "{plain}");
    }
    drop(opened);
});

/// A part of a text behind a `%`.
fn unescaped(index: usize, part: &str) -> String {
    let byte = part.get(..2).filter(|_| index > 0).and_then(|hex| u8::from_str_radix(hex, 16).ok());
    match byte {
        Some(byte) => format!("{}{}", char::from(byte), part.get(2..).unwrap_or_default()),
        None if index > 0 => format!("%{part}"),
        None => part.to_owned(),
    }
}
