//! Creating, adding, retiring and listing secrets.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use countersign_core::{SecretStore, Secrets};
use countersign_sqlx::SqliteStore;
use serde_json::json;

use crate::support::Place;

async fn stored(place: &Place, key_id: &str) -> Secrets {
    let store = SqliteStore::open(place.path("auth.sqlite")).await.unwrap();
    let secrets = store.secrets(&key_id.parse().unwrap()).await.unwrap();
    store.close().await;
    secrets
}

async fn newest(place: &Place, key_id: &str) -> Vec<u8> {
    stored(place, key_id).await.iter().next().unwrap().secret().expose_secret().to_vec()
}

#[tokio::test]
async fn a_created_secret_is_alone_on_stdout_and_is_the_one_that_verifies() {
    let place = Place::new();
    let ran = place.run(&["secret", "create", "partner"]);
    let secret = BASE64_STANDARD.decode(ran.succeeded()).unwrap();
    assert_eq!(secret.len(), 32);
    assert_eq!(newest(&place, "partner").await, secret);
    assert!(ran.stderr.contains("It will not be shown again.") && !ran.stderr.contains(ran.succeeded()));

    let hex = place.run(&["secret", "create", "other", "--encoding", "hex", "--label", "first", "--json"]).json();
    assert_eq!((&hex["key_id"], &hex["label"]), (&json!("other"), &json!("first")));
    assert_eq!(hex::decode(hex["secret"].as_str().unwrap()).unwrap(), newest(&place, "other").await);
}

#[test]
fn a_key_that_is_there_is_not_created_again() {
    let place = Place::new();
    place.run(&["secret", "create", "partner"]).succeeded();
    let again = place.run(&["secret", "create", "partner", "--label", "another"]);
    assert!(again.failed().contains("there is a key partner already"));
    assert_eq!(again.stdout, "");
}

#[tokio::test]
async fn secrets_are_added_from_stdin_from_a_file_or_at_random() {
    let place = Place::new();
    let add = |more: &[&str], stdin: &str| {
        place.run_with(&[&["secret", "add", "partner", "--label"], more].concat(), stdin).succeeded().to_owned()
    };
    assert_eq!(add(&["1", "--from-stdin"], "a secret of theirs\n"), "added secret 1 to key partner");
    assert_eq!(newest(&place, "partner").await, b"a secret of theirs");
    add(&["2", "--from-stdin", "--encoding", "hex"], &"00ff".repeat(8));
    assert_eq!(newest(&place, "partner").await, [0, 255].repeat(8));
    std::fs::write(place.path("secret.txt"), "all of its bytes\n").unwrap();
    add(&["3", "--from-file", "secret.txt", "--encoding", "raw"], "");
    assert_eq!(newest(&place, "partner").await, b"all of its bytes\n");
    let printed = add(&["4"], "");
    assert_eq!(newest(&place, "partner").await, BASE64_STANDARD.decode(printed).unwrap());
    assert_eq!(stored(&place, "partner").await.iter().count(), 4);
}

#[tokio::test]
async fn what_cannot_be_a_secret_is_refused_and_nothing_is_stored() {
    let place = Place::new();
    let add = |more: &[&str], stdin: &str| {
        place.run_with(&[&["secret", "add", "partner", "--label", "1"], more].concat(), stdin)
    };
    assert!(add(&["--from-stdin"], "\n").failed().contains("must not be empty"));
    let bad = add(&["--from-stdin", "--encoding", "base64"], "n0 base64!");
    assert!(bad.failed().contains("is not base64") && !bad.stderr.contains("n0"));
    assert!(add(&["--from-file", "missing.txt"], "").failed().contains("missing.txt could not be opened"));
    assert!(add(&["--encoding", "raw"], "").misused().contains("base64 or hex"));
    assert!(add(&["--not-after", "2020-01-01"], "").misused().contains("would never verify"));
    assert_eq!(add(&["--from-stdin", "--from-file", "x"], "s").code, 2);
    assert!(stored(&place, "partner").await.is_empty());
}

#[test]
fn a_short_secret_and_one_too_many_are_worth_a_warning() {
    let place = Place::new();
    let add = |label: &str, secret: &str| {
        place.run_with(&["secret", "add", "partner", "--from-stdin", "--label", label], secret)
    };
    assert!(add("1", "short").stderr.contains("fewer than 16 bytes"));
    for label in ["2", "3", "4"] {
        assert_eq!(add(label, "a secret that is long enough").stderr, "");
    }
    let fifth = add("5", "a secret that is long enough");
    fifth.succeeded();
    assert!(fifth.stderr.contains("5 live secrets, of which the newest 4 are tried"), "{fifth:?}");
    assert!(add("5", "another secret, of that label").failed().contains("has a secret 5 already"));
}

#[test]
fn the_last_secret_is_not_retired_by_accident() {
    let place = Place::new();
    place.run(&["secret", "create", "partner", "--label", "old"]).succeeded();
    place.run(&["secret", "add", "partner", "--label", "later", "--not-before", "2100-01-01"]).succeeded();
    let last = place.run(&["secret", "retire", "partner", "old"]);
    assert!(last.failed().contains("the last one of key partner that verifies"), "later does not verify yet");
    place.run(&["secret", "retire", "partner", "later"]).succeeded();
    place.run(&["secret", "retire", "partner", "old"]).failed();

    place.run(&["secret", "add", "partner", "--label", "new"]).succeeded();
    let retired = place.run(&["secret", "retire", "partner", "old", "--json"]);
    assert_eq!(retired.json(), json!({"key_id": "partner", "label": "old", "remaining": 1}));
    assert!(place.run(&["secret", "retire", "partner", "old"]).failed().ends_with("has no secret old; it has new"));
    place.run(&["secret", "retire", "partner", "new", "--force"]).succeeded();
    assert!(place.run(&["secret", "retire", "partner", "new"]).failed().contains("there is no key partner"));
}

#[test]
fn secrets_are_listed_without_themselves() {
    let place = Place::new();
    let secret = place.run(&["secret", "create", "partner", "--label", "old"]).succeeded().to_owned();
    let window = ["--not-before", "2100-01-01", "--not-after", "2100-06-30T12:00:00Z"];
    place.run(&[&["secret", "add", "partner", "--label", "new"], &window[..]].concat()).succeeded();
    place.run(&["secret", "create", "another", "--label", "only"]).succeeded();

    let listed = place.run(&["secret", "list", "--json"]);
    assert!(!listed.stdout.contains(&secret));
    let version = |label: &str, state: &str, from: Option<&str>, to: Option<&str>| json!({"label": label, "state": state, "not_before": from, "not_after": to, "last_matched": null});
    let partner = json!({"key_id": "partner", "versions": [
        version("new", "not-yet-valid", Some("2100-01-01T00:00:00Z"), Some("2100-06-30T12:00:00Z")),
        version("old", "active", None, None),
    ]});
    let another = json!({"key_id": "another", "versions": [version("only", "active", None, None)]});
    assert_eq!(listed.json(), json!([another, partner]));
    assert_eq!(place.run(&["secret", "list", "partner", "--json"]).json(), json!([partner]));
    assert_eq!(place.run(&["secret", "list", "--quiet"]).succeeded(), "another\npartner");
    assert!(place.run(&["secret", "list", "nobody"]).failed().contains("there is no key nobody"));
    let table = place.run(&["secret", "list", "partner"]);
    let lines: Vec<Vec<&str>> = table.succeeded().lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[1], ["partner", "new", "not-yet-valid", "2100-01-01", "00:00", "2100-06-30", "12:00", "-"]);
    assert_eq!(lines[2], ["partner", "old", "active", "-", "-", "-"]);
}
