//! Whether a string is a well-formed token.

use serde_json::json;

use crate::support::Place;

#[test]
fn a_token_is_read_from_stdin_or_taken_as_an_argument() {
    let place = Place::new();
    let (token, _) = place.issue("ada", &["--prefix", "acme"]);
    let said = "well formed: prefix_checksum with the prefix acme; the checksum holds";
    assert_eq!(place.run_with(&["token", "check"], &format!("{token}\n")).succeeded(), said);
    assert_eq!(place.run_with(&["token", "check", "-"], &token).succeeded(), said);
    assert_eq!(place.run(&["token", "check", &token]).succeeded(), said);
    let quiet = place.run(&["token", "check", "--quiet", &token]);
    assert_eq!((quiet.succeeded(), &*quiet.stderr), ("", ""));
}

#[test]
fn no_store_is_asked() {
    let place = Place::empty();
    assert_eq!(place.run(&["token", "check", &"a1".repeat(20)]).code, 0);
    assert!(std::fs::read_dir(place.path("")).unwrap().next().is_none());
}

#[test]
fn every_format_is_recognised() {
    let place = Place::new();
    for (format, seen) in [
        ("kallithea", json!([{"format": "kallithea", "prefix": null}, {"format": "legacy_sha1", "prefix": null}])),
        ("sentry_user", json!([{"format": "sentry_user", "prefix": null}])),
        ("sentry_org:acme,https://sentry.example", json!([{"format": "sentry_org", "prefix": null}])),
        ("vendor_checksum:rbp", json!([{"format": "vendor_checksum", "prefix": "rbp"}])),
    ] {
        let (token, _) = place.issue("ada", &["--format", format]);
        let checked = place.run_with(&["token", "check", "--json"], &token);
        assert_eq!(checked.json(), json!({"well_formed": true, "formats": seen}), "{format}");
    }
}

#[test]
fn what_is_not_well_formed_is_refused_with_a_reason_and_not_repeated() {
    let place = Place::new();
    let (token, _) = place.issue("ada", &["--prefix", "acme"]);
    let mistyped = format!("{}{}", &token[..token.len() - 1], if token.ends_with('0') { '1' } else { '0' });
    for (text, why) in [
        ("", "it is empty"),
        (&*mistyped, "its checksum is wrong"),
        (&token[..30], "is all of it there?"),
        (&*format!("{token}\n{token}"), "blanks or line ends"),
        (&*format!("Bearer {token}"), "blanks or line ends"),
        ("öäü", "no known format"),
    ] {
        let ran = place.run_with(&["token", "check"], text);
        assert!(ran.failed().starts_with("error: not well formed: ") && ran.stderr.contains(why), "{why}: {ran:?}");
        assert!(text.is_empty() || !ran.stderr.contains(text.trim()));
        let ran = place.run_with(&["token", "check", "--json"], text);
        assert_eq!((ran.code, ran.document()), (1, json!({"well_formed": false, "formats": []})));
    }
}

#[test]
fn a_format_can_be_asked_for() {
    let place = Place::new();
    let (token, _) = place.issue("ada", &["--prefix", "acme"]);
    place.run(&["token", "check", "--prefix", "acme", &token]).succeeded();
    let other = place.run(&["token", "check", "--prefix", "other", &token]);
    assert!(other.failed().contains("another format, or has another prefix"));
    place.run(&["token", "check", "--format", "kallithea", &token]).failed();
}

#[test]
fn what_is_too_many_is_not_repeated() {
    let ran = Place::empty().run(&["token", "check", "one-secret", "two-secret"]);
    assert_eq!(ran.misused(), "error: one token at a time");
}
