//! Messages of raven 1.0 and the verdicts of Sentry's server of 2012.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::sentry::SentryProtocol;
use http::Request;
use serde_json::Value;

use crate::asking::{ask, layer_of, rows, signature, text};
use crate::deviations::*;

#[tokio::test]
async fn every_message_of_raven_comes_out_as_it_says_or_as_decided() {
    judge(SentryProtocol::Any).await;
}

#[tokio::test]
async fn so_it_does_by_the_rules_of_2_0_alone() {
    judge(SentryProtocol::V2).await;
}

async fn judge(protocol: SentryProtocol) {
    let file: Value = serde_json::from_str(include_str!("../../vectors/sentry-legacy.json")).unwrap();
    let mut compared = Compared::default();
    for row in rows(&file, "vectors") {
        let (id, request, secret) = (text(row, "id"), &row["request"], text(&row["secret"], "utf8"));
        let body = STANDARD.decode(text(request, "body_base64")).unwrap();
        let mut head = Request::builder().method(text(request, "method")).uri(text(request, "target"));
        for field in request["headers"].as_array().unwrap() {
            head = head.header(field[0].as_str().unwrap(), field[1].as_str().unwrap());
        }
        let key_id = row["secret"]["id"].as_str().unwrap_or("global");
        let now = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(row["now"].as_u64().unwrap());
        let layer = layer_of(&[(key_id, secret)], now).with_protocol(protocol);
        let told = ask(&layer, head, &body).await;
        let says = match text(row, "expect") {
            "primitive" => {
                assert_eq!(signature(secret, "y", &body), text(row, "signature"));
                ADMITTED
            }
            "valid" => ADMITTED,
            "invalid:missing_signature" => UNAUTHORIZED,
            // The verdict of the server that it was taken from.
            policy if policy.starts_with("policy:") => ADMITTED,
            other => panic!("{id}: {other}"),
        };
        compared.note(id, says, told.outcome());
    }
    compared.agrees_with(LEGACY, 12);
}

const LEGACY: &[Deviation] = &[
    ("exp-timestamp", NO_TIMESTAMP, DECIMAL),
    ("inf-timestamp", NO_TIMESTAMP, DECIMAL),
    ("nan-timestamp", NO_TIMESTAMP, DECIMAL),
    ("sentry-testsuite-get_signature", NO_TIMESTAMP, DECIMAL),
];
