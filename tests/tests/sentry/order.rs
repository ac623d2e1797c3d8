//! What is judged first, where several things are wrong.

use std::time::Duration;

use countersign::sentry::SentryProtocol;
use countersign::store_fn;
use countersign::{KeyId, ManualClock, Secrets, SentrySignatureLayer, StoreError};
use http::{Method, Request};

use crate::asking::{ask, layer, post, signature, time};
use crate::deviations::{ADMITTED, BAD_SIGNATURE, NO_TIMESTAMP, UNAUTHORIZED};

const NOW: &str = "1304559408.5";
const EXPIRED: (u16, &str) = (410, "Message has expired");

/// Each of these has everything wrong with it that comes later, too.
#[tokio::test]
async fn method_credentials_timestamp_age_and_signature_are_judged_in_this_order() {
    let rows = [
        (Method::GET, "Sentry sentry_timestamp=abc, sentry_key=nobody", (405, "")),
        (Method::PUT, "Sentry", (405, "")),
        (Method::POST, "Sentry sentry_timestamp=abc, sentry_key=nobody", UNAUTHORIZED),
        (Method::POST, "Sentry sentry_timestamp=1.0, sentry_signature=, sentry_key=nobody", UNAUTHORIZED),
        (Method::POST, "Sentry sentry_signature=deadbeef, sentry_timestamp=abc, sentry_key=nobody", NO_TIMESTAMP),
        (Method::POST, "Sentry sentry_signature=deadbeef, sentry_timestamp=1.0, sentry_key=nobody", EXPIRED),
        (Method::POST, "Sentry sentry_signature=deadbeef, sentry_timestamp=1.0", EXPIRED),
        (
            Method::POST,
            "Sentry sentry_signature=deadbeef, sentry_timestamp=1304559408, sentry_key=nobody",
            BAD_SIGNATURE,
        ),
    ];
    for (method, credentials, expected) in rows {
        for protocol in [SentryProtocol::V1, SentryProtocol::V2, SentryProtocol::Any] {
            let head = Request::builder().method(&method).uri("/").header("authorization", credentials);
            let layer = layer("sec1", time(NOW)).with_protocol(protocol);
            assert_eq!(ask(&layer, head, b"body").await.outcome(), expected, "{protocol:?}: {credentials}");
        }
    }
    let nothing = Request::builder().method(Method::DELETE).uri("/");
    assert_eq!(ask(&layer("sec1", time(NOW)), nothing, b"").await.outcome(), (405, ""));
}

#[tokio::test]
async fn both_limits_of_age_are_included() {
    let ages = [
        ("1304555808.5", ADMITTED),
        ("1304555808.499999999", EXPIRED),
        ("1304559468.5", ADMITTED),
        ("1304559468.500000001", BAD_SIGNATURE),
    ];
    for (timestamp, expected) in ages {
        let signature = signature("sec1", timestamp, b"body");
        let credentials = format!("Sentry sentry_signature={signature}, sentry_timestamp={timestamp}");
        assert_eq!(
            ask(&layer("sec1", time(NOW)), post(&credentials), b"body").await.outcome(),
            expected,
            "{timestamp}"
        );
    }
}

#[tokio::test]
async fn what_the_head_says_is_judged_before_a_store_is_asked_and_the_body_read() {
    let nobody = store_fn(|_: KeyId| async { Err::<Secrets, _>(StoreError::new("nobody asks")) });
    let layer = SentrySignatureLayer::new(nobody)
        .with_clock(ManualClock::new(time(NOW)))
        .with_body_limit(3)
        .with_body_timeout(Duration::from_secs(1));
    for (credentials, expected) in [
        ("Sentry", 401),
        ("Sentry sentry_signature=deadbeef, sentry_timestamp=abc", 400),
        ("Sentry sentry_signature=deadbeef, sentry_timestamp=1.0", 410),
        ("Sentry sentry_signature=deadbeef, sentry_timestamp=9999999999", 403),
        // And now the store is asked.
        ("Sentry sentry_signature=deadbeef, sentry_timestamp=1304559408", 503),
    ] {
        let told = ask(&layer, post(credentials), b"a body over the limit").await;
        assert_eq!((told.status, told.read), (expected, 0), "{credentials}");
    }
}
