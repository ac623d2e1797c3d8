//! Tokens of other makers, row by row; see `vectors/README.md`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "whatever is unexpected in a vector stops the test")]

use std::time::{Duration, SystemTime};

use countersign::{FormatRegistry, PresentedToken, TokenFormat};
use serde_json::Value;

const TOKEN_FORMATS: &str = include_str!("../vectors/token-formats.json");
const DJBLETS: &str = include_str!("../vectors/djblets.json");
const SENTRY: &str = include_str!("../vectors/sentry-dev-toolbar.json");

/// What an original takes for a token of its own and we do not.
const STRICT: &[(&str, &str)] = &[
    ("sntrys_eyJpYXQiOiAxLCAib3JnIjogIngifQ==_", "a token without a secret could be guessed by everybody"),
    (
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "a token of old, without a prefix: nothing tells it from any other digest",
    ),
];

#[test]
fn every_row_of_the_format_for_new_applications_is_recognised() {
    let file = read(TOKEN_FORMATS);
    let rows = rows(&file["github_style"], "vectors");
    let format = TokenFormat::new("xyz").unwrap();
    for row in rows {
        let (token, entropy, sum) = (text(row, "token"), text(row, "entropy"), text(row, "checksum"));
        assert_eq!(token, format!("xyz_{entropy}{sum}"), "the row says what it is made of");
        assert!(format.matches(token), "{row}");
        for wrong in [sum.replace(&sum[5..], "-"), swap_case(sum), sum.chars().rev().collect()] {
            assert!(!format.matches(&format!("xyz_{entropy}{wrong}")), "{row} with {wrong}");
        }
        assert!(!TokenFormat::new("xy").unwrap().matches(token), "{row} is of another prefix");
    }
    assert_eq!(rows.len(), 4);
}

#[test]
fn tokens_of_formats_that_are_not_ours_are_not_recognised() {
    let file = read(TOKEN_FORMATS);
    let mut seen = Vec::new();
    for (section, makers) in file.as_object().unwrap() {
        match section.as_str() {
            "github_style" | "sentry_org" => continue, // ours; of the latter there is the rule alone
            "crates_io" | "gitlab_routable_v1" | "laravel_sanctum" => {}
            other => panic!("a section that nobody looks at: {other}"),
        }
        for row in rows(makers, "vectors") {
            let token = row["token"].as_str().or_else(|| row["plaintext"].as_str()).unwrap();
            assert_eq!(all().recognise(token), None, "{row}");
            seen.push(section.as_str());
        }
    }
    assert_eq!(seen, ["crates_io", "gitlab_routable_v1", "gitlab_routable_v1", "laravel_sanctum"]);
}

#[test]
fn every_djblets_token_is_taken_or_refused_as_by_its_generator() {
    let file = read(DJBLETS);
    let rows = rows(&file, "generator");
    for row in rows {
        let format = TokenFormat::vendor_checksum(text(row, "token_type")).unwrap();
        assert_eq!(format.matches(text(row, "token")), row["valid"].as_bool().unwrap(), "{}", row["id"]);
    }
    assert_eq!(rows.len(), 13);
}

#[test]
fn djblets_tokens_are_made_as_its_generator_makes_them() {
    let meta = &read(DJBLETS)["generator_meta"];
    let length = usize::try_from(meta["token_length"].as_u64().unwrap()).unwrap();
    let format = TokenFormat::vendor_checksum("rbp").unwrap();
    for _ in 0..32 {
        let token = format.mint(SystemTime::UNIX_EPOCH);
        let text = token.expose_secret();
        assert_eq!(text.len(), length);
        assert!(text.strip_prefix("rbp_").unwrap().chars().all(|c| meta["charset"].as_str().unwrap().contains(c)));
    }
    // The one checksum that fills a whole token; those of shorter texts are in the unit tests of the format.
    let checksums = rows(meta, "checksums");
    let whole = checksums.iter().find(|row| text(row, "data").len() == length - 6 - "rbp_".len()).unwrap();
    let (data, sum) = (text(whole, "data"), text(whole, "base62_padded"));
    assert!(format.matches(&format!("rbp_{data}{sum}")));
    assert_eq!(checksums.len(), 4);
}

#[test]
fn djblets_3_0_tokens_are_taken_in_their_own_alphabet_and_with_a_good_checksum_only() {
    let file = read(DJBLETS);
    let rows = rows(&file["djblets_3_0_real"], "tokens");
    for row in rows {
        let format = TokenFormat::vendor_checksum(text(row, "token_type")).unwrap();
        let (token, sum) = (text(row, "token"), text(row, "checksum"));
        let (body, own) = token.split_at(token.len() - 6);
        assert_eq!(own, sum);
        assert!(row["valid_in_3_0"].as_bool().unwrap() && format.matches(token), "{row}");
        assert!(format.matches(&format!("{body}{}", swap_case(sum))), "later versions spell it like this");
        // Djblets 3.0 never looked: `bad_checksum_valid_in_3_0`. We do.
        assert!(row["bad_checksum_valid_in_3_0"].as_bool().unwrap());
        for bad in [sum.to_lowercase(), sum.to_uppercase(), "000000".to_owned()] {
            assert!(!format.matches(&format!("{body}{bad}")), "{row} with {bad}");
        }
    }
    assert_eq!(rows.len(), 3);
}

#[test]
fn every_row_of_the_oldest_djblets_tokens_comes_out_as_it_says() {
    let file = read(DJBLETS);
    let rows = rows(&file, "legacy_sha1");
    for row in rows {
        assert_eq!(TokenFormat::legacy_sha1().matches(text(row, "token")), row["valid"].as_bool().unwrap(), "{row}");
    }
    assert_eq!(rows.len(), 3);
}

#[test]
fn every_sentry_user_token_is_recognised_and_known_by_its_digest() {
    let file = read(SENTRY);
    let rows = rows(&file, "user_tokens");
    for row in rows {
        let token = text(row, "plaintext");
        assert_eq!(TokenFormat::sentry_user().matches(token), !is_strict(token), "{row}");
        assert_stored(row, token, "hashed_token_sha256_hex");
    }
    assert_eq!(rows.len(), 3);
}

#[test]
fn every_sentry_organisation_token_is_recognised_as_by_its_parser() {
    let file = read(SENTRY);
    let rows = rows(&file, "org_tokens");
    let format = TokenFormat::sentry_org("acme", "https://sentry.io", "https://us.sentry.io").unwrap();
    for row in rows {
        let token = text(row, "token");
        assert_eq!(format.matches(token), row["parsed"].is_object() && !is_strict(token), "{row}");
        assert_stored(row, token, "hashed");
    }
    assert_eq!(rows.len(), 5);
    // Most rows are refused for their payload; with a whole secret they still are, and the one that has a good payload is not.
    for row in rows {
        let payload = text(row, "token").trim_start_matches("sntrys_").split('_').next().unwrap();
        let whole = format!("sntrys_{payload}_{}", "A".repeat(43));
        let good = row["parsed"].is_object() || text(row, "token").matches('_').count() < 2;
        assert_eq!(format.matches(&whole), good, "{whole}");
    }
    assert!(format.matches(format.mint(SystemTime::UNIX_EPOCH + Duration::from_secs(1_725_192_000)).expose_secret()));
}

/// What the original keeps of a token is what our stores keep.
fn assert_stored(row: &Value, token: &str, hash: &str) {
    let token = PresentedToken::new(token);
    let digest: String = token.digest().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, text(row, hash));
    assert_eq!(token.last_four(), text(row, "token_last_characters"));
}

fn all() -> FormatRegistry {
    FormatRegistry::new(TokenFormat::new("xyz").unwrap())
        .with_format(TokenFormat::new("cio").unwrap())
        .with_format(TokenFormat::vendor_checksum("cio_tp").unwrap())
        .with_format(TokenFormat::kallithea())
        .with_format(TokenFormat::sentry_user())
        .with_format(TokenFormat::sentry_org("acme", "https://sentry.io", "https://us.sentry.io").unwrap())
        .with_deprecated(TokenFormat::legacy_sha1())
}

fn is_strict(token: &str) -> bool {
    STRICT.iter().any(|(listed, _)| *listed == token)
}

fn swap_case(text: &str) -> String {
    let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    text.chars().map(swap).collect()
}

fn read(file: &str) -> Value {
    serde_json::from_str(file).unwrap()
}

fn rows<'v>(section: &'v Value, name: &str) -> &'v Vec<Value> {
    section[name].as_array().unwrap_or_else(|| panic!("there are rows {name}"))
}

fn text<'v>(row: &'v Value, name: &str) -> &'v str {
    row[name].as_str().unwrap_or_else(|| panic!("{row} has a text {name}"))
}
