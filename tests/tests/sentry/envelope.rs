//! Events that are small on the wire and huge when they are unwrapped.

use std::io::Write as _;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::sentry::{EnvelopeErrorKind, SentryEnvelope, SentryEvent};
use countersign_tests::{Server, Wire};
use flate2::{Compress, Compression, FlushCompress};
use http::{HeaderMap, HeaderValue, header};
use serde_json::Value;

use crate::asking::{layer, signature, time};

/// A zlib stream of so many bytes that never ends: a mebibyte of blanks over and over, some ten gibibytes in ten mebibytes.
fn bomb(bytes: usize) -> Vec<u8> {
    let blanks = vec![b' '; 1 << 20];
    let mut engine = Compress::new(Compression::best(), true);
    let mut first = Vec::with_capacity(64 << 10);
    engine.compress_vec(&blanks, &mut first, FlushCompress::Full).unwrap();
    let mut again = Vec::with_capacity(64 << 10);
    engine.compress_vec(&blanks, &mut again, FlushCompress::Full).unwrap();
    assert!(again.len() < 2048, "a mebibyte fits into {} bytes", again.len());
    while first.len() < bytes {
        first.extend_from_slice(&again);
    }
    first
}

/// What comes of a body, and how many bytes were held for it at most.
fn opened(coding: &'static str, body: &[u8], limit: usize) -> (EnvelopeErrorKind, u64) {
    let headers = HeaderMap::from_iter([(header::CONTENT_ENCODING, HeaderValue::from_static(coding))]);
    let mut kind = None;
    let measured = allocation_counter::measure(|| {
        kind = SentryEnvelope::new().with_limit(limit).event::<Value>(&headers, body).err().map(|error| error.kind());
    });
    (kind.unwrap(), measured.bytes_max)
}

/// While it grows, there is room for what was held before and after.
const fn bound(limit: usize) -> u64 {
    (2 * limit + (128 << 10)) as u64
}

#[test]
fn ten_mebibytes_of_bomb_are_refused_in_bounded_memory() {
    let bomb = bomb(10 << 20);
    let in_base64 = STANDARD.encode(&bomb);
    for limit in [64 << 10, 1 << 20, SentryEnvelope::DEFAULT_LIMIT] {
        let (kind, held) = opened("deflate", &bomb, limit);
        assert_eq!(kind, EnvelopeErrorKind::TooLarge);
        assert!(held <= bound(limit), "{held} bytes were held for a limit of {limit}");
        let (kind, held) = opened("identity", in_base64.as_bytes(), limit);
        assert_eq!(kind, EnvelopeErrorKind::TooLarge);
        assert!(held <= bound(limit) + bomb.len() as u64 + 3, "{held} bytes were held for a limit of {limit}");
    }
}

#[test]
fn a_bomb_of_gzip_is_refused_in_bounded_memory() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
    (0..64).for_each(|_| encoder.write_all(&vec![b' '; 1 << 20]).unwrap());
    let bomb = encoder.finish().unwrap();
    let (kind, held) = opened("gzip", &bomb, SentryEnvelope::DEFAULT_LIMIT);
    assert_eq!(kind, EnvelopeErrorKind::TooLarge);
    assert!(held <= bound(SentryEnvelope::DEFAULT_LIMIT), "{held} bytes were held");
}

/// From the socket to the answer, client and all: a bomb of ten megabytes, in either wrapping, is 413 and holds less than
/// 32 MiB, the body that was signed included.
#[test]
fn over_a_socket_a_bomb_of_ten_megabytes_holds_less_than_32_mebibytes() {
    let in_base64 = STANDARD.encode(bomb(7_500_000)).into_bytes();
    for (coding, body) in [("deflate", bomb(10_000_000)), ("identity", in_base64)] {
        let request = signed(coding, &body);
        let (status, held) = answered(&request);
        assert_eq!(status, 413, "{coding}");
        assert!(held < 32 << 20, "{coding}: {held} bytes were held");
        // What is measured includes the body, so it was read.
        assert!(held > body.len() as u64, "{coding}: {held} bytes were held");
    }
}

/// A layer that takes ten megabytes and an envelope of the default limit, on one thread with its client; what it answered, and
/// how many bytes were held for it at most.
fn answered(request: &[u8]) -> (u16, u64) {
    let store = async |_: SentryEvent<Value>| ();
    let mut status = 0;
    let measured = allocation_counter::measure(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        status = runtime.block_on(async {
            let layer = layer("sec1", time(NOW)).with_body_limit(11 << 20);
            let router = Router::new().route("/store/", post(store)).layer(layer).layer(DefaultBodyLimit::disable());
            let server = Server::start(router).await;
            Wire::exchange(server.address(), request).await.status
        });
    });
    (status, measured.bytes_max)
}

fn signed(coding: &str, body: &[u8]) -> Vec<u8> {
    let signature = signature("sec1", NOW, body);
    let head = format!(
        "POST /store/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Encoding: {coding}\r\n\
         Authorization: Sentry sentry_signature={signature}, sentry_timestamp={NOW}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

const NOW: &str = "1304559408.12";

/// The bound can be missed: without a limit to speak of, the same bomb takes more.
#[test]
fn without_a_limit_more_is_held() {
    let (kind, held) = opened("deflate", &bomb(40 << 10), usize::MAX);
    assert_eq!(kind, EnvelopeErrorKind::Truncated);
    assert!(held > bound(SentryEnvelope::DEFAULT_LIMIT), "{held} bytes were held");
}
