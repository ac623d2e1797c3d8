//! Requests that do not verify, as they were kept: what was changed is named, and nothing secret is.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{PROGRAM, Place, Ran};

const SECRET: &str = "a secret of theirs";
/// Of `{"action":"opened"}`.
const SIGNATURE: &str = "03e6d6641418745a641299b5b71af8e3c063cb249a5d9d910d89707af88164eb";
/// What nobody may learn here: the signature of the same with a blank in it.
const RIGHT_FOR_SPACED: &str = "25ceda1c24cbb3016cd6ff114f449d2d19bd942694de32afca3555645c5446f0";
const COMPACT: &str = r#"{"action":"opened"}"#;
const SPACED: &str = r#"{"action": "opened"}"#;

/// A GitHub webhook as it stands on a socket.
pub(crate) fn request(body: &str) -> String {
    format!("POST /hook HTTP/1.1\r\nHost: example.com\r\nX-Hub-Signature-256: sha256={SIGNATURE}\r\n\r\n{body}")
}

/// The same as browsers keep it, behind another.
pub(crate) fn har(body: &str) -> String {
    let entry = |post_data: Value| {
        json!({"request": {
            "method": "POST", "url": "https://example.com/hook", "httpVersion": "HTTP/2",
            "headers": [
                {"name": ":authority", "value": "example.com"},
                {"name": "x-hub-signature-256", "value": format!("sha256={SIGNATURE}")},
            ],
            "postData": post_data,
        }})
    };
    let entries = [
        entry(json!({"mimeType": "application/json", "text": body})),
        entry(json!({"text": STANDARD.encode(body), "encoding": "base64"})),
        entry(json!({"params": []})),
    ];
    json!({"log": {"version": "1.2", "entries": entries}}).to_string()
}

fn curl(body: &str) -> String {
    format!(
        "curl -sS 'https://example.com/hook' \\\n  -H 'X-Hub-Signature-256: sha256={SIGNATURE}' --data-raw '{body}'"
    )
}

fn explain(place: &Place, input: &str, more: &[&str]) -> Ran {
    fs::write(place.path("input"), input).unwrap();
    let arguments = [&["explain", "input", "--scheme", "github", "--secret-env", "SECRET"], more].concat();
    Ran::of(place.command(PROGRAM).args(arguments).env("SECRET", SECRET))
}

fn first(ran: &Ran) -> Value {
    ran.document()["findings"][0].clone()
}

#[test]
fn a_request_is_read_in_every_form() {
    let place = Place::empty();
    type Form<'a> = (fn(&str) -> String, &'a [&'a str]);
    let inputs: [Form<'_>; 4] = [(request, &[]), (har, &["--entry", "0"]), (har, &["--entry", "1"]), (curl, &[])];
    for (input, more) in inputs {
        let right = explain(&place, &input(COMPACT), more);
        assert_eq!(right.succeeded().lines().next(), Some("The request verifies (GitHub)."));
        let changed = explain(&place, &input(SPACED), more);
        assert_eq!((changed.code, &*changed.stderr), (1, ""), "{changed:?}");
        for part in [
            "[json-compact]",
            "body, signed:   {\"action\":\"opened\"}",
            "body, arrived:  {\"action\": \"opened\"}",
            "read the raw bytes",
        ] {
            assert!(changed.stdout.contains(part), "{part}: {}", changed.stdout);
        }
        let document = explain(&place, &input(SPACED), &[more, &["--json"]].concat());
        assert_eq!(document.code, 1);
        assert_eq!(first(&document)["finding"], "mismatch");
        assert_eq!(first(&document)["changes"][0]["name"], "json-compact");
        assert_eq!(document.document()["verifies"], false);
    }
    let other = explain(&place, &request("something else"), &["--json"]);
    assert_eq!((other.code, other.document()["findings"].clone()), (1, json!([])));
}

#[test]
fn a_request_comes_from_stdin_too() {
    let place = Place::empty();
    fs::write(place.path("secret"), format!("{SECRET}\n")).unwrap();
    let arguments = ["explain", "-", "--scheme", "github", "--secret-file", "secret", "--json"];
    assert_eq!(place.run_with(&arguments, &request(COMPACT)).json()["verifies"], true);
    // All of what is in the file: the line end belongs to the secret then, and should not.
    let raw = place.run_with(&[&arguments[..], &["--encoding", "raw"]].concat(), &request(COMPACT));
    assert_eq!(first(&raw)["changes"][0]["name"], "secret-trimmed");
}

#[test]
fn what_an_editor_left_behind_the_body_is_said() {
    let place = Place::empty();
    let with_length = request(COMPACT).replace("\r\n\r\n", "\r\nContent-Length: 19\r\n\r\n") + "\n";
    let ran = explain(&place, &with_length, &[]);
    assert!(ran.succeeded().contains("verifies") && ran.stderr.contains("the line end behind the body was left out"));
    let without = explain(&place, &(request(COMPACT) + "\n"), &["--json"]);
    assert_eq!(first(&without)["changes"][0]["name"], "body-no-final-newline");
}

#[test]
fn the_layers_configuration_is_taken_into_account() {
    let place = Place::empty();
    fs::write(place.path("secret"), SECRET).unwrap();
    let signed = [
        "sign",
        "--scheme",
        "hubspot",
        "POST",
        "https://example.com/api/hook",
        "--data",
        "{}",
        "--secret-file",
        "secret",
    ];
    let curl = place.run(&signed).succeeded().to_owned();
    let said = |command: &str, more: &[&str]| {
        let arguments = ["explain", "-", "--scheme", "hubspot", "--secret-file", "secret", "--json"];
        place.run_with(&[&arguments[..], more].concat(), command)
    };
    assert_eq!(said(&curl, &[]).json()["findings"], json!([{"finding": "replay_unknown"}]));
    let arrived = curl.replace("https://example.com/api/hook", "http://10.0.0.7:3000/hook");
    assert_ne!(arrived, curl);
    assert_eq!(said(&arrived, &[]).document()["findings"], json!([]));
    let found = said(&arrived, &["--host", "example.com", "--prefix", "/api"]);
    let names: Vec<_> =
        first(&found)["changes"].as_array().unwrap().iter().map(|change| change["name"].clone()).collect();
    assert_eq!(names, ["scheme-other", "authority-other", "path-prefix"]);
    assert_eq!(first(&found)["public_url"], "https://example.com/api");
    assert_eq!(said(&arrived, &["--public-url", "https://example.com/api"]).json()["verifies"], true);
    let late = said(&curl, &["--now", "2100-01-01"]);
    assert_eq!((late.code, first(&late)["kind"].clone()), (1, json!("Stale")));
    let patient = said(&curl, &["--now", "2100-01-01", "--leeway", "100y", "1m"]);
    assert_eq!(patient.json()["verifies"], true);
    assert_eq!(said(&curl, &["--leeway", "1m"]).code, 2);
}

#[test]
fn the_store_is_asked_where_no_secret_is_given() {
    let place = Place::new();
    place.run_with(&["secret", "add", "github", "--label", "first", "--from-stdin"], SECRET).succeeded();
    let explain = |body: &str, more: &[&str]| {
        place.run_with(&[&["explain", "-", "--scheme", "github", "--json"], more].concat(), &request(body))
    };
    assert_eq!(explain(COMPACT, &[]).json()["verifies"], true);
    let changed = explain(SPACED, &[]);
    assert_eq!((changed.code, first(&changed)["secret_label"].clone()), (1, json!("first")));
    let unknown = explain(COMPACT, &["--key-id", "other"]);
    assert_eq!((unknown.code, first(&unknown)["kind"].clone()), (1, json!("UnknownKey")));
}

#[test]
fn what_cannot_be_tried_is_bad_input() {
    let place = Place::empty();
    let har = har(COMPACT);
    for (input, more, why) in [
        ("", &[][..], "no HTTP/1.1 request"),
        ("hello", &[], "no HTTP/1.1 request"),
        ("POST / HTTP/1.1\nbad field\n\n", &[], "no HTTP/1.1 request"),
        ("{}", &[], "no HAR file"),
        ("{\"log\":{\"entries\":[]}}", &[], "no requests"),
        (&har, &[], "say which with --entry 0 to 2"),
        (&har, &["--entry", "3"], "the last is --entry 2"),
        (&har, &["--entry", "2"], "not its bytes"),
        (&request(COMPACT), &["--entry", "0"], "for HAR files"),
        (&request(COMPACT), &["--kind", "har"], "no HAR file"),
        (&request(COMPACT), &["--scheme", "githup"], "there is no scheme"),
        (&request(COMPACT), &["--scheme", "sigv4"], "needs a region and a service"),
        (&request(COMPACT), &["--secret-env", "NOT_SET"], "is not set"),
        (&request(COMPACT), &["--secret-file", "missing"], "could not be opened"),
        ("curl https://a/ -F a=b", &[], "-F is not understood"),
        ("curl 'https://a/", &[], "is all of it there?"),
    ] {
        fs::write(place.path("input"), input).unwrap();
        let scheme: &[&str] = if more.contains(&"--scheme") { &[] } else { &["--scheme", "github"] };
        let arguments = [&["explain", "input", "--secret-env", "SECRET"], scheme, more].concat();
        let ran = Ran::of(place.command(PROGRAM).args(arguments).env("SECRET", SECRET));
        assert!(ran.misused().contains(why), "{why}: {ran:?}");
        assert_eq!(ran.stdout, "");
    }
    let missing = place.run(&["explain", "nothing.http", "--scheme", "github", "--secret-env", "PATH"]);
    assert!(missing.misused().contains("nothing.http could not be opened"));
}

#[test]
fn neither_secrets_nor_signatures_are_printed() {
    let place = Place::empty();
    let body = format!("{{\"leak\": \"{SECRET}\", \"signature\": \"{SIGNATURE}\"}}");
    for body in [SPACED, COMPACT, "something else", &body] {
        for more in [&[][..], &["--json"], &["--quiet"]] {
            let ran = explain(&place, &request(body), more);
            assert!(!leaks(&ran), "{ran:?}");
        }
    }
    let printed = Ran { code: 0, stdout: format!("it was {SECRET}"), stderr: String::new() };
    assert!(leaks(&printed), "the check itself must be able to fail");
}

fn leaks(ran: &Ran) -> bool {
    [SECRET, SIGNATURE, RIGHT_FOR_SPACED].iter().any(|text| ran.stdout.contains(text) || ran.stderr.contains(text))
}
