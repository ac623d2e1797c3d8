//! What Sentry's messages carry: the first byte chooses the content coding, the rest is the body. Nothing panics, nothing comes
//! out longer than it may, and what can be opened can be opened again.
#![no_main]

use countersign::sentry::{EnvelopeErrorKind, SentryEnvelope};
use http::{HeaderMap, HeaderValue, header};
use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 4 << 10;

fuzz_target!(|input: &[u8]| {
    let Some((coding, body)) = input.split_first() else { return };
    let coding = ["identity", "gzip", "deflate"][usize::from(*coding) % 3];
    let headers = HeaderMap::from_iter([(header::CONTENT_ENCODING, HeaderValue::from_static(coding))]);
    let envelope = SentryEnvelope::new().with_limit(LIMIT);
    match envelope.json(&headers, body) {
        Ok(json) => {
            assert!(json.len() <= LIMIT);
            // What comes out is bare, and opened as it is.
            if json.trim_ascii_start().first() == Some(&b'{') {
                assert_eq!(envelope.json(&HeaderMap::new(), &json).as_deref(), Ok(&*json));
            }
        }
        Err(error) => assert!(error.kind() != EnvelopeErrorKind::Json, "nothing was read as JSON"),
    }
    if let Err(error) = envelope.event::<serde::de::IgnoredAny>(&headers, body) {
        assert!(!format!("{error} {}", error.original_text()).contains(char::is_control));
    }
});
