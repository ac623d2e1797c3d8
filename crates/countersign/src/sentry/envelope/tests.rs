//! Every wrapping, and everything that can be wrong with one.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    STANDARD.encode(bytes).into_bytes()
}

fn coded(coding: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(header::CONTENT_ENCODING, HeaderValue::from_static(coding))])
}

fn opened(headers: &HeaderMap, body: &[u8]) -> Result<Value, EnvelopeErrorKind> {
    SentryEnvelope::new().event(headers, body).map_err(|error| error.kind())
}

fn plain(body: &[u8]) -> Result<Value, EnvelopeErrorKind> {
    opened(&HeaderMap::new(), body)
}

/// Every way in which an event may be wrapped, by its content coding.
fn ways(json: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut lines = base64(json).chunks(20).collect::<Vec<_>>().join(&b"\r\n"[..]);
    lines.push(b'\n');
    let bodies = [json.to_vec(), base64(json), base64(&zlib(json)), lines];
    let ways = bodies.into_iter().flat_map(|body| {
        [("identity", body.clone()), ("gzip", gzip(&body)), ("X-GZip", gzip(&body)), ("deflate", zlib(&body))]
    });
    ways.collect()
}

#[test]
fn every_wrapping_is_opened() {
    let event = json!({"message": "hello", "level": 40});
    for (coding, body) in ways(event.to_string().as_bytes()) {
        assert_eq!(opened(&coded(coding), &body), Ok(event.clone()), "{coding}");
    }
    assert_eq!(plain(b" \r\n{} \n"), Ok(json!({})));
}

#[test]
fn what_breaks_off_or_goes_on_is_refused() {
    use EnvelopeErrorKind::*;
    let json = br#"{"message": "hello"}"#;
    let (packed, zipped) = (zlib(json), gzip(json));
    for len in 2..packed.len() {
        assert_eq!(plain(&base64(&packed[..len])), Err(Truncated), "{len}");
        assert_eq!(opened(&coded("deflate"), &packed[..len]), Err(Truncated), "{len}");
    }
    for len in 0..zipped.len() {
        assert_eq!(opened(&coded("gzip"), &zipped[..len]), Err(Truncated), "{len}");
    }
    let more = |bytes: &[u8]| [bytes, b"x"].concat();
    assert_eq!(plain(&base64(&more(&packed))), Err(TrailingBytes));
    assert_eq!(opened(&coded("deflate"), &more(&packed)), Err(TrailingBytes));
    assert_eq!(opened(&coded("gzip"), &more(&zipped)), Err(TrailingBytes));
    assert_eq!(opened(&coded("gzip"), &[&*zipped, &*zipped].concat()), Err(TrailingBytes));
    assert_eq!(plain(&base64(&more(json))), Err(Json));
    assert_eq!(plain(&more(json)), Err(Json));
    assert_eq!(plain(&more(&base64(json))), Err(Base64));
    let mut corrupt = packed.clone();
    *corrupt.last_mut().unwrap() ^= 1;
    assert_eq!(plain(&base64(&corrupt)), Err(Corrupt), "its checksum is wrong");
    let mut corrupt = zipped;
    *corrupt.last_mut().unwrap() ^= 1;
    assert_eq!(opened(&coded("gzip"), &corrupt), Err(Corrupt), "its length is wrong");
}

#[test]
fn pickles_and_other_forms_are_refused_by_name() {
    use EnvelopeErrorKind::*;
    for (body, kind) in [
        ("key=k&format=pickle&data=KGRwMQo%3D", Pickle),
        ("key=k&data=KGRwMQo%3D", Pickle),
        ("format=pickle", Pickle),
        ("data=e30=&key=k&format=json", Form),
        ("format=xml&data=e30=", Form),
        ("key=k", Base64),
    ] {
        assert_eq!(plain(body.as_bytes()), Err(kind), "{body}");
    }
}

#[test]
fn content_codings_are_single_and_known() {
    for coding in ["br", "gzip, deflate", "gzip,", "zstd"] {
        assert_eq!(opened(&coded(coding), b"{}"), Err(EnvelopeErrorKind::ContentCoding), "{coding}");
    }
    let mut twice = coded("identity");
    twice.append(header::CONTENT_ENCODING, HeaderValue::from_static("identity"));
    assert_eq!(opened(&twice, b"{}"), Err(EnvelopeErrorKind::ContentCoding));
}

#[test]
fn the_limit_is_included_and_holds_for_every_wrapping() {
    let json = br#"{"message": "hello"}"#;
    for (coding, body) in ways(json) {
        let limited = |limit| SentryEnvelope::new().with_limit(limit).json(&coded(coding), &body).map(Cow::into_owned);
        // What is decompressed first is base64, which is longer.
        if coding == "identity" {
            assert_eq!(limited(json.len()).unwrap(), json, "{coding}");
        }
        assert_eq!(limited(json.len() - 1).unwrap_err().kind(), EnvelopeErrorKind::TooLarge, "{coding}");
    }
}

#[test]
fn what_nests_too_deep_is_refused() {
    let deep = [&b"{\"a\":"[..], &[b'['; 10_000], &[b']'; 10_000], b"}"].concat();
    assert_eq!(plain(&deep), Err(EnvelopeErrorKind::Json));
}

proptest! {
    #[test]
    fn what_is_wrapped_comes_out_again(fields in proptest::collection::hash_map("\\PC{0,8}", "\\PC*", 0..8)) {
        let event = json!(fields);
        for (coding, body) in ways(event.to_string().as_bytes()) {
            prop_assert_eq!(opened(&coded(coding), &body), Ok(event.clone()), "{}", coding);
        }
    }

    #[test]
    fn no_bytes_panic_nor_come_out_longer_than_they_may(
        body in proptest::collection::vec(any::<u8>(), 0..300),
        cut in any::<prop::sample::Index>(),
        flip in any::<u8>(),
    ) {
        let mut packed = zlib(&body);
        let at = cut.index(packed.len());
        packed[at] ^= flip;
        for body in [&body, &packed, &base64(&packed), &gzip(&packed), &base64(&body)] {
            for coding in ["identity", "gzip", "deflate"] {
                if let Ok(json) = SentryEnvelope::new().with_limit(100).json(&coded(coding), body) {
                    prop_assert!(json.len() <= 100);
                }
            }
        }
    }
}
