//! Whatever arrives: nothing panics, and what is let through is what was signed.

use bytes::Bytes;
use http::{HeaderValue, Uri};
use proptest::option::weighted;
use proptest::prelude::*;

use super::acme;
use super::requests::{order, signed};
use crate::harness::send;

const FIELDS: [&str; 7] =
    ["x-acme-signature", "x-acme-key", "x-acme-time", "x-acme-nonce", "content-type", "x-acme-delivery", "host"];

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        "[0-9]{0,20}".prop_map(String::into_bytes),
        "(v1=[0-9a-f]{64},?){0,3}".prop_map(String::into_bytes),
        "[ -~]{0,300}".prop_map(String::into_bytes),
        Just(b"example.com".to_vec()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_is_let_through_is_what_was_signed(
        values in prop::collection::vec(weighted(0.15, value()), FIELDS.len()),
        target in weighted(0.2, "(https://[!-~]{0,10})?/[!-~é]{0,20}"),
        body in weighted(0.2, prop::collection::vec(any::<u8>(), 0..40)),
    ) {
        let (scheme, vector) = signed(acme(), order());
        let mut request = vector.request.clone();
        for (name, value) in FIELDS.iter().zip(&values) {
            if let Some(Ok(value)) = value.as_deref().map(HeaderValue::from_bytes) {
                request.headers_mut().insert(*name, value);
            }
        }
        if let Some(Ok(uri)) = target.map(Uri::try_from) {
            *request.uri_mut() = uri;
        }
        if let Some(body) = body {
            *request.body_mut() = Bytes::from(body);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let outcome = runtime.block_on(send(vector.layer(scheme), &request));
        // A Host beside the URL says nothing more.
        request.headers_mut().remove("host");
        let same = request.headers() == vector.request.headers()
            && (request.uri(), request.body()) == (vector.request.uri(), vector.request.body());
        prop_assert!(same || outcome.is_err(), "{:?}", request);
        prop_assert!(outcome.is_ok() || !same || values[6].is_some(), "{:?}", outcome);
    }
}
