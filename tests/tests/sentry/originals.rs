//! django-sentry 1.7.5, 1.8.0 and 1.13.5, Sentry 2.0, and their clients.

use http::Request;
use serde_json::Value;

use crate::asking::{ask, django, layer, layer_of, post, rows, text, time};
use crate::deviations::*;

pub const VERSIONS: [&str; 3] = ["1.7.5", "1.8.0", "1.13.5"];

/// The view `store`. Rows that all versions have are listed for each version in which they are.
#[tokio::test]
async fn the_view_of_every_version_agrees_but_for_what_is_listed() {
    let file = django();
    let mut compared = Compared::default();
    for version in VERSIONS {
        for row in rows(&file[format!("django_sentry_{version}")], "vectors") {
            let mut head = Request::builder().method(text(row, "method")).uri("/store/");
            if let (Some(field), Some(credentials)) = (field(version, row), row["header"].as_str()) {
                head = head.header(field, credentials);
            }
            let body = row["body"].as_str().unwrap_or("key=supersecret-sentry-key&format=json&data=e30=");
            let told = ask(&layer(text(row, "key"), time(text(row, "now"))), head, body.as_bytes()).await;
            compared.note(&format!("{version} {}", text(row, "id")), says(&row["expected"]), told.outcome());
        }
    }
    compared.agrees_with(VIEW, 91);
}

/// The field in which a row's credentials come: 1.7.5 looked for them under a name that no server gives a field.
pub fn field(version: &str, row: &Value) -> Option<&'static str> {
    match (version, row["environ_key"].as_str()?) {
        ("1.7.5", "AUTHORIZATION") | (_, "HTTP_AUTHORIZATION") => Some("authorization"),
        (_, "HTTP_X_SENTRY_AUTH") => Some("x-sentry-auth"),
        (_, "AUTHORIZATION") => None,
        (_, other) => panic!("{other}"),
    }
}

/// What a row says: an exception that nobody caught was a 500.
pub fn says(expected: &Value) -> (u16, &str) {
    let status = expected["status"].as_u64().unwrap().try_into().unwrap();
    (status, expected["body"].as_str().unwrap_or_default())
}

const VIEW: &[Deviation] = &[
    ("1.13.5 accept-exp-ts", NO_TIMESTAMP, DECIMAL),
    ("1.13.5 error-empty-values", UNAUTHORIZED, FORMER_500),
    ("1.13.5 error-missing-signature", UNAUTHORIZED, FORMER_500),
    ("1.13.5 error-missing-timestamp", UNAUTHORIZED, FORMER_500),
    ("1.13.5 error-trailing-comma", UNAUTHORIZED, FORMER_500),
    ("1.13.5 error-value-with-equals", BAD_SIGNATURE, LATER_EQUALS),
    ("1.13.5 legacy-bad-format", UNAUTHORIZED, NO_FORM),
    ("1.13.5 legacy-no-key", UNAUTHORIZED, NO_FORM),
    ("1.13.5 legacy-ok-default-pickle", UNAUTHORIZED, NO_FORM),
    ("1.13.5 lowercase-scheme", UNAUTHORIZED, NO_FORM),
    ("1.13.5 other-environ-key", UNAUTHORIZED, BOTH_SPELLINGS),
    ("1.13.5 reject-6-decimals", ADMITTED, BOTH_RENDERINGS),
    ("1.13.5 reject-int-ts", ADMITTED, BOTH_RENDERINGS),
    ("1.13.5 signed-but-bad-base64", ADMITTED, DECODING),
    ("1.13.5 signed-but-bad-json", ADMITTED, DECODING),
    ("1.13.5 x-sentry-auth", ADMITTED, X_SENTRY_AUTH),
    ("1.7.5 accept-dup-last-wins", UNAUTHORIZED, ONCE),
    ("1.7.5 accept-exp-ts", NO_TIMESTAMP, DECIMAL),
    ("1.7.5 accept-far-future", BAD_SIGNATURE, FUTURE),
    ("1.7.5 accept-inf", NO_TIMESTAMP, DECIMAL),
    ("1.7.5 accept-nan", NO_TIMESTAMP, DECIMAL),
    ("1.7.5 accept-prefix-SentryFoo", UNAUTHORIZED, WORD),
    ("1.7.5 empty-body-signed", ADMITTED, DECODING),
    ("1.7.5 error-missing-timestamp", UNAUTHORIZED, FORMER_500),
    ("1.7.5 error-param-no-equals", UNAUTHORIZED, FORMER_500),
    ("1.7.5 error-value-with-equals", BAD_SIGNATURE, LATER_EQUALS),
    ("1.7.5 legacy-bad-format", UNAUTHORIZED, NO_FORM),
    ("1.7.5 legacy-no-data", UNAUTHORIZED, NO_FORM),
    ("1.7.5 legacy-no-key", UNAUTHORIZED, NO_FORM),
    ("1.7.5 legacy-nothing", UNAUTHORIZED, NO_FORM),
    ("1.7.5 legacy-ok-default-pickle", UNAUTHORIZED, NO_FORM),
    ("1.7.5 legacy-ok-json", UNAUTHORIZED, NO_FORM),
    ("1.7.5 lowercase-scheme", UNAUTHORIZED, NO_FORM),
    ("1.7.5 other-environ-key", ADMITTED, BOTH_SPELLINGS),
    ("1.7.5 reject-int-ts", ADMITTED, BOTH_RENDERINGS),
    ("1.7.5 signed-but-bad-json", ADMITTED, DECODING),
    ("1.7.5 x-sentry-auth", ADMITTED, X_SENTRY_AUTH),
    ("1.8.0 accept-far-future", BAD_SIGNATURE, FUTURE),
    ("1.8.0 accept-nan", NO_TIMESTAMP, DECIMAL),
    ("1.8.0 accept-prefix-SentryFoo", UNAUTHORIZED, WORD),
    ("1.8.0 empty-body-signed", ADMITTED, DECODING),
    ("1.8.0 error-empty-values", UNAUTHORIZED, FORMER_500),
    ("1.8.0 error-param-no-equals", UNAUTHORIZED, FORMER_500),
    ("1.8.0 error-scheme-only", UNAUTHORIZED, FORMER_500),
    ("1.8.0 error-trailing-comma", UNAUTHORIZED, FORMER_500),
    ("1.8.0 error-value-with-equals", BAD_SIGNATURE, LATER_EQUALS),
    ("1.8.0 legacy-bad-key", UNAUTHORIZED, NO_FORM),
    ("1.8.0 legacy-no-data", UNAUTHORIZED, NO_FORM),
    ("1.8.0 legacy-no-key", UNAUTHORIZED, NO_FORM),
    ("1.8.0 legacy-ok-default-pickle", UNAUTHORIZED, NO_FORM),
    ("1.8.0 legacy-ok-json", UNAUTHORIZED, NO_FORM),
    ("1.8.0 other-environ-key", UNAUTHORIZED, BOTH_SPELLINGS),
    ("1.8.0 reject-6-decimals", ADMITTED, BOTH_RENDERINGS),
    ("1.8.0 signed-but-bad-json", ADMITTED, DECODING),
    ("1.8.0 x-sentry-auth", ADMITTED, X_SENTRY_AUTH),
];

/// What the clients of every version sign is admitted.
#[tokio::test]
async fn what_every_version_signs_is_admitted_but_for_what_is_listed() {
    let file = django();
    let mut compared = Compared::default();
    for version in VERSIONS {
        for row in rows(&file[format!("django_sentry_{version}")], "signing") {
            let sent = text(row, "timestamp_str");
            let now = time(if sent.contains('e') { "1304559408" } else { sent });
            let (layer, head) = (layer(text(row, "key"), now), post(text(row, "header")));
            let told = ask(&layer, head, text(row, "message").as_bytes()).await;
            compared.note(&format!("{version} {sent}"), ADMITTED, told.outcome());
        }
    }
    compared.agrees_with(SIGNING, 29);
}

const SIGNING: &[Deviation] = &[
    ("1.13.5 1e+12", NO_TIMESTAMP, DECIMAL),
    ("1.7.5 1e+12", NO_TIMESTAMP, DECIMAL),
    ("1.7.5 1e+16", NO_TIMESTAMP, DECIMAL),
    ("1.7.5 9.99999999999e+11", NO_TIMESTAMP, DECIMAL),
    ("1.8.0 1e+12", NO_TIMESTAMP, DECIMAL),
    ("1.8.0 1e+16", NO_TIMESTAMP, DECIMAL),
];

/// What the servers read in a header: followed by a signature and a timestamp that are right, it is admitted if it can be
/// read.
#[tokio::test]
async fn headers_are_read_as_by_every_version_but_for_what_is_listed() {
    let file = django();
    let mut compared = Compared::default();
    for version in VERSIONS {
        for row in rows(&file[format!("django_sentry_{version}")], "parse_auth_header") {
            let header = text(row, "header");
            let says = if row["result"].get("exception").is_some() { (500, "") } else { ADMITTED };
            let credentials = format!("{header}, {SIGNED}");
            let layer = layer("sec1", time("1304559408.12"));
            let told = ask(&layer, post(&credentials), b"eyJtZXNzYWdlIjogImhlbGxvIn0=").await;
            compared.note(&format!("{version} {header}"), says, told.outcome());
        }
    }
    compared.agrees_with(HEADERS, 23);
}

const SIGNED: &str = "sentry_signature=16784916c1619f16a832f43ecbeaaf5567582320, sentry_timestamp=1304559408.12";

const HEADERS: &[Deviation] = &[
    ("1.13.5 Foo a=1", UNAUTHORIZED, WORD),
    ("1.13.5 Sentry a", UNAUTHORIZED, FORMER_500),
    ("1.13.5 Sentry a=1=2", ADMITTED, LATER_EQUALS),
    ("1.7.5 Sentry", UNAUTHORIZED, FORMER_500),
    ("1.7.5 Sentry ", UNAUTHORIZED, FORMER_500),
    ("1.7.5 Sentry a", UNAUTHORIZED, FORMER_500),
    ("1.7.5 Sentry a=1\tb=2", ADMITTED, LATER_EQUALS),
    ("1.7.5 Sentry a=1,,b=2", UNAUTHORIZED, FORMER_500),
    ("1.8.0 Foo a=1", UNAUTHORIZED, WORD),
    ("1.8.0 Sentry", UNAUTHORIZED, FORMER_500),
    ("1.8.0 Sentry ", UNAUTHORIZED, FORMER_500),
    ("1.8.0 Sentry a=\"q,r\"", UNAUTHORIZED, FORMER_500),
    ("1.8.0 Sentry a=1\tb=2", ADMITTED, LATER_EQUALS),
    ("1.8.0 Sentry a=1,,b=2", UNAUTHORIZED, FORMER_500),
    ("1.8.0 Sentry a=1=2", ADMITTED, LATER_EQUALS),
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
        let told = ask(&layer_of(&keys, time(text(row, "now"))), head, text(row, "body").as_bytes()).await;
        compared.note(text(row, "id"), says(&row["expected"]), told.outcome());
    }
    compared.agrees_with(SENTRY_2_0, 11);
}

const SENTRY_2_0: &[Deviation] = &[
    ("future-accepted", BAD_SIGNATURE, FUTURE),
    ("malformed-header", UNAUTHORIZED, FORMER_500),
    ("nan-accepted", NO_TIMESTAMP, DECIMAL),
    ("x-sentry-auth-wins", BAD_REQUEST, BOTH_FIELDS),
];

/// Its clients signed until 1.0; later ones send no signature, and are refused for it.
#[tokio::test]
async fn raven_is_admitted_as_long_as_it_signs() {
    let file = django();
    let keys = [("global", "sec1"), ("pub1", "sec1")];
    let mut told = Vec::new();
    for row in rows(&file, "raven_clients") {
        let body = row["body"].as_str().unwrap_or_default();
        for field in ["x-sentry-auth", "authorization"] {
            let head = Request::post("/store/").header(field, text(row, "header"));
            let answer = ask(&layer_of(&keys, time("1304559408.123456")), head, body.as_bytes()).await;
            told.push((text(row, "raven"), answer.status, answer.body));
        }
    }
    let expected = [("0.5", ADMITTED), ("1.0.4", ADMITTED), ("2.0.12.3", UNAUTHORIZED), ("6.10.0", UNAUTHORIZED)];
    let expected = expected.map(|(raven, (status, body))| (raven, status, body.to_owned()));
    assert_eq!(told, expected.into_iter().flat_map(|row| [row.clone(), row]).collect::<Vec<_>>());
}

/// A form with a nonce that was written and never released.
#[tokio::test]
async fn the_form_that_was_never_released_is_not_accepted() {
    let file = django();
    let [row] = rows(&file, "nonce_variant_sentry_old_25369c0") else { panic!("one row") };
    let credentials = format!(
        "Sentry signature={}, timestamp={}, nonce={}, client=x",
        text(row, "signature_b64"),
        text(row, "timestamp"),
        text(row, "nonce")
    );
    let layer = layer(text(row, "key"), time("1304559408.12"));
    assert_eq!(ask(&layer, post(&credentials), text(row, "data").as_bytes()).await.outcome(), UNAUTHORIZED);
}

/// No section of the file is left out here and in `rendered`.
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
