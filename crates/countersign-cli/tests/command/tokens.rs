//! Issuing, finding, revoking, rotating and pruning tokens.

use countersign_core::{PresentedToken, TokenStore};
use countersign_sqlx::SqliteStore;
use serde_json::{Value, json};

use crate::support::Place;

fn ids(listed: &Value) -> Vec<&str> {
    listed.as_array().unwrap().iter().map(|token| token["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_issued_token_is_alone_on_stdout_and_authenticates() {
    let place = Place::new();
    let ran = place.run(&["token", "issue", "--subject", "ada", "--scope", "a b", "--scope", "c", "--note", "laptop"]);
    let token = ran.succeeded();
    assert!(token.starts_with("csgn_") && token.len() == 41, "{token}");
    assert!(ran.stderr.contains("It will not be shown again.") && !ran.stderr.contains(token));

    let store = SqliteStore::open(place.path("auth.sqlite")).await.unwrap();
    let info = store.token(&PresentedToken::new(token)).await.unwrap().unwrap();
    store.close().await;
    assert_eq!((info.subject(), info.note()), ("ada", Some("laptop")));
    assert_eq!(info.scope().to_string(), "a b c");
    assert_eq!(info.last_four(), Some(&token[37..]));
}

#[test]
fn quietly_nothing_but_the_token_is_said() {
    let ran = Place::new().run(&["token", "issue", "--subject", "ada", "--quiet"]);
    assert_eq!((ran.succeeded().len(), &*ran.stderr), (41, ""));
}

#[test]
fn every_field_of_a_record_is_in_its_json() {
    let place = Place::new();
    let (_, id) = place.issue(
        "ada",
        &["--organisation", "acme", "--client", "app", "--note", "n", "--scope", "x", "--not-before", "2020-01-01"],
    );
    let shown = place.show(&id);
    assert_eq!(shown["not_before"], "2020-01-01T00:00:00Z");
    assert_eq!(shown["scope"], json!(["x"]));
    for (field, value) in [
        ("subject", "ada"),
        ("state", "active"),
        ("organisation", "acme"),
        ("client_id", "app"),
        ("note", "n"),
        ("format", "prefix_checksum"),
    ] {
        assert_eq!(shown[field], value, "{field}");
    }
    for field in ["expires_at", "last_used_at", "revoked_at", "revoked_reason", "updated_at"] {
        assert!(shown.as_object().unwrap().contains_key(field) && shown[field].is_null(), "{field}");
    }
    let created_at: jiff::Timestamp = shown["created_at"].as_str().unwrap().parse().unwrap();
    assert!(created_at > "2025-01-01T00:00:00Z".parse().unwrap());
    assert!(shown["token"].is_null(), "a token is shown once");
}

#[test]
fn an_end_is_given_as_a_period_or_a_time() {
    let place = Place::new();
    let (_, id) = place.issue("ada", &["--expires-in", "90d"]);
    let shown = place.show(&id);
    let time = |field: &str| shown[field].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(time("expires_at").duration_since(time("created_at")).as_secs(), 90 * 86_400);
    let (_, id) = place.issue("ada", &["--expires-at", "2100-01-31T12:00:00.5+02:00"]);
    assert_eq!(place.show(&id)["expires_at"], "2100-01-31T10:00:00.5Z");

    for end in [["--expires-at", "2020-01-01"], ["--expires-in", "0s"]] {
        let arguments = [&["token", "issue", "--subject", "ada"], &end[..]].concat();
        assert!(place.run(&arguments).misused().contains("would never be good"));
    }
    let both = ["token", "issue", "--subject", "ada", "--expires-in", "1d", "--expires-at", "2100-01-01"];
    assert_eq!(place.run(&both).code, 2);
}

#[test]
fn tokens_are_listed_by_what_they_have_in_common() {
    let place = Place::new();
    let (_, first) = place.issue("ada", &["--organisation", "acme"]);
    let (_, second) = place.issue("ada", &["--client", "app", "--not-before", "2100-01-01"]);
    let (_, third) = place.issue("eve", &["--organisation", "acme"]);
    place.run(&["token", "revoke", &third]).succeeded();

    let list = |more: &[&str]| place.run(&[&["token", "list", "--json"], more].concat()).json();
    assert_eq!(ids(&list(&[])), [&*third, &*second, &*first], "the newest first");
    assert_eq!(ids(&list(&["--subject", "ada"])), [&*second, &*first]);
    assert_eq!(ids(&list(&["--organisation", "acme", "--subject", "ada"])), [&*first]);
    assert_eq!(ids(&list(&["--client", "app"])), [&*second]);
    assert_eq!(ids(&list(&["--state", "active"])), [&*first]);
    assert_eq!(ids(&list(&["--state", "not-yet-valid"])), [&*second]);
    assert_eq!(ids(&list(&["--state", "revoked"])), [&*third]);
    assert_eq!(list(&["--subject", "nobody"]), json!([]));
    assert_eq!(place.run(&["token", "list", "--state", "good"]).code, 2);
}

#[test]
fn a_long_list_is_shown_page_by_page() {
    let place = Place::new();
    let mut all: Vec<String> = (0..5).map(|_| place.issue("ada", &[]).1).collect();
    all.reverse();
    let page = |more: &[&str]| place.run(&[&["token", "list", "--quiet", "--limit", "2"], more].concat());
    let first = page(&[]);
    assert_eq!(first.succeeded(), all[..2].join("\n"));
    assert_eq!(page(&["--below", &all[1]]).succeeded(), all[2..4].join("\n"));
    assert_eq!(page(&["--below", &all[3]]).succeeded(), all[4]);

    let told = place.run(&["token", "list", "--limit", "2"]);
    assert!(told.stderr.contains(&format!("--below {}", all[1])), "{told:?}");
    assert_eq!(place.run(&["token", "list", "--limit", "5"]).stderr, "", "that was all");
}

#[test]
fn what_is_not_there_is_said() {
    let place = Place::new();
    assert!(place.run(&["token", "show", "nothing"]).failed().contains("there is no token nothing"));
    assert!(place.run(&["token", "rotate", "nothing"]).failed().contains("there is no token nothing"));
    assert!(place.run(&["token", "revoke", "nothing"]).failed().contains("there is no token nothing"));
}

#[test]
fn some_are_revoked_although_others_are_not_there() {
    let place = Place::new();
    let (_, good) = place.issue("ada", &[]);
    let ran = place.run(&["token", "revoke", "--json", "--reason", "laptop lost", "nothing", &good]);
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.document(),
        json!({"revoked": [good], "already_revoked": [], "unknown": ["nothing"], "not_revoked": []})
    );
    let shown = place.show(&good);
    assert_eq!((&shown["state"], &shown["revoked_reason"]), (&json!("revoked"), &json!("laptop lost")));

    let again = place.run(&["token", "revoke", "--reason", "another", &good]);
    assert!(again.succeeded().contains("was revoked before"), "{again:?}");
    assert_eq!(place.show(&good), shown, "time and reason remain");
}

#[test]
fn many_are_revoked_only_when_that_is_confirmed() {
    let place = Place::new();
    let (_, first) = place.issue("ada", &["--client", "app"]);
    let (_, second) = place.issue("ada", &[]);
    let (_, other) = place.issue("eve", &["--client", "app"]);
    let refused = place.run(&["token", "revoke", "--all-of-subject", "ada"]);
    assert_eq!(
        refused.misused(),
        "error: this revokes 2 tokens, and there is no terminal to ask on: add --yes to go on"
    );
    assert_eq!(place.show(&first)["state"], "active");

    let both = ["token", "revoke", "--all-of-subject", "ada", "--all-of-client", "app", "--yes"];
    assert_eq!(place.run(&both).succeeded(), "revoked 1 token");
    assert_eq!((&place.show(&first)["state"], &place.show(&second)["state"]), (&json!("revoked"), &json!("active")));
    let rest = place.run(&["token", "revoke", "--all-of-subject", "ada", "--yes", "--json"]);
    assert_eq!(rest.json(), json!({"count": 1}));
    assert_eq!(place.run(&["token", "revoke", "--all-of-subject", "ada"]).succeeded(), "revoked 0 tokens");
    assert_eq!(place.show(&other)["state"], "active");

    assert_eq!(place.run(&["token", "revoke"]).code, 2, "never all by accident");
    assert_eq!(place.run(&["token", "revoke", &other, "--all-of-subject", "ada", "--yes"]).code, 2);
}

#[tokio::test]
async fn what_could_not_be_stored_is_an_error_and_says_that_tokens_are_still_good() {
    let place = Place::new();
    let (_, id) = place.issue("ada", &[]);
    // A store that reads and does not write: as SQLite does when the disk is full.
    let path = place.path("auth.sqlite");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let database = sqlx::SqlitePool::connect_with(options).await.unwrap();
    for change in ["INSERT", "UPDATE", "DELETE"] {
        let sql =
            format!("CREATE TRIGGER no_{change} BEFORE {change} ON token BEGIN SELECT RAISE(FAIL, 'no room'); END");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&database).await.unwrap();
    }
    database.close().await;

    let one = place.run(&["token", "revoke", &id]);
    let still_good = format!("error: token {id} is still good, as far as is known");
    assert!(one.failed().starts_with(&still_good) && one.stderr.contains("no room"), "{one:?}");
    let all = place.run(&["token", "revoke", "--all-of-subject", "ada", "--yes"]);
    assert!(all.failed().contains("the tokens are still good, as far as is known"), "{all:?}");
    let issued = place.run(&["token", "issue", "--subject", "ada"]);
    issued.failed();
    assert_eq!(issued.stdout, "", "a token that was not stored is not shown");
    let rotated = place.run(&["token", "rotate", &id]);
    rotated.failed();
    assert_eq!(rotated.stdout, "");
    assert_eq!(place.show(&id)["state"], "active");
}

#[test]
fn a_token_takes_the_place_of_another() {
    let place = Place::new();
    let (_, old) = place.issue("ada", &["--scope", "x", "--note", "laptop", "--format", "sentry_user"]);
    let rotated = place.run(&["token", "rotate", &old, "--grace", "1h", "--json"]).json();
    let new = place.show(rotated["id"].as_str().unwrap());
    for field in ["subject", "scope", "note", "format"] {
        assert_eq!(new[field], place.show(&old)[field], "{field}");
    }
    assert!(rotated["token"].as_str().unwrap().starts_with("sntryu_"));
    let ended = &place.show(&old)["expires_at"];
    let end: jiff::Timestamp = ended.as_str().unwrap().parse().unwrap();
    let issued: jiff::Timestamp = new["created_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(end.duration_since(issued).as_secs(), 3600);

    let at_once = place.run(&["token", "rotate", new["id"].as_str().unwrap(), "--grace", "0s", "--prefix", "acme"]);
    assert!(at_once.succeeded().starts_with("acme_"));
    assert_eq!(place.show(new["id"].as_str().unwrap())["state"], "expired");

    place.run(&["token", "revoke", &old]).succeeded();
    assert!(place.run(&["token", "rotate", &old]).failed().contains("is revoked"));
}

#[test]
fn a_format_that_its_id_does_not_tell_whole_must_be_named_to_rotate() {
    let place = Place::new();
    let (token, id) = place.issue("ada", &["--format", "vendor_checksum:rbp"]);
    assert_eq!((token.len(), &token[..4]), (255, "rbp_"));
    assert!(place.run(&["token", "rotate", &id]).misused().contains("add --prefix or --format"));
    let rotated = place.run(&["token", "rotate", &id, "--format", "vendor_checksum:rbp"]);
    assert!(rotated.succeeded().starts_with("rbp_"));
}

#[test]
fn the_prefix_may_come_from_the_environment() {
    let place = Place::new();
    let mut command = place.command(crate::support::PROGRAM);
    command.args(["token", "issue", "--subject", "ada"]).env("COUNTERSIGN_TOKEN_PREFIX", "acme");
    assert!(crate::support::Ran::of(&mut command).succeeded().starts_with("acme_"));
    command.env("COUNTERSIGN_TOKEN_PREFIX", "Acme!");
    assert!(crate::support::Ran::of(&mut command).misused().contains("COUNTERSIGN_TOKEN_PREFIX"));
}

#[test]
fn tokens_that_ended_are_forgotten_when_that_is_confirmed() {
    let place = Place::new();
    let (_, good) = place.issue("ada", &[]);
    let (_, revoked) = place.issue("ada", &[]);
    place.run(&["token", "revoke", &revoked]).succeeded();
    let (_, expired) = place.issue("ada", &[]);
    place.run(&["token", "rotate", &expired, "--grace", "0s"]).succeeded();

    let prune = |more: &[&str]| place.run(&[&["token", "prune", "--older-than"], more].concat());
    assert!(prune(&["1d", "--yes"]).succeeded().starts_with("forgot 0 tokens"));
    assert!(prune(&["0s", "--dry-run"]).succeeded().starts_with("would forget 2 tokens"));
    assert!(prune(&["0s"]).misused().contains("this forgets 2 tokens that ended before"));
    assert_eq!(prune(&["0s", "--yes", "--json"]).json()["pruned"], 2);
    assert!(prune(&["0s"]).succeeded().starts_with("forgot 0 tokens"), "there is nothing to confirm");
    assert_eq!(place.show(&good)["state"], "active");
    assert_eq!(place.run(&["token", "show", &revoked]).code, 1);
    assert_eq!(place.run(&["token", "prune"]).code, 2);
    assert_eq!(prune(&["-1d", "--yes"]).code, 2);
}
