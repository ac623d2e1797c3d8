//! Where Sentry's applications return to, and what their code verifiers come to, row by row; see `vectors/README.md`. Of the
//! three answers to a redirect URI ours is held against the strictest, which is Sentry's own for new applications.

use countersign::{ManualClock, MemoryStore};
use countersign_oauth::RedirectUri;
use countersign_tests::authorizing::{CLIENT, ISSUER, Site, form, told};
use countersign_tests::{Compared, Deviation};
use serde_json::Value;

fn file() -> Value {
    serde_json::from_str(include_str!("../../vectors/sentry-dev-toolbar.json")).unwrap()
}

const SENT: (u16, &str) = (302, "");
const REFUSED: (u16, &str) = (400, "");
const GIVEN: (u16, &str) = (200, "");

/// Every row, spelled as `spelled` does.
fn redirects(file: &Value, spelled: impl Fn(&str) -> String) -> Compared {
    let mut compared = Compared::default();
    for row in file["redirect_uris"].as_array().unwrap() {
        let registered = row["registered"].as_array().unwrap().iter().map(|uri| spelled(uri.as_str().unwrap()));
        let value = spelled(row["value"].as_str().unwrap());
        // What is no redirect URI cannot be registered.
        let comes =
            registered.filter_map(|uri| uri.parse::<RedirectUri>().ok()).any(|registered| registered.matches(&value));
        let says = row["modern_v1_strict"].as_bool().unwrap();
        let outcome = |sent| if sent { SENT } else { REFUSED };
        compared.note(&value, outcome(says), outcome(comes));
    }
    compared
}

const NOT_HTTPS: &str = "a code that goes to another machine over http can be read on the way (RFC 9700 section 2.6)";

const REDIRECTS: &[Deviation] =
    &[("http://example.com/", REFUSED, NOT_HTTPS), ("http://sub.example.com/path", REFUSED, NOT_HTTPS)];

#[test]
fn a_redirect_uri_matches_as_in_sentry_but_for_what_is_listed() {
    redirects(&file(), str::to_owned).agrees_with(REDIRECTS, 13);
}

#[test]
fn over_https_a_redirect_uri_matches_as_in_sentry() {
    let secure = |uri: &str| match uri.contains("example.com") {
        true => uri.replace("http://", "https://").replace(":80/", ":443/"),
        false => uri.to_owned(),
    };
    redirects(&file(), secure).agrees_with(&[], 13);
}

#[test]
#[should_panic(expected = "deviates and is not listed")]
fn another_match_than_a_row_says_is_noticed() {
    let mut file = file();
    file["redirect_uris"][1]["modern_v1_strict"] = true.into();
    redirects(&file, str::to_owned).agrees_with(REDIRECTS, 13);
}

/// Each row from the request to the token.
async fn verifiers(file: &Value) -> Compared {
    let clock = ManualClock::at_unix(1_800_000_000);
    let site = Site::start(MemoryStore::new(), clock, "https://app.test/cb", |server| server).await;
    let mut compared = Compared::default();
    for row in file["pkce"].as_array().unwrap() {
        let text = |name: &str| row[name].as_str().unwrap();
        let back = site.code(text("challenge"), text("method")).await;
        let (status, said) = match told(&back, "code") {
            Some(code) => site.redeem(&site.redemption(code, text("verifier"))).await,
            None => (400, told(&back, "error").unwrap().to_owned()),
        };
        let error = if text("method") == "plain" { "invalid_request" } else { "invalid_grant" };
        assert!(status == 200 || said == error, "{row}: {said}");
        assert_eq!(status == 200, site.call(&said).await == 200, "{row}");
        let says = if row["result"][0].as_bool().unwrap() { GIVEN } else { REFUSED };
        compared.note(&format!("{} by {}", text("verifier"), text("method")), says, (status, ""));
    }
    compared
}

#[tokio::test]
async fn a_code_verifier_is_worth_what_it_is_in_sentry() {
    verifiers(&file()).await.agrees_with(&[], 4);
}

#[tokio::test]
#[should_panic(expected = "deviates and is not listed")]
async fn another_verdict_than_a_row_says_is_noticed() {
    let mut file = file();
    file["pkce"][1]["result"][0] = true.into();
    verifiers(&file).await.agrees_with(&[], 4);
}

/// As today's Sentry sends it, and who sent it (RFC 9207). Its scopes are others.
#[tokio::test]
async fn the_implicit_grant_answers_as_in_sentry() {
    let file = file();
    let sentrys = file["oauth_implicit_redirect"]["modern"].as_str().unwrap();
    let redirect_uri = "https://www.sentry.io/authorized/";
    // 2024-09-01T12:00:00Z, as the file has it.
    let clock = ManualClock::at_unix(1_725_192_000);
    let implicit = |server: countersign_oauth::AuthorizationServer| server.with_insecure_implicit_grant();
    let site = Site::start(MemoryStore::new(), clock, redirect_uri, implicit).await;
    let asked = [
        ("response_type", "token"),
        ("client_id", CLIENT),
        ("redirect_uri", redirect_uri),
        ("scope", "things:read things:write"),
        ("state", "xyz"),
    ];
    let answer = site.approve(&form(&asked)).await;
    let ours = fragment(answer.field("location").unwrap(), redirect_uri);
    let token = told(&ours, "access_token").unwrap();
    assert_eq!(site.call(token).await, 200);
    let mut expected = fragment(sentrys, redirect_uri);
    for (name, value) in &mut expected {
        match name.as_str() {
            "access_token" => token.clone_into(value),
            "scope" => "things:read things:write".clone_into(value),
            _ => {}
        }
    }
    expected.push(("iss".to_owned(), ISSUER.to_owned()));
    assert_eq!(ours, expected);
}

fn fragment(location: &str, redirect_uri: &str) -> Vec<(String, String)> {
    let fragment = location.strip_prefix(redirect_uri).and_then(|rest| rest.strip_prefix('#')).unwrap();
    form_urlencoded::parse(fragment.as_bytes()).into_owned().collect()
}
