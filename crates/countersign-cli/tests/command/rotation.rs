//! Giving a key another secret, and ending the older ones when nobody uses them any more.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

use crate::support::{PROGRAM, Place, Ran};

const A_DAY: Duration = Duration::from_secs(86_400);
const AN_HOUR: Duration = Duration::from_secs(3_600);

/// A key with a secret `old`.
fn place() -> Place {
    let place = Place::new();
    place.run(&["secret", "create", "partner", "--label", "old"]).succeeded();
    place
}

fn labels(place: &Place) -> Vec<String> {
    let listed = place.run(&["secret", "list", "partner", "--json"]).json();
    let versions = listed[0]["versions"].as_array().unwrap().clone();
    versions.iter().map(|version| version["label"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_rotated_key_has_a_new_secret_and_says_what_to_do_next() {
    let place = place();
    let rotated = place.run(&["secret", "rotate", "partner", "--label", "new"]);
    assert_eq!(rotated.succeeded().len(), 44, "32 bytes in base64");
    assert!(rotated.stderr.contains("It will not be shown again."));
    assert!(
        rotated.stderr.contains("(old) verify until they are retired: `countersign secret drain partner`"),
        "{rotated:?}"
    );
    assert_eq!(labels(&place), ["new", "old"]);

    let again = place.run(&["secret", "rotate", "partner", "--label", "new"]);
    assert!(again.failed().contains("has a secret new already"));
    let document = place.run(&["secret", "rotate", "partner", "--encoding", "hex", "--json"]).json();
    assert_eq!((&document["key_id"], document["secret"].as_str().unwrap().len()), (&json!("partner"), 64));
    place.run(&["secret", "rotate", "partner"]).succeeded();
    let labels = labels(&place);
    assert_eq!(labels[0], format!("{}-2", labels[1]), "the date, and a number");

    let fifth = place.run(&["secret", "rotate", "partner"]);
    assert!(fifth.failed().contains("4 live secrets, and no more than 4 are tried"));
    assert!(place.run(&["secret", "rotate", "nobody"]).failed().contains("there is no key nobody"));
    assert!(place.run(&["secret", "rotate", "partner", "--give-up-after", "1h"]).misused().contains("--wait-drained"));
}

#[test]
fn an_overlap_ends_the_older_secrets() {
    let place = place();
    place.run(&["secret", "add", "partner", "--label", "ends", "--not-after", "2099-01-01"]).succeeded();
    let rotated = place.run(&["secret", "rotate", "partner", "--label", "new", "--overlap", "30d"]);
    rotated.succeeded();
    assert!(rotated.stderr.contains("until they are retired, and not after 20"), "{rotated:?}");
    let listed = place.run(&["secret", "list", "partner", "--json"]).json();
    let ends: Vec<_> = listed[0]["versions"].as_array().unwrap().iter().map(|version| &version["not_after"]).collect();
    assert!(ends[0].is_null() && ends[1].is_string() && ends[1] == ends[2], "{ends:?}");
}

#[test]
fn a_secret_that_matched_not_long_ago_is_retired_only_by_force() {
    let place = place();
    place.run(&["secret", "rotate", "partner", "--label", "new"]).succeeded();
    place.matched("partner", "old", AN_HOUR * 3);
    let refused = place.run(&["secret", "retire", "partner", "old"]);
    assert!(refused.failed().contains("secret old of key partner is still in use: it last matched at "), "{refused:?}");
    assert!(refused.stderr.contains(", 3 hours ago; ") && refused.stdout.is_empty());
    place.run(&["secret", "retire", "partner", "old", "--json"]).failed();
    assert_eq!(labels(&place), ["new", "old"]);

    let retired = place.run(&["secret", "retire", "partner", "old", "--quiet-for", "2h"]);
    assert_eq!(retired.succeeded(), "retired secret old of key partner, which has 1 more");
    place.run(&["secret", "rotate", "partner", "--label", "newer"]).succeeded();
    place.matched("partner", "new", Duration::ZERO);
    place.run(&["secret", "retire", "partner", "new"]).failed();
    place.run(&["secret", "retire", "partner", "new", "--force"]).succeeded();
    assert_eq!(labels(&place), ["newer"]);
}

#[test]
fn after_a_quiet_day_a_secret_is_retired_and_where_nothing_is_known_that_is_said() {
    let place = place();
    place.run(&["secret", "rotate", "partner", "--label", "new"]).succeeded();
    place.matched("partner", "old", A_DAY + AN_HOUR);
    let retired = place.run(&["secret", "retire", "partner", "old"]);
    assert!(retired.succeeded().starts_with("retired secret old") && retired.stderr.is_empty());
    place.run(&["secret", "rotate", "partner", "--label", "newer"]).succeeded();
    let unknown = place.run(&["secret", "retire", "partner", "new"]);
    unknown.succeeded();
    assert_eq!(unknown.stderr, "Nothing is known of when secret new last matched: servers record that `with_usage`.\n");
}

#[test]
fn lists_say_when_a_version_last_matched() {
    let place = place();
    place.matched("partner", "old", A_DAY);
    let listed = place.run(&["secret", "list", "--json"]).json();
    assert!(listed[0]["versions"][0]["last_matched"].as_str().unwrap().ends_with('Z'), "{listed}");
    let table = place.run(&["secret", "list"]);
    let lines: Vec<&str> = table.succeeded().lines().collect();
    assert!(lines[0].ends_with("LAST MATCHED") && !lines[1].ends_with('-'), "{lines:?}");
}

#[test]
fn older_secrets_are_drained_together_once_all_are_quiet_and_the_newest_is_in_use() {
    let place = place();
    for label in ["mid", "new"] {
        place.run(&["secret", "rotate", "partner", "--label", label]).succeeded();
    }
    let drain = |more: &[&str]| place.run(&[&["secret", "drain", "partner"], more].concat());
    place.matched("partner", "old", A_DAY * 9);
    place.matched("partner", "mid", AN_HOUR);
    let used = drain(&["--give-up-after", "0s"]);
    assert!(used.failed().contains("nothing was retired: secret mid last matched at"), "{used:?}");
    let unseen = drain(&["--give-up-after", "0s", "--quiet-for", "30m"]);
    assert!(unseen.failed().contains("the newest secret, new, has not matched yet"), "{unseen:?}");
    place.matched("partner", "new", Duration::ZERO);
    let drained = drain(&["--quiet-for", "30m", "--json"]).json();
    assert_eq!(drained, json!({"key_id": "partner", "retired": ["mid", "old"], "remaining": ["new"]}));
    assert_eq!(drain(&[]).succeeded(), "key partner has no older secret");
    assert!(place.run(&["secret", "drain", "nobody"]).failed().contains("there is no key nobody"));
}

#[test]
fn rotating_and_draining_in_one_waits_for_the_new_secret_to_match() {
    let place = place();
    place.matched("partner", "old", A_DAY * 2);
    let mut command = place.command(PROGRAM);
    command.args(["secret", "rotate", "partner", "--label", "new", "--wait-drained", "--quiet-for", "1s", "--json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(stderr.any(|line| line.contains("Waiting: the newest secret, new, has not matched yet")), "it waits");
    assert_eq!(labels(&place), ["new", "old"]);
    place.matched("partner", "new", Duration::ZERO);
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
    let mut documents = serde_json::Deserializer::from_str(&ran.stdout).into_iter::<serde_json::Value>();
    assert_eq!(documents.next().unwrap().unwrap()["label"], "new");
    assert_eq!(documents.next().unwrap().unwrap()["retired"], json!(["old"]));
    assert_eq!(labels(&place), ["new"]);
}
