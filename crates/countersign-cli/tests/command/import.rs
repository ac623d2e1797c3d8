//! Taking over the tables of Djblets and Kallithea.

use countersign_core::{Clock, PresentedToken, SystemClock, TokenFormat, TokenInfo, TokenState, TokenStore};
use countersign_sqlx::SqliteStore;
use serde_json::json;

use crate::support::{Place, Ran};

/// As `\copy webapi_webapitoken TO … CSV HEADER` writes Djblets' table.
const DJBLETS: &str = "id,user_id,token,token_generator_id,time_added,last_updated,last_used,expires,valid,invalid_date,\
                       invalid_reason,note,policy,extra_data\n";

fn vendor() -> String {
    let token = TokenFormat::vendor_checksum("rbp").unwrap().mint(SystemClock::new().now());
    token.expose_secret().to_owned()
}

fn import(place: &Place, from: &str, table: &str, more: &[&str]) -> Ran {
    std::fs::write(place.path("table.csv"), table).unwrap();
    place.run(&[&["token", "import", "--from", from, "table.csv"], more].concat())
}

async fn lookup(place: &Place, token: &str) -> Option<TokenInfo> {
    let store = SqliteStore::open(place.path("auth.sqlite")).await.unwrap();
    let info = store.token(&PresentedToken::new(token)).await.unwrap();
    store.close().await;
    info
}

fn shown(place: &Place, info: &TokenInfo) -> serde_json::Value {
    place.show(info.id().unwrap())
}

#[tokio::test]
async fn djblets_tokens_authenticate_with_all_that_was_known_of_them() {
    let place = Place::new();
    let (good, invalid, ended, undated) = (vendor(), vendor(), vendor(), vendor());
    let legacy = "0123456789abcdef0123456789abcdef01234567";
    let table = format!(
        "{DJBLETS}\
         1,7,{good},vendor_checksum,2022-08-02 10:45:00.123456+00,2022-08-03 10:45:00+00,2022-08-04 10:45:00+00,\
         2100-01-01 00:00:00+00,t,,,\"CI, the \"\"big\"\" one\",,{{}}\n\
         2,7,{invalid},vendor_checksum,2022-08-02T10:45:00Z,,,,f,\"Aug. 5, 2022, noon\",leaked,,{{}},{{}}\n\
         3,8,{ended},vendor_checksum,2022-08-02 10:45:00,,,2022-09-02 10:45:00,True,,,,\"{{}}\",{{}}\n\
         4,8,{legacy},legacy_sha1,2012-08-02 10:45:00+00,2022-08-03 10:45:00+00,\\N,NULL,1,2021-01-01,,,,{{}}\n\
         5,8,{undated},vendor_checksum,2022-08-02T10:45:00Z,2022-08-06T10:45:00Z,,,0,,,,,{{}}\n"
    );
    let ran = import(&place, "djblets", &table, &["--scope", "reviews:read reviews:write"]);
    assert_eq!(ran.succeeded(), "imported 5 tokens");
    assert_eq!(ran.stderr, "");

    let now = SystemClock::new().now();
    let info = lookup(&place, &good).await.unwrap();
    assert_eq!(TokenState::of(&info, now), TokenState::Active);
    let record = shown(&place, &info);
    for (field, value) in [
        ("subject", "7"),
        ("format", "vendor_checksum"),
        ("note", "CI, the \"big\" one"),
        ("created_at", "2022-08-02T10:45:00.123456Z"),
        ("updated_at", "2022-08-03T10:45:00Z"),
        ("last_used_at", "2022-08-04T10:45:00Z"),
        ("expires_at", "2100-01-01T00:00:00Z"),
        ("last_four", &good[251..]),
    ] {
        assert_eq!(record[field], value, "{field}");
    }
    assert_eq!(record["scope"], json!(["reviews:read", "reviews:write"]));

    let revoked = shown(&place, &lookup(&place, &invalid).await.unwrap());
    assert_eq!(revoked["revoked_at"], "2022-08-05T12:00:00Z");
    assert_eq!(revoked["revoked_reason"], "leaked");
    assert_eq!(shown(&place, &lookup(&place, &ended).await.unwrap())["state"], "expired");
    let old = shown(&place, &lookup(&place, legacy).await.unwrap());
    assert_eq!((&old["state"], &old["format"]), (&json!("active"), &json!("legacy_sha1")), "valid, whatever its date");
    let undated = shown(&place, &lookup(&place, &undated).await.unwrap());
    assert_eq!(undated["revoked_at"], "2022-08-06T10:45:00Z", "invalid since it was last saved, at the latest");

    // Ids sort by the time of issue, as those of tokens issued here do.
    let listed = place.run(&["token", "list", "--quiet"]);
    assert_eq!(listed.succeeded().lines().last(), old["id"].as_str());
}

#[tokio::test]
async fn kallithea_keys_authenticate() {
    let place = Place::new();
    let (forever, ended, builtin) = ("a".repeat(40), "b".repeat(40), "c".repeat(40));
    let keys = format!(
        "user_api_key_id,user_id,api_key,description,expires,created_on\n\
         1,2,{forever},builds,-1.0,2015-03-01 12:00:00.5\n\
         2,2,{ended},,1425211200.25,2015-03-01 12:00:00\n"
    );
    let ran = import(&place, "kallithea", &keys, &["--utc-offset", "+02:00"]);
    assert_eq!(ran.succeeded(), "imported 2 tokens");
    let record = shown(&place, &lookup(&place, &forever).await.unwrap());
    for (field, value) in
        [("subject", "2"), ("note", "builds"), ("format", "kallithea"), ("created_at", "2015-03-01T10:00:00.5Z")]
    {
        assert_eq!(record[field], value, "{field}");
    }
    assert!(record["expires_at"].is_null());
    assert_eq!(shown(&place, &lookup(&place, &ended).await.unwrap())["expires_at"], "2015-03-01T12:00:00.25Z");

    let users = format!(
        "user_id,username,active,api_key\n1,default,1,{}\n2,ada,1,{builtin}\n3,eve,0,{}\n",
        "d".repeat(40),
        "e".repeat(40)
    );
    let ran = import(&place, "kallithea", &users, &["--subject-column", "username"]);
    assert_eq!(ran.succeeded(), "imported 1 token, 2 left out");
    assert!(ran.stderr.contains("1 token left out: the user is inactive"), "{ran:?}");
    let info = lookup(&place, &builtin).await.unwrap();
    assert_eq!((info.subject(), info.expires_at()), ("ada", None));
    assert!(lookup(&place, &"e".repeat(40)).await.is_none());
}

#[test]
fn an_import_may_be_run_again() {
    let place = Place::new();
    let rows: Vec<String> = (0..3).map(|id| format!("{id},7,{},vendor_checksum,,,,,t,,,,,\n", vendor())).collect();
    let table = format!("{DJBLETS}{}", rows.concat());
    let half = format!("{DJBLETS}{}", rows[..2].concat());
    assert_eq!(import(&place, "djblets", &half, &[]).succeeded(), "imported 2 tokens");
    assert_eq!(import(&place, "djblets", &table, &[]).succeeded(), "imported 1 token, 2 there already");
    let (_, id) = place.issue("ada", &[]);
    place.run(&["token", "revoke", "--all-of-subject", "7", "--yes"]).succeeded();
    assert_eq!(import(&place, "djblets", &table, &[]).succeeded(), "imported 0 tokens, 3 there already");
    assert_eq!(place.run(&["token", "list", "--state", "active", "--quiet"]).succeeded(), id, "revoked they remain");
}

#[test]
fn a_dry_run_stores_nothing_and_says_what_it_would() {
    let place = Place::new();
    let row = format!("1,7,{},vendor_checksum,,,,,t,,,,,\n", vendor());
    let ran = import(&place, "djblets", &format!("{DJBLETS}{row}{row}"), &["--dry-run"]);
    assert_eq!(ran.succeeded(), "would import 1 token, 1 there already");
    assert_eq!(place.run(&["token", "list", "--quiet"]).succeeded(), "");
}

#[tokio::test]
async fn a_token_never_becomes_good_for_more_than_it_was() {
    let place = Place::new();
    let token = vendor();
    let policy = "\"{\"\"resources\"\": {\"\"*\"\": {\"\"allow\"\": [\"\"GET\"\"], \"\"block\"\": [\"\"*\"\"]}}}\"";
    let table = format!("{DJBLETS}1,7,{token},vendor_checksum,,,,,t,,,,{policy},\n");
    let ran = import(&place, "djblets", &table, &[]);
    assert_eq!(ran.succeeded(), "imported 0 tokens, 1 left out");
    assert!(ran.stderr.contains("1 token left out: a policy cannot be carried over"), "{ran:?}");
    assert!(lookup(&place, &token).await.is_none());

    let ran = import(&place, "djblets", &table, &["--scope", "read", "--json"]);
    assert_eq!(ran.json()["policies_dropped"], 1);
    assert!(ran.stderr.contains("1 token had a policy, which was not carried over"), "{ran:?}");
    assert_eq!(lookup(&place, &token).await.unwrap().scope().to_string(), "read");

    let other = Place::new();
    import(&other, "djblets", &table, &["--insecure-drop-policies"]).succeeded();
    assert!(lookup(&other, &token).await.unwrap().scope().is_empty());

    // Without these columns an invalid, expired or restricted token would be none of that.
    for column in ["valid", "expires", "policy", "token", "user_id"] {
        let names = DJBLETS.replace(column, &format!("{column}_renamed"));
        let ran = import(&Place::new(), "djblets", &names, &[]);
        assert!(ran.failed().contains("the first line names no column"), "{column}: {ran:?}");
    }
    let keys = import(&Place::new(), "kallithea", "user_api_key_id,user_id,api_key\n", &[]);
    assert!(keys.failed().contains("names no column expires"));
}

#[test]
fn rows_that_are_not_understood_are_named_by_their_lines_and_the_rest_is_imported() {
    let place = Place::new();
    let tokens: Vec<String> = (0..8).map(|_| vendor()).collect();
    let row = |at: usize, fields: &str| format!("{at},7,{},{fields}\n", tokens[at]);
    let table = [
        DJBLETS,
        &row(0, "vendor_checksum,,,,,t,,,\"a note\nof two lines\",,"),
        &row(1, "vendor_checksum,,,,tomorrow,t,,,,,"),
        &row(2, "vendor_checksum,,,,,perhaps,,,,,"),
        &row(3, "vendor_checksum,,,,,,,,,,"),
        &row(4, "vendor_checksum,,,,,t"),
        "5,7,,vendor_checksum,,,,,t,,,,,\n",
        &format!("6,7,{} {},x,,,,,t,,,,,\n", tokens[5], tokens[6]),
        &row(7, "vendor_checksum,,,,,t,,,,,"),
    ]
    .concat();
    let ran = import(&place, "djblets", &table, &[]);
    assert_eq!((ran.code, &*ran.stdout), (1, "imported 2 tokens, 6 not understood\n"));
    assert_eq!(
        ran.stderr.lines().collect::<Vec<_>>(),
        [
            "error: line 4: expires is not a time that is understood",
            "error: line 5: valid is neither true nor false",
            "error: line 6: valid is neither true nor false",
            "error: line 7: it has 9 fields, and the first line 14",
            "error: line 8: it has no token",
            "error: line 9: there are blanks in the token",
        ]
    );
    assert!(!tokens.iter().any(|token| ran.stderr.contains(&**token)));

    let kallithea = format!(
        "user_api_key_id,user_id,api_key,description,expires,created_on\n1,2,{0},,,\n2,2,{0},,soon,\n3,2,{0},,1e300,\n\
         4,,{0},,-1,\n5,2,{0},,NaN,\n",
        "a".repeat(40)
    );
    let ran = import(&place, "kallithea", &kallithea, &["--json"]);
    let summary = ran.document();
    assert_eq!((ran.code, &summary["imported"], &summary["bad_rows"]), (1, &json!(0), &json!(5)));
    assert_eq!(summary["bad"][0]["line"], 2);
}

#[test]
fn what_is_no_such_table_is_refused_and_not_repeated() {
    let place = Place::new();
    let token = vendor();
    let no_names = import(&place, "djblets", &format!("1,7,{token},vendor_checksum,,,,,t,,,,,\n"), &[]);
    assert!(no_names.failed().contains("the first line names no column") && !no_names.stderr.contains(&token));
    import(&place, "djblets", "", &[]).failed();
    std::fs::write(place.path("latin.csv"), [DJBLETS.as_bytes(), b"1,\xe9,x,,,,,,t,,,,,\n"].concat()).unwrap();
    let ran = place.run(&["token", "import", "--from", "djblets", "latin.csv"]);
    assert_eq!((ran.code, &*ran.stderr), (1, "error: line 2: it is not UTF-8\n"));
    assert!(place.run(&["token", "import", "--from", "djblets", "missing.csv"]).failed().contains("missing.csv"));
    assert_eq!(place.run(&["token", "import", "--from", "gitlab", "table.csv"]).code, 2);
}

#[test]
fn a_table_comes_from_stdin_too_and_unknown_shapes_are_told() {
    let place = Place::new();
    let table = format!("{DJBLETS}1,7,legacytoken,legacy_sha1,,,,,t,,,,,\n");
    let ran = place.run_with(&["token", "import", "--from", "djblets", "-"], &table);
    assert_eq!(ran.succeeded(), "imported 1 token");
    assert!(ran.stderr.contains("1 token of no known format"), "{ran:?}");
}

#[test]
fn an_import_that_stops_half_way_says_so() {
    let place = Place::empty();
    let ran = import(&place, "djblets", &format!("{DJBLETS}1,7,{},x,,,,,t,,,,,\n", vendor()), &[]);
    assert!(ran.failed().contains("there is no database"), "nothing is made by an import");
}
