//! Which field each version reads.

use countersign::sentry::SentryProtocol;
use http::Request;

use crate::asking::{ask, layer, signature, time};
use crate::deviations::*;

const NOW: &str = "1304559408.12";
const NOTHING: &str = "Basic Zm9vOmJhcg==";

/// What stands in `X-Sentry-Auth` and in `Authorization`, and what 1.x, 2.0 and either say to it.
type Row<'r> = (&'r [&'r str], &'r [&'r str], [(u16, &'r str); 3]);

/// Asks with these values in the two fields.
async fn told(protocol: SentryProtocol, own: &[&str], authorization: &[&str]) -> (u16, String) {
    let mut head = Request::post("/store/");
    for (field, values) in [("x-sentry-auth", own), ("authorization", authorization)] {
        for value in values {
            head = head.header(field, *value);
        }
    }
    let told = ask(&layer("sec1", time(NOW)).with_protocol(protocol), head, b"body").await;
    (told.status, told.body)
}

#[tokio::test]
async fn each_version_reads_the_fields_that_it_knew() {
    let good = format!("Sentry sentry_signature={}, sentry_timestamp={NOW}", signature("sec1", NOW, b"body"));
    let (good, bad) = (good.as_str(), "Sentry sentry_signature=deadbeef, sentry_timestamp=1304559408.12");
    let rows: [Row<'_>; 10] = [
        (&[], &[good], [ADMITTED, ADMITTED, ADMITTED]),
        (&[good], &[], [BAD_CREDENTIALS, ADMITTED, ADMITTED]),
        (&[good], &[bad], [BAD_SIGNATURE, ADMITTED, BAD_REQUEST]),
        (&[bad], &[good], [ADMITTED, BAD_SIGNATURE, BAD_REQUEST]),
        (&["Sentry garbage"], &[good], [ADMITTED, UNAUTHORIZED, BAD_REQUEST]),
        (&[NOTHING], &[good], [ADMITTED, ADMITTED, ADMITTED]),
        (&[good], &[NOTHING], [BAD_CREDENTIALS, ADMITTED, ADMITTED]),
        (&[good, good], &[], [BAD_CREDENTIALS, BAD_REQUEST, BAD_REQUEST]),
        (&[], &[good, good], [BAD_REQUEST, BAD_REQUEST, BAD_REQUEST]),
        (&[NOTHING], &[NOTHING], [BAD_CREDENTIALS, UNAUTHORIZED, UNAUTHORIZED]),
    ];
    for (own, authorization, expected) in rows {
        let protocols = [SentryProtocol::V1, SentryProtocol::V2, SentryProtocol::Any];
        for (protocol, (status, body)) in protocols.into_iter().zip(expected) {
            let told = told(protocol, own, authorization).await;
            assert_eq!(told, (status, body.to_owned()), "{protocol:?}: {own:?} and {authorization:?}");
        }
    }
}

/// One rendering each, where two versions differ; either where both are read.
#[tokio::test]
async fn each_version_signs_the_timestamp_in_its_own_way() {
    let (sent, rewritten) = ("1304559408.123456", "1304559408.12");
    for (protocol, as_sent, as_rewritten) in [
        (SentryProtocol::V1, BAD_SIGNATURE, ADMITTED),
        (SentryProtocol::V2, ADMITTED, BAD_SIGNATURE),
        (SentryProtocol::Any, ADMITTED, ADMITTED),
    ] {
        for (signed, (status, body)) in [(sent, as_sent), (rewritten, as_rewritten)] {
            let signature = signature("sec1", signed, b"body");
            let credentials = format!("Sentry sentry_signature={signature}, sentry_timestamp={sent}");
            let told = told(protocol, &[], &[&credentials]).await;
            assert_eq!(told, (status, body.to_owned()), "{protocol:?}: {signed}");
        }
    }
}
