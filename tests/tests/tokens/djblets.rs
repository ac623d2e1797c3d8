//! Djblets 6.1: its resources' answers.

use std::time::{Duration, SystemTime};

use countersign::bearer::{DjbletsRejection, UsageRecorder};
use countersign::{
    BearerTokenLayer, FormatRegistry, ManualClock, MemoryStore, TokenAdmin as _, TokenFilter, TokenFormat, TokenInfo,
};
use countersign_tests::{Compared, Deviation};
use http::{Request, header};
use serde_json::Value;

use crate::asking::{POLICY, Told, ask, rows, status, text};

fn file() -> Value {
    serde_json::from_str(include_str!("../../vectors/djblets.json")).unwrap()
}

/// A time as the file writes it.
fn time(text: &str) -> SystemTime {
    let (date, rest) = text.strip_suffix("+00:00").unwrap().split_once('T').unwrap();
    let (clock, micros) = rest.split_once('.').unwrap_or((rest, "0"));
    let number = |text: &str| text.parse::<u64>().unwrap();
    let [year, month, day] = date.split('-').map(number).collect::<Vec<_>>()[..] else { panic!("{text}") };
    let [hour, minute, second] = clock.split(':').map(number).collect::<Vec<_>>()[..] else { panic!("{text}") };
    let leap = |year: u64| u64::from(year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)));
    let years: u64 = (1970..year).map(|year| 365 + leap(year)).sum();
    let lengths = [31, 28 + leap(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let months: u64 = lengths.iter().take(usize::try_from(month).unwrap() - 1).sum();
    let seconds = (((years + months + day - 1) * 24 + hour) * 60 + minute) * 60 + second;
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_micros(number(micros))
}

fn now(file: &Value) -> SystemTime {
    time(text(file, "now"))
}

/// The store as the row has it. The tokens of users who are not active are left out: a store says who may come in.
fn store(row: &Value, now: SystemTime) -> MemoryStore {
    let stored = &row["stored_token"];
    if stored["user_active"].as_bool() != Some(true) {
        return MemoryStore::new();
    }
    let mut info = TokenInfo::new("doc").with_format(text(stored, "token_generator_id"));
    if let Some(expires) = stored["expires"].as_str() {
        info = info.with_expires_at(time(expires));
    }
    if stored["valid"] == false {
        // There is no revocation without a time.
        info = info.with_revoked_at(stored["invalid_date"].as_str().map_or(now, time));
        info = info.with_revoked_reason(text(stored, "invalid_reason"));
    }
    MemoryStore::new().with_token(text(stored, "token"), info)
}

fn formats() -> FormatRegistry {
    FormatRegistry::new(TokenFormat::vendor_checksum("test").unwrap()).with_deprecated(TokenFormat::legacy_sha1())
}

fn layer(store: MemoryStore, now: SystemTime) -> BearerTokenLayer {
    BearerTokenLayer::new(store)
        .with_clock(ManualClock::new(now))
        .with_exact_scheme_word("token")
        .with_token_formats(formats())
        .with_rejection(DjbletsRejection::new())
}

/// What a row says or what we say, in one text: the error, the challenge, what is said of the format, and whether the token
/// was used.
fn outcome(error: &Value, challenge: Option<&str>, deprecated: Option<&str>, used: bool) -> String {
    let error = if error.is_null() { String::new() } else { format!("{} {}", error["code"], text(error, "msg")) };
    let challenge = challenge.map(|challenge| format!(" [{challenge}]")).unwrap_or_default();
    let deprecated = deprecated.map(|text| format!(" ({text})")).unwrap_or_default();
    format!("{error}{challenge}{deprecated}{}", if used { " used" } else { "" })
}

async fn told(row: &Value, now: SystemTime) -> (Told, bool) {
    let store = store(row, now);
    let usage = UsageRecorder::new(store.clone());
    let request = &row["request"];
    let mut head = Request::builder().method(text(request, "method")).uri(text(request, "path"));
    if let Some(credentials) = request["authorization"].as_str() {
        head = head.header(header::AUTHORIZATION, credentials);
    }
    let told = ask(&layer(store.clone(), now).with_usage(usage.clone()), head).await;
    usage.flush().await.unwrap();
    let tokens = store.list_tokens(&TokenFilter::all(), None, 9).await.unwrap();
    let used = tokens.iter().filter_map(TokenInfo::last_used_at).inspect(|at| assert_eq!(*at, now)).count() > 0;
    (told, used)
}

async fn compare(file: &Value) -> Compared {
    let mut compared = Compared::default();
    for row in rows(file, "http") {
        let expected = &row["expected"];
        let (told, used) = told(row, now(file)).await;
        let body: Value = serde_json::from_str(&told.body).unwrap_or_default();
        if told.status != 200 {
            assert_eq!(told.field("content-type"), expected["content_type"].as_str());
            assert_eq!(body["stat"], "fail");
        }
        let text_of = |name: &str| expected[name].as_str();
        let (challenge, deprecated) = (text_of("www_authenticate"), text_of("x_api_token_deprecated"));
        let says = outcome(&expected["body"]["err"], challenge, deprecated, text_of("last_used_after").is_some());
        let (challenge, deprecated) = (told.field("www-authenticate"), told.field("x-api-token-deprecated"));
        let comes = outcome(&body["err"], challenge, deprecated, used);
        if says == comes && told.status != 200 {
            assert_eq!(body, expected["body"]);
        }
        compared.note(text(row, "id"), (status(expected), &says), (told.status, &comes));
    }
    compared
}

const ADMITTED: (u16, &str) = (200, " used");
const NOT_LOGGED_IN: (u16, &str) = (401, r#"103 You are not logged in [Basic realm="Web API"]"#);
const WRONG: (u16, &str) = (401, r#"104 The username or password was not correct [Basic realm="Web API"]"#);
const INVALID: (u16, &str) =
    (401, r#"104 This API token became invalid on Aug. 3, 2022, 5:07 p.m.. [Basic realm="Web API"]"#);

const LIMITS: &str = "how often somebody may guess is limited by another layer";
const SESSION: &str = "a token opens no session: it is presented each time";

const STRICT: &[Deviation] = &[
    ("accept-deprecated", WRONG, "a text of no known format is refused before anybody looks for it"),
    ("invalid-without-date", INVALID, "a token is revoked at some time, or it is not"),
    ("policy-block-beats-allow", ADMITTED, POLICY),
    ("policy-id-specific-block", ADMITTED, POLICY),
    ("policy-resource-silent-falls-to-global", ADMITTED, POLICY),
    ("ratelimit-bad-7", WRONG, LIMITS),
    ("ratelimit-good-token-after-limit", ADMITTED, LIMITS),
    ("resource-refuses-tokens", ADMITTED, POLICY),
    ("session-step3-cookie-after-expiry", NOT_LOGGED_IN, SESSION),
];

#[tokio::test]
async fn every_row_comes_out_as_in_djblets_but_for_what_is_listed() {
    compare(&file()).await.agrees_with(STRICT, 42);
}

#[tokio::test]
#[should_panic(expected = "deviates and is not listed")]
async fn another_text_than_a_row_says_is_noticed() {
    let mut file = file();
    let row = file["http"].as_array_mut().unwrap().iter_mut().find(|row| row["id"] == "expired-format-120000").unwrap();
    row["expected"]["body"]["err"]["msg"] = "This API token expired on Jan. 5, 2022, 12 p.m..".into();
    compare(&file).await.agrees_with(STRICT, 42);
}

/// The row `accept-deprecated` with a token that its format could have made.
#[tokio::test]
async fn a_deprecated_token_is_let_through_and_told_what_djblets_tells_it() {
    let file = file();
    let row = rows(&file, "http").iter().find(|row| row["id"] == "accept-deprecated").unwrap();
    let token = text(&rows(&file, "legacy_sha1")[0], "token");
    let mut row = row.clone();
    row["stored_token"]["token"] = token.into();
    row["request"]["authorization"] = format!("token {token}").into();
    let (told, used) = told(&row, now(&file)).await;
    assert_eq!((told.status, used), (200, true));
    assert_eq!(told.field("x-api-token-deprecated"), row["expected"]["x_api_token_deprecated"].as_str());
}

#[tokio::test]
async fn the_reason_of_a_revocation_is_told_as_it_is_whatever_is_in_it() {
    let at = now(&file());
    let token = TokenFormat::legacy_sha1().mint(at);
    for reason in ["lost", "\"}</script>\\\n\u{1}é"] {
        let info = TokenInfo::new("doc").with_revoked_at(at).with_revoked_reason(reason);
        let layer = layer(MemoryStore::new().with_token(token.expose_secret(), info), at);
        let layer = layer.with_rejection(DjbletsRejection::new().with_utc_offset(-7 * 3600));
        let told =
            ask(&layer, Request::get("/").header("authorization", format!("token {}", token.expose_secret()))).await;
        let body: Value = serde_json::from_str(&told.body).unwrap();
        let expected = format!("This API token became invalid on Aug. 3, 2022, 10:07 a.m.: {reason}");
        assert_eq!(body["err"]["msg"], expected);
    }
}
