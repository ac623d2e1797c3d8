//! Sentry's web API: its bearer tokens.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use countersign::bearer::SentryApiRejection;
use countersign::gate::{OrganisationNames, Origins};
use countersign::{BearerTokenLayer, ManualClock, MemoryStore, OrganisationLayer, OriginLayer, TokenInfo};
use countersign_tests::{Compared, Deviation};
use http::{Request, header};
use serde_json::Value;
use tower::Layer as _;

use crate::asking::{ask, ask_within, rows, status, text, value};

fn file() -> Value {
    serde_json::from_str(include_str!("../../vectors/sentry-dev-toolbar.json")).unwrap()
}

/// 2024-09-01T12:00:00Z, as the file has it.
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_725_192_000)
}

fn hex(digit: &str) -> String {
    digit.repeat(64)
}

/// What the rows are about. The token of an application that is not active (64 `f`) is left out: a store says who may come
/// in.
fn store() -> MemoryStore {
    let second = Duration::from_secs(1);
    let user = || TokenInfo::new("user");
    let org = || TokenInfo::new("org:acme").with_format("sentry_org");
    MemoryStore::new()
        .with_token(&hex("0"), user())
        .with_token(&hex("1"), user().with_client_id("toolbar").with_organisation("acme"))
        .with_token(&hex("2"), user().with_client_id("toolbar").with_organisation("gone"))
        .with_token(&format!("sntryu_{}", hex("a")), user())
        .with_token(&format!("sntryu_{}", hex("b")), user().with_expires_at(now()))
        .with_token(&format!("sntryu_{}", hex("d")), user().with_expires_at(now() + second))
        .with_token("sntrys_abc123_xyz", org())
        .with_token("sntrys_dead_xyz", org().with_revoked_at(now()))
}

fn layer() -> BearerTokenLayer {
    BearerTokenLayer::new(store()).with_clock(ManualClock::new(now())).with_rejection(SentryApiRejection::new())
}

/// Only tokens that are bound to an organisation are kept to its routes there. `gone` has been deleted.
fn organisations() -> OrganisationLayer {
    let acme = OrganisationNames::new().with_id(1).with_slug("acme");
    OrganisationLayer::for_path("/api/0/organizations/{org}".parse().unwrap())
        .with_organisations(HashMap::from([("acme".to_owned(), acme)]))
        .with_other_paths(["/api/0/organizations/"])
        .with_insecure_unbound_tokens()
        .with_rejection(SentryApiRejection::new())
}

fn origins() -> OriginLayer {
    let toolbar = Origins::none().with("https://acme.example".parse().unwrap());
    OriginLayer::new(HashMap::from([("toolbar".to_owned(), toolbar)])).with_rejection(SentryApiRejection::new())
}

async fn compare(file: &Value) -> Compared {
    let mut compared = Compared::default();
    for row in rows(file, "bearer") {
        let (request, expected) = (&row["request"], &row["expected"]);
        let credentials = request["authorization"].as_str();
        let mut head = Request::get(text(request, "path"));
        for (name, field) in [(header::AUTHORIZATION, credentials), (header::ORIGIN, request["origin"].as_str())] {
            head = field.into_iter().fold(head, |head, field| head.header(&name, value(field)));
        }
        let told = ask_within(&layer(), |inner| organisations().layer(origins().layer(inner)), head).await;
        let detail = |body: &Value| body["detail"].as_str().or(body.as_str()).unwrap_or_default().to_owned();
        let (says, comes) = (detail(&expected["body"]), detail(&serde_json::from_str(&told.body).unwrap_or_default()));
        if status(expected) == told.status {
            assert_eq!(told.field("www-authenticate"), expected["www_authenticate"].as_str(), "{row}");
        }
        if told.status != 200 {
            assert_eq!(told.field("content-type"), Some("application/json"));
        }
        compared.note(text(row, "id"), (status(expected), &says), (told.status, &comes));
    }
    compared
}

const ADMITTED: (u16, &str) = (200, "");
const INVALID: (u16, &str) = (401, "Invalid token");

const APPLICATIONS: &str = "a store that knows applications leaves out the tokens of those that are not active";
const BY_ID: &str = "the right organisation by its id: the row comes of comparing a number with a text";
const KINDS: &str = "what an unknown token looked like is told to nobody";

const STRICT: &[Deviation] = &[
    ("inactive-application", INVALID, APPLICATIONS),
    ("org-token-unknown", INVALID, KINDS),
    ("scoped-right-org-by-numeric-id", ADMITTED, BY_ID),
];

#[tokio::test]
async fn every_row_comes_out_as_in_sentry_but_for_what_is_listed() {
    compare(&file()).await.agrees_with(STRICT, 22);
}

#[tokio::test]
#[should_panic(expected = "deviates and is not listed")]
async fn another_outcome_than_a_row_says_is_noticed() {
    let mut file = file();
    let row = file["bearer"].as_array_mut().unwrap().iter_mut().find(|row| row["id"] == "scoped-wrong-org").unwrap();
    row["expected"]["status"] = 200.into();
    compare(&file).await.agrees_with(STRICT, 22);
}

#[tokio::test]
async fn what_sentry_has_no_answer_for_has_the_status_of_the_layer() {
    for (credentials, status, detail) in [
        (&["Bearer a", "Bearer a"][..], 400, "Bad Request"),
        (&[&*format!("Bearer {}", "a".repeat(9000))], 431, "Request Header Fields Too Large"),
    ] {
        let head = credentials.iter().fold(Request::get("/"), |head, field| head.header("authorization", *field));
        let told = ask(&layer(), head).await;
        assert_eq!((told.status, &*told.body), (status, &*format!(r#"{{"detail":"{detail}"}}"#)));
    }
}
