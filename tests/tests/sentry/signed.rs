//! What we sign ourselves.

use std::time::{Duration, SystemTime};

use countersign::sentry::SentryMessage;
use countersign::{KeyId, Secret, sign_request};
use http::{Request, header};
use proptest::prelude::*;

use crate::asking::{ask, django, layer, layer_of, post, rows, signature, text, time};

/// The credentials that our signer sets.
fn signed(key_id: &str, secret: &str, now: SystemTime, body: &[u8]) -> String {
    let (mut head, ()) = Request::post("/store/").body(()).unwrap().into_parts();
    let (key_id, secret) = (KeyId::new(key_id).unwrap(), Secret::new(secret).unwrap());
    sign_request(&mut head, body, &SentryMessage::new(), &key_id, &secret, now).unwrap();
    head.headers[header::AUTHORIZATION].to_str().unwrap().to_owned()
}

fn parameter<'c>(credentials: &'c str, name: &str) -> &'c str {
    let mut parameters = credentials.strip_prefix("Sentry ").unwrap().split(", ");
    parameters.find_map(|parameter| parameter.strip_prefix(name)?.strip_prefix('=')).unwrap()
}

/// Wherever a version's client writes the timestamp as we do, it makes the signature that we make.
#[test]
fn we_sign_as_the_clients_of_every_version() {
    let file = django();
    let mut compared = 0;
    for version in ["1.7.5", "1.8.0", "1.13.5"] {
        for row in rows(&file[format!("django_sentry_{version}")], "signing") {
            let timestamp = text(row, "timestamp_str");
            if timestamp.contains('e') {
                continue;
            }
            let ours = signed("global", text(row, "key"), time(timestamp), text(row, "message").as_bytes());
            if parameter(&ours, "sentry_timestamp") == timestamp {
                assert_eq!(parameter(&ours, "sentry_signature"), text(row, "signature"), "{row}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 16);
}

#[tokio::test]
async fn a_key_is_named_unless_it_is_the_global_one() {
    let keys = [("global", "sec1"), ("pub1", "sec2")];
    let now = time("1304559408.123456");
    for (key_id, secret) in keys {
        let credentials = signed(key_id, secret, now, b"body");
        assert_eq!(credentials.contains("sentry_key"), key_id == "pub1");
        assert_eq!(ask(&layer_of(&keys, now), post(&credentials), b"body").await.status, 200);
    }
}

proptest! {
    /// Twelve significant digits, one or two of them after the point: both renderings are the text.
    #[test]
    fn what_is_signed_is_admitted_and_reads_the_same_both_ways(
        seconds in 3600_u64..10_000_000_000,
        nanoseconds in 0_u32..1_000_000_000,
        body in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let now = SystemTime::UNIX_EPOCH + Duration::new(seconds, nanoseconds);
        let credentials = signed("global", "sec1", now, &body);
        let timestamp = parameter(&credentials, "sentry_timestamp").to_owned();
        let (whole, fraction) = timestamp.split_once('.').unwrap();
        prop_assert_eq!(whole, seconds.to_string());
        prop_assert!(matches!(fraction.len(), 1 | 2) && (fraction.len() == 1 || !fraction.ends_with('0')));
        let status = tokio_test(async {
            // Only signatures over the rendering of Python 2 fit a timestamp with zeros behind it.
            let rendered = signature("sec1", &timestamp, &body);
            let again = format!("Sentry sentry_signature={rendered}, sentry_timestamp={timestamp}000");
            let both = [credentials.clone(), again];
            let mut status = Vec::new();
            for credentials in both {
                status.push(ask(&layer("sec1", now), post(&credentials), &body).await.status);
            }
            status
        });
        prop_assert_eq!(status, [200, 200]);
    }
}

fn tokio_test<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}
