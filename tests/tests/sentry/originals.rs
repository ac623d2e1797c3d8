//! django-sentry 1.7.5, 1.8.0 and 1.13.5, Sentry 2.0, and their clients: every row, by the rules that are asked for, through to
//! the event. What deviates is listed in `own_rules` and `any_rules`, with the reason.

use axum::Router;
use axum::body::Body;
use axum::routing::any;
use countersign::SentrySignatureLayer;
use countersign::sentry::{SentryEvent, SentryProtocol};
use countersign_tests::collect;
use http::{Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::asking::{ask, django, layer, layer_of, post, rows, text, time};
use crate::deviations::*;

pub const VERSIONS: [&str; 3] = ["1.7.5", "1.8.0", "1.13.5"];

/// By whose rules a row is judged, given the version that it is of.
pub type Rules = fn(&str) -> SentryProtocol;

/// By the rules of every version together.
pub fn any_rules(_: &str) -> SentryProtocol {
    SentryProtocol::Any
}

/// By that version's own.
pub fn own_rules(version: &str) -> SentryProtocol {
    match version {
        "1.7.5" | "1.8.0" => SentryProtocol::V1_7,
        "1.13.5" => SentryProtocol::V1,
        "2.0" => SentryProtocol::V2,
        other => panic!("{other}"),
    }
}

/// What a server says that reads the events too, and the older form.
async fn told(layer: SentrySignatureLayer, head: http::request::Builder, body: &str) -> (u16, String) {
    let store = async |SentryEvent(event): SentryEvent<Value>| {
        assert!(event.is_object());
        StatusCode::OK
    };
    let app = Router::new().route("/store/", any(store)).layer(layer.with_insecure_legacy_form_key());
    let response = app.oneshot(head.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let status = response.status();
    assert_eq!(response.headers().contains_key(header::WWW_AUTHENTICATE), status == 401, "a 401 has a challenge");
    assert_eq!(response.headers().contains_key(header::ALLOW), status == 405, "a 405 says what is allowed");
    if !status.is_success() {
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8", "as Django has it");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    }
    (status.as_u16(), String::from_utf8(collect(response.into_body()).await.to_vec()).unwrap())
}

/// The view `store`.
pub async fn views(rules: Rules) -> Compared {
    let (file, mut compared) = (django(), Compared::default());
    for version in VERSIONS {
        for row in rows(&file[format!("django_sentry_{version}")], "vectors") {
            let mut head = Request::builder().method(text(row, "method")).uri("/store/");
            if let (Some(field), Some(credentials)) = (field(version, row), row["header"].as_str()) {
                head = head.header(field, credentials);
            }
            let (content_type, body) = body(row);
            let layer = layer(text(row, "key"), time(text(row, "now"))).with_protocol(rules(version));
            let (status, body) = told(layer, head.header("content-type", content_type), &body).await;
            compared.note(&format!("{version} {}", text(row, "id")), says(&row["expected"]), (status, &body));
        }
    }
    compared
}

/// The field in which a row's credentials come: 1.7.5 looked for them under a name that no server gives a field.
fn field(version: &str, row: &Value) -> Option<&'static str> {
    match (version, row["environ_key"].as_str()?) {
        ("1.7.5", "AUTHORIZATION") | (_, "HTTP_AUTHORIZATION") => Some("authorization"),
        (_, "HTTP_X_SENTRY_AUTH") => Some("x-sentry-auth"),
        (_, "AUTHORIZATION") => None,
        (_, other) => panic!("{other}"),
    }
}

/// A row's body and its type. Django's test client sends forms as `multipart/form-data`; clients escaped them, and that is read.
pub fn body(row: &Value) -> (&str, String) {
    let Some(form) = row["form"].as_object() else { return (text(row, "content_type"), text(row, "body").to_owned()) };
    let mut escaped = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form {
        escaped.append_pair(name, value.as_str().unwrap());
    }
    ("application/x-www-form-urlencoded", escaped.finish())
}

/// What a row says: an exception that nobody caught was a 500.
pub fn says(expected: &Value) -> (u16, &str) {
    let status = expected["status"].as_u64().unwrap().try_into().unwrap();
    (status, expected["body"].as_str().unwrap_or_default())
}

/// What the clients of every version sign is admitted. What is signed there is no event.
pub async fn signing(rules: Rules) -> Compared {
    let (file, mut compared) = (django(), Compared::default());
    for version in VERSIONS {
        for row in rows(&file[format!("django_sentry_{version}")], "signing") {
            let sent = text(row, "timestamp_str");
            let now = time(if sent.contains('e') { "1304559408" } else { sent });
            let layer = layer(text(row, "key"), now).with_protocol(rules(version));
            let told = ask(&layer, post(text(row, "header")), text(row, "message").as_bytes()).await;
            compared.note(&format!("{version} {sent}"), ADMITTED, told.outcome());
        }
    }
    compared
}

/// What the servers read in a header: followed by a signature and a timestamp that are right, it is admitted if it can be
/// read.
pub async fn headers(rules: Rules) -> Compared {
    let (file, mut compared) = (django(), Compared::default());
    for version in VERSIONS {
        for row in rows(&file[format!("django_sentry_{version}")], "parse_auth_header") {
            let header = text(row, "header");
            let says = if row["result"].get("exception").is_some() { (500, "") } else { ADMITTED };
            let layer = layer("sec1", time("1304559408.12")).with_protocol(rules(version));
            let (status, body) = told(layer, post(&format!("{header}, {SIGNED}")), EVENT).await;
            compared.note(&format!("{version} {header}"), says, (status, &body));
        }
    }
    compared
}

const EVENT: &str = "eyJtZXNzYWdlIjogImhlbGxvIn0=";
const SIGNED: &str = "sentry_signature=16784916c1619f16a832f43ecbeaaf5567582320, sentry_timestamp=1304559408.12";

/// The view of Sentry 2.0.
pub async fn sentry_2_0(rules: Rules) -> Compared {
    let (file, mut compared) = (django(), Compared::default());
    for row in rows(&file, "sentry_2_0") {
        let keys = [("global", text(&row["keys"], "master")), ("pub1", text(&row["keys"], "pub1"))];
        let mut head = Request::post("/store/");
        for (key, credentials) in row["environ"].as_object().unwrap() {
            let field = key.strip_prefix("HTTP_").unwrap().replace('_', "-");
            head = head.header(field, credentials.as_str().unwrap());
        }
        let layer = layer_of(&keys, time(text(row, "now"))).with_protocol(rules("2.0"));
        let (status, body) = told(layer, head, text(row, "body")).await;
        compared.note(text(row, "id"), says(&row["expected"]), (status, &body));
    }
    compared
}

/// Its clients, in the field that each wrote and in the other: what they signed was admitted, and later ones sign nothing, for
/// which servers of then refuse them.
pub async fn raven(rules: Rules) -> Compared {
    let (file, mut compared) = (django(), Compared::default());
    for row in rows(&file, "raven_clients") {
        let signed = text(row, "header").contains("sentry_signature=");
        for field in ["x-sentry-auth", "authorization"] {
            let head = Request::post("/store/").header(field, text(row, "header"));
            let layer = layer_of(&[("global", "sec1"), ("pub1", "sec1")], time("1304559408.123456"));
            let body = row["body"].as_str().unwrap_or(EVENT);
            let (status, body) = told(layer.with_protocol(rules("2.0")), head, body).await;
            let says = if signed { ADMITTED } else { UNAUTHORIZED };
            compared.note(&format!("{} {field}", text(row, "raven")), says, (status, &body));
        }
    }
    compared
}

/// No section of the file is left out: here, in `rendered` and in `nonce`.
#[test]
fn every_section_is_looked_at() {
    let file = django();
    let sections: Vec<&str> =
        file.as_object().unwrap().keys().map(String::as_str).filter(|name| *name != "about").collect();
    let looked_at = [
        "django_sentry_1.13.5",
        "django_sentry_1.7.5",
        "django_sentry_1.8.0",
        "nonce_variant_sentry_old_25369c0",
        "python2_str_float",
        "raven_clients",
        "sentry_2_0",
    ];
    assert_eq!(sections, looked_at);
    for version in VERSIONS {
        let parts = file[format!("django_sentry_{version}")].as_object().unwrap();
        let rows: Vec<&str> = parts.iter().filter(|(_, part)| part.is_array()).map(|(name, _)| name.as_str()).collect();
        assert_eq!(rows, ["parse_auth_header", "signing", "vectors"]);
    }
}
