//! Which origins Sentry's applications have, row by row; see `vectors/README.md`.

use countersign::gate::{Origin, Origins};
use countersign_tests::{Compared, Deviation};
use serde_json::Value;

fn file() -> Value {
    serde_json::from_str(include_str!("../../vectors/sentry-dev-toolbar.json")).unwrap()
}

/// Holds what a page's origin comes to against the rows: 200 where it is allowed, 403 where it is not, 500 where the original
/// breaks off.
fn compare(file: &Value, section: &str, allowed: &str, asked: &str) -> Compared {
    let mut compared = Compared::default();
    for row in file[section].as_array().unwrap() {
        let texts = row[allowed].as_array().unwrap().iter().map(|text| text.as_str().unwrap());
        // What is no origin cannot be registered.
        let origins: Origins = texts.clone().filter_map(|text| text.parse().ok()).collect();
        let asked = row[asked].as_str().unwrap();
        let comes = asked.parse::<Origin>().is_ok_and(|origin| origins.contains(&origin));
        let says = match &row["result"] {
            Value::Bool(true) => 200,
            Value::Bool(false) => 403,
            _ => 500,
        };
        let name = format!("{asked} of {}", texts.collect::<Vec<_>>().join(" "));
        compared.note(&name, (says, ""), (if comes { 200 } else { 403 }, ""));
    }
    compared
}

const REFUSED: (u16, &str) = (403, "");
const ALLOWED: (u16, &str) = (200, "");

const CASE: &str = "a host is one whatever its case, on both sides";
const NO_CRASH: &str = "what is no origin, or has none, is refused";
const NO_PATH: &str = "an origin has no path, and what has one cannot be registered";
const NO_SCHEME: &str = "an origin has a scheme: a page that came over http is not the one that came over https";
const WILDCARD: &str = "an origin is one: hosts below another are named as such, not by a pattern";

const ORIGIN: &[Deviation] = &[
    ("http://example.com of HTTP://EXAMPLE.COM", ALLOWED, CASE),
    ("http://example.com:8000 of example.com:8000", REFUSED, NO_SCHEME),
    ("http://sub.example.com of *.example.com", REFUSED, WILDCARD),
];

const REFERRER: &[Deviation] = &[
    ("http://localhost:5173/ of localhost:5173", REFUSED, NO_SCHEME),
    ("https://example.com of https://example.com/path?x=1", REFUSED, NO_PATH),
    ("https://example.com:443 of example.com:443", REFUSED, NO_SCHEME),
    ("https://example.com:abc of example.com:80", REFUSED, NO_CRASH),
    ("https://foo.example.com of .example.com", REFUSED, WILDCARD),
    ("https://localhost of *.example.com", REFUSED, NO_CRASH),
];

#[test]
fn an_origin_is_allowed_as_in_sentry_but_for_what_is_listed() {
    compare(&file(), "cors_is_valid_origin", "allowed", "origin").agrees_with(ORIGIN, 9);
}

#[test]
fn a_referrer_is_allowed_as_by_the_toolbar_but_for_what_is_listed() {
    compare(&file(), "toolbar_is_origin_allowed", "allowed_origins", "referrer").agrees_with(REFERRER, 13);
}

#[test]
#[should_panic(expected = "deviates and is not listed")]
fn another_outcome_than_a_row_says_is_noticed() {
    let mut file = file();
    file["cors_is_valid_origin"][0]["result"] = true.into();
    compare(&file, "cors_is_valid_origin", "allowed", "origin").agrees_with(ORIGIN, 9);
}

#[test]
fn hosts_below_another_are_allowed_as_in_sentry_where_they_are_named() {
    let below = Origins::none().with_insecure_subdomains_of("http://example.com".parse().unwrap());
    for row in file()["cors_is_valid_origin"].as_array().unwrap() {
        if row["allowed"][0] == "*.example.com" {
            let origin = row["origin"].as_str().unwrap().parse().unwrap();
            assert_eq!(below.contains(&origin), row["result"].as_bool().unwrap(), "{row}");
        }
    }
}
