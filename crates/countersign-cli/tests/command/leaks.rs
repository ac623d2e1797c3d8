//! What is secret is printed once, where it was asked for, and nowhere else.

use std::fs;

use crate::support::{Place, Ran};

/// Runs all there is, with and against the rules; everything that was said but the printing of what is new.
fn everything(place: &Place, token: &str, id: &str, secret: &str) -> Vec<Ran> {
    let said = |arguments: &[&str]| place.run(arguments);
    vec![
        said(&["token", "list"]),
        said(&["token", "list", "--json"]),
        said(&["token", "show", id]),
        said(&["token", "show", id, "--json"]),
        // A token where an id belongs.
        said(&["token", "show", token]),
        said(&["token", "rotate", token]),
        said(&["token", "revoke", token]),
        said(&["token", "revoke", token, "--json"]),
        said(&["token", "check", token]),
        said(&["token", "check", &format!("{token}x")]),
        said(&["token", "check", token, token]),
        said(&["token", "check", "--prefix", "other", token]),
        place.run_with(&["token", "check"], &format!("x{token}")),
        place.run_with(&["token", "import", "--from", "djblets", "-"], token),
        place.run_with(
            &["token", "import", "--from", "kallithea", "-"],
            &format!("user_id,api_key\n{token}\n,{token}\n"),
        ),
        said(&["token", "revoke", id]),
        said(&["token", "prune", "--older-than", "0s", "--yes"]),
        said(&["secret", "list"]),
        said(&["secret", "list", "--json"]),
        said(&["secret", "create", "partner"]),
        place.run_with(&["secret", "add", "partner", "--label", "again", "--from-stdin"], secret),
        place.run_with(&["secret", "add", "partner", "--label", "again", "--from-stdin"], secret),
        place.run_with(&["secret", "add", "partner", "--label", "bad", "--from-stdin", "--encoding", "hex"], secret),
        said(&["secret", "rotate", "partner", "--label", "next", "--overlap", "1h"]),
        said(&["secret", "rotate", "partner", "--label", "next"]),
        said(&["secret", "drain", "partner", "--give-up-after", "0s"]),
        said(&["secret", "retire", "partner", "again"]),
        said(&["secret", "retire", "partner", "first"]),
    ]
}

#[test]
fn tokens_and_secrets_are_in_no_other_output() {
    let place = Place::new();
    let (token, id) = place.issue("ada", &[]);
    let secret = place.run(&["secret", "create", "partner", "--label", "first"]).succeeded().to_owned();
    for ran in everything(&place, &token, &id, &secret) {
        assert!(!leaks(&ran, &token) && !leaks(&ran, &secret), "{ran:?}");
    }
    let printed = Ran { code: 0, stdout: format!("said: {token}"), stderr: String::new() };
    assert!(leaks(&printed, &token), "the check itself must be able to fail");
}

#[test]
fn no_token_is_in_the_files_of_the_store() {
    let place = Place::new();
    let (token, _) = place.issue("ada", &[]);
    let imported = "0123456789abcdef0123456789abcdef01234567";
    let table = format!("user_id,api_key\n7,{imported}\n");
    place.run_with(&["token", "import", "--from", "kallithea", "-"], &table).succeeded();
    let files: Vec<Vec<u8>> =
        fs::read_dir(place.path("")).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    let contains = |text: &str| files.iter().any(|file| file.windows(text.len()).any(|part| part == text.as_bytes()));
    assert!(!contains(&token) && !contains(imported));
    assert!(contains(&token[37..]) && contains("ada"), "the check itself must be able to fail");
}

fn leaks(ran: &Ran, secret: &str) -> bool {
    ran.stdout.contains(secret) || ran.stderr.contains(secret)
}
