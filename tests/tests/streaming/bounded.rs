//! What an upload takes, however long it is, and what becomes of its last byte.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::hmac::HmacScheme;
use countersign::hmac::schemes::{Hawk, Kong, Rfc9421, SigV4, UstudioV2};
use countersign::{AuthErrorKind, HmacAuthLayer};
use countersign_tests::{GivenDigest, signed, store};
use http::Request;
use http::request::Builder;
use sha2::{Digest as _, Sha256};

use crate::exchange::exchange;
use crate::upload::Upload;
use crate::{MIB, long};

/// The most that an upload may take, of what client, server and hyper hold together.
const BOUND: u64 = 4 << 20;

/// Signed by a client that does not hold what it sends: the digest is made before.
fn streamed(upload: Upload) -> Request<()> {
    let digest = upload.fold(Sha256::new(), |digest, frame| digest.chain_update(frame)).finalize();
    let digest = format!("sha-256=:{}:", STANDARD.encode(digest));
    signed(&GivenDigest::of(Rfc9421::new()), post().header("content-digest", digest), b"").map(drop)
}

fn signed_by(scheme: &impl HmacScheme, body: &[u8]) -> Request<()> {
    signed(scheme, post(), body).map(drop)
}

fn post() -> Builder {
    Request::post("/uploads").header("host", "uploads.example.com:8443")
}

#[test]
fn a_long_upload_passes_in_bounded_memory_and_a_tampered_one_only_as_an_error() {
    let length = long();
    let layer = HmacAuthLayer::new(Rfc9421::new(), store()).with_streaming_body();
    let whole = exchange(&layer, &streamed(Upload::of(length)), Upload::of(length));
    assert_eq!((whole.status, whole.bytes, whole.refused), (201, length, None));
    assert!(whole.held < BOUND, "{whole:?}");
    let tampered = exchange(&layer, &streamed(Upload::of(length)), Upload::of(length).tampered());
    assert_eq!((tampered.status, tampered.refused), (401, Some(AuthErrorKind::BadSignature)));
    assert!(tampered.bytes < length, "the last byte does not reach the handler: {tampered:?}");
    assert!(tampered.held < BOUND, "{tampered:?}");
}

/// The measure sees a body that is kept.
#[test]
fn a_body_that_is_buffered_is_not_bounded() {
    let length = 8 * MIB;
    let layer = HmacAuthLayer::new(Rfc9421::new(), store()).with_body_limit(length);
    let buffered = exchange(&layer, &streamed(Upload::of(length)), Upload::of(length));
    assert_eq!((buffered.status, buffered.bytes), (201, length));
    assert!(buffered.held > length as u64, "{buffered:?}");
    assert!(buffered.held > BOUND);
}

#[test]
fn uploads_of_other_formats_are_bounded_too() {
    let length = 8 * MIB;
    let upload = Upload::of(length);
    let body: Vec<u8> = upload.flatten().collect();
    let sigv4 = || SigV4::new("us-east-1", "service");
    let rows = [
        (HmacAuthLayer::new(Hawk::new(), store()), signed_by(&Hawk::new(), &body)),
        (HmacAuthLayer::new(Kong::new(), store()), signed_by(&Kong::new(), &body)),
        (HmacAuthLayer::new(sigv4(), store()), signed_by(&sigv4().with_content_sha256(), &body)),
        (HmacAuthLayer::new(UstudioV2::new(), store()), signed_by(&UstudioV2::new(), &body)),
    ];
    for (layer, head) in rows {
        let layer = layer.with_insecure_streaming_body().with_body_limit(length);
        // Each on a layer of its own: the second would be a replay.
        let strict = layer.clone().with_insecure_no_replay_protection();
        for (upload, expected) in
            [(upload, (201, length, None)), (upload.tampered(), (401, length, Some(AuthErrorKind::BadSignature)))]
        {
            let outcome = exchange(&strict, &head, upload);
            let bytes = if expected.2.is_none() { outcome.bytes } else { expected.1 };
            assert_eq!((outcome.status, bytes, outcome.refused), expected, "{layer:?}");
            assert_eq!(outcome.bytes == length, expected.2.is_none(), "{layer:?}: {outcome:?}");
            assert!(outcome.held < BOUND, "{layer:?}: {outcome:?}");
        }
    }
}
