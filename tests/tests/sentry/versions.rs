//! Each version's rows by that version's own rules, through to the event: what deviates is listed with the reason.

use axum::Router;
use axum::body::Body;
use axum::routing::any;
use countersign::SentrySignatureLayer;
use countersign::sentry::{SentryEvent, SentryProtocol};
use countersign_tests::collect;
use http::{Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::asking::{ask, django, layer_of, post, rows, text, time};
use crate::deviations::*;
use crate::originals::{VERSIONS, field, says};

/// What a server says that reads the events too.
async fn told(layer: SentrySignatureLayer, head: http::request::Builder, body: &str) -> (u16, String) {
    let store = async |SentryEvent(event): SentryEvent<Value>| {
        assert!(event.is_object());
        StatusCode::OK
    };
    let app = Router::new().route("/store/", any(store)).layer(layer);
    let response = app.oneshot(head.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let status = response.status();
    assert_eq!(response.headers().contains_key(header::WWW_AUTHENTICATE), status == 401, "a 401 has a challenge");
    if !status.is_success() {
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8", "as Django has it");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    }
    (status.as_u16(), String::from_utf8(collect(response.into_body()).await.to_vec()).unwrap())
}

#[tokio::test]
async fn every_view_of_1_x_agrees_but_for_what_is_listed() {
    let file = django();
    let mut compared = Compared::default();
    for version in VERSIONS {
        for row in rows(&file[format!("django_sentry_{version}")], "vectors") {
            let mut head = Request::builder().method(text(row, "method")).uri("/store/");
            if let (Some(field), Some(credentials)) = (field(version, row), row["header"].as_str()) {
                head = head.header(field, credentials);
            }
            let body = row["body"].as_str().unwrap_or("key=supersecret-sentry-key&format=json&data=e30=");
            let layer = layer_of(&[("global", text(row, "key"))], time(text(row, "now")));
            let (status, body) = told(layer.with_protocol(SentryProtocol::V1), head, body).await;
            compared.note(&format!("{version} {}", text(row, "id")), says(&row["expected"]), (status, &body));
        }
    }
    compared.agrees_with(VIEW, 91);
}

const VIEW: &[Deviation] = &[
    ("1.13.5 accept-exp-ts", NO_TIMESTAMP, DECIMAL),
    ("1.13.5 error-empty-values", UNAUTHORIZED, FORMER_500),
    ("1.13.5 error-missing-signature", UNAUTHORIZED, FORMER_500),
    ("1.13.5 error-missing-timestamp", UNAUTHORIZED, FORMER_500),
    ("1.13.5 error-trailing-comma", UNAUTHORIZED, FORMER_500),
    ("1.13.5 error-value-with-equals", BAD_SIGNATURE, LATER_EQUALS),
    ("1.13.5 legacy-bad-format", BAD_CREDENTIALS, NO_FORM),
    ("1.13.5 legacy-ok-default-pickle", BAD_CREDENTIALS, NO_FORM),
    ("1.7.5 accept-dup-last-wins", UNAUTHORIZED, ONCE),
    ("1.7.5 accept-exp-ts", NO_TIMESTAMP, DECIMAL),
    ("1.7.5 accept-far-future", BAD_SIGNATURE, FUTURE),
    ("1.7.5 accept-inf", NO_TIMESTAMP, DECIMAL),
    ("1.7.5 accept-nan", NO_TIMESTAMP, DECIMAL),
    ("1.7.5 accept-prefix-SentryFoo", BAD_CREDENTIALS, WORD),
    ("1.7.5 error-missing-timestamp", UNAUTHORIZED, FORMER_500),
    ("1.7.5 error-param-no-equals", UNAUTHORIZED, FORMER_500),
    ("1.7.5 error-value-with-equals", BAD_SIGNATURE, LATER_EQUALS),
    ("1.7.5 legacy-bad-format", BAD_CREDENTIALS, NO_FORM),
    ("1.7.5 legacy-no-data", BAD_CREDENTIALS, KEY_FIRST),
    ("1.7.5 legacy-nothing", BAD_CREDENTIALS, KEY_FIRST),
    ("1.7.5 legacy-ok-default-pickle", BAD_CREDENTIALS, NO_FORM),
    ("1.7.5 legacy-ok-json", BAD_CREDENTIALS, NO_FORM),
    ("1.7.5 lowercase-scheme", BAD_CREDENTIALS, KEY_FIRST),
    ("1.7.5 other-environ-key", ADMITTED, BOTH_SPELLINGS),
    ("1.7.5 x-sentry-auth", BAD_CREDENTIALS, KEY_FIRST),
    ("1.8.0 accept-far-future", BAD_SIGNATURE, FUTURE),
    ("1.8.0 accept-nan", NO_TIMESTAMP, DECIMAL),
    ("1.8.0 accept-prefix-SentryFoo", BAD_CREDENTIALS, WORD),
    ("1.8.0 error-empty-values", UNAUTHORIZED, FORMER_500),
    ("1.8.0 error-param-no-equals", UNAUTHORIZED, FORMER_500),
    ("1.8.0 error-scheme-only", UNAUTHORIZED, FORMER_500),
    ("1.8.0 error-trailing-comma", UNAUTHORIZED, FORMER_500),
    ("1.8.0 error-value-with-equals", BAD_SIGNATURE, LATER_EQUALS),
    ("1.8.0 legacy-no-data", BAD_CREDENTIALS, KEY_FIRST),
    ("1.8.0 legacy-ok-default-pickle", BAD_CREDENTIALS, NO_FORM),
    ("1.8.0 legacy-ok-json", BAD_CREDENTIALS, NO_FORM),
    ("1.8.0 other-environ-key", BAD_CREDENTIALS, KEY_FIRST),
    ("1.8.0 x-sentry-auth", BAD_CREDENTIALS, KEY_FIRST),
];

/// What the function that signs made of each timestamp; not every one is what a client of 1.x would have sent.
#[tokio::test]
async fn what_every_client_of_1_x_signs_is_admitted_but_for_what_is_listed() {
    let file = django();
    let mut compared = Compared::default();
    for version in VERSIONS {
        for row in rows(&file[format!("django_sentry_{version}")], "signing") {
            let sent = text(row, "timestamp_str");
            let now = time(if sent.contains('e') { "1304559408" } else { sent });
            let layer = layer_of(&[("global", text(row, "key"))], now).with_protocol(SentryProtocol::V1);
            let told = ask(&layer, post(text(row, "header")), text(row, "message").as_bytes()).await;
            compared.note(&format!("{version} {sent}"), ADMITTED, told.outcome());
        }
    }
    compared.agrees_with(SIGNING, 29);
}

const SIGNING: &[Deviation] = &[
    ("1.13.5 1304559408.123456", BAD_SIGNATURE, REWRITTEN),
    ("1.13.5 1304559408", BAD_SIGNATURE, REWRITTEN),
    ("1.13.5 1e+12", NO_TIMESTAMP, DECIMAL),
    ("1.7.5 1304559408.123456", BAD_SIGNATURE, REWRITTEN),
    ("1.7.5 123456789012345", BAD_SIGNATURE, REWRITTEN),
    ("1.7.5 9.99999999999e+11", NO_TIMESTAMP, DECIMAL),
    ("1.7.5 1304559408", BAD_SIGNATURE, REWRITTEN),
    ("1.7.5 1e+16", NO_TIMESTAMP, DECIMAL),
    ("1.7.5 1e+12", NO_TIMESTAMP, DECIMAL),
    ("1.8.0 1304559408.123456", BAD_SIGNATURE, REWRITTEN),
    ("1.8.0 123456789012345", BAD_SIGNATURE, REWRITTEN),
    ("1.8.0 1e+16", NO_TIMESTAMP, DECIMAL),
    ("1.8.0 1e+12", NO_TIMESTAMP, DECIMAL),
];

#[tokio::test]
async fn sentry_2_0_agrees_but_for_what_is_listed() {
    let file = django();
    let mut compared = Compared::default();
    for row in rows(&file, "sentry_2_0") {
        let keys = [("global", text(&row["keys"], "master")), ("pub1", text(&row["keys"], "pub1"))];
        let mut head = Request::post("/store/");
        for (key, credentials) in row["environ"].as_object().unwrap() {
            let field = key.strip_prefix("HTTP_").unwrap().replace('_', "-");
            head = head.header(field, credentials.as_str().unwrap());
        }
        let layer = layer_of(&keys, time(text(row, "now"))).with_protocol(SentryProtocol::V2);
        let told = ask(&layer, head, text(row, "body").as_bytes()).await;
        compared.note(text(row, "id"), says(&row["expected"]), told.outcome());
    }
    compared.agrees_with(SENTRY_2_0, 11);
}

const SENTRY_2_0: &[Deviation] = &[
    ("future-accepted", BAD_SIGNATURE, FUTURE),
    ("malformed-header", UNAUTHORIZED, FORMER_500),
    ("nan-accepted", NO_TIMESTAMP, DECIMAL),
];
