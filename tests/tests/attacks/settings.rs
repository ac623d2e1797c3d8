//! What the target does not take, it refuses in words.

use std::process::Command;
use std::time::{Duration, SystemTime};

use countersign::hmac::schemes::{SchemeParameters, named as named_format, names};
use countersign::{KeyId, Secret, sign_request};
use http::Request;
use libtest_mimic::Trial;

use crate::corpus::case;
use crate::target::Target;
use crate::{Checked, corpus, named};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        named("target::what_cannot_be_honoured_is_refused_in_words", refused_in_words),
        named("target::a_token_may_stand_in_the_query_where_that_is_allowed", token_in_query),
        named("target::every_format_is_served_by_its_name", every_format),
    ]
}

fn refused_in_words() -> Checked {
    let settings = [
        ("bearer", "no_such_key=1", "there is no key `no_such_key`; see --help"),
        ("bearer", "max_body=much", "`max_body` cannot be `much`: it is a number"),
        ("bearer", "max_key_id_bytes=512", "`max_key_id_bytes` cannot be `512`: it is `256`, and cannot be changed"),
        ("bearer", "neg_ttl_s=5", "neg_ttl_s without cache_ttl_s"),
        ("bearer", "skew_s=5", "skew_s: nothing is timed by it"),
        ("standard-webhooks", "sentry_max_age_s=5", "sentry_max_age_s: nothing is timed by it"),
        ("standard-webhooks", "allow_query=true", "allow_query: there are no tokens"),
        ("github", "replay=off", "there is no secret: give --secret"),
        ("gitub", "replay=off", "there are: bearer, ustudio-hmac-v2, oauth, adyen, "),
        ("oauth", "mount=axum nest /api", "an authorization server is at the root of its origin"),
        (
            "oauth",
            "redirect_uri=http://app.test/cb",
            "`redirect_uri` cannot be `http://app.test/cb`: it is a redirect URI",
        ),
        ("bearer", "redirect_uri=https://app.test/CB", "redirect_uri: nobody is redirected"),
        ("sentry-legacy", "insecure_reference_query=true", "another scheme's"),
        ("ustudio-hmac-v2", "style=original", "there is one style only"),
        ("ustudio-hmac-v2", "replay_fault=error", "replay_fault without replay=on"),
    ];
    for (scheme, setting, words) in settings {
        let mut command = Command::new(env!("CARGO_BIN_EXE_attack-target"));
        command.arg("--fixtures").arg(corpus::path()).args(["--scheme", scheme, "--set", setting]);
        let output = command.output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() || !output.stdout.is_empty() || !said.contains(words) {
            return Err(format!("{setting}: {said:?}"));
        }
    }
    Ok(())
}

/// As a second place beside the header it is one too many.
fn token_in_query() -> Checked {
    let target = Target::start("bearer", &["allow_query=true".into()]);
    for (id, expected) in [("D33-query-token", 200), ("D34-header-and-query", 400), ("D00-control", 200)] {
        let status = target.attack(case(id))?.answers[0].status;
        if status != expected {
            return Err(format!("{id}: {status}, not {expected}"));
        }
    }
    Ok(())
}

/// A request without credentials is refused by each, for that or for its method; one that is signed with the secret passes.
fn every_format() -> Checked {
    for name in names() {
        let key = ["--secret", SECRET, "--public-url", "https://example.com/"];
        let target = Target::start_as(name, &key, &[], &corpus::path(), None);
        let bare = b"POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let outcome = target.send(bare, false)?;
        if ![401, 405].contains(&outcome.answers[0].status) || outcome.inner_calls != 0 {
            return Err(format!("{name}: {:?}", outcome.answers));
        }
        // Two signatures stand in a body that is the application's.
        if ["adyen-notification", "mailgun"].contains(&name) {
            continue;
        }
        let outcome = target.send(&signed(name), false)?;
        if outcome.answers[0].status != 200 || outcome.inner_calls != 1 {
            return Err(format!("{name}: {:?}", outcome.answers));
        }
    }
    Ok(())
}

/// Signed in this format when the clock stands still.
fn signed(name: &str) -> Vec<u8> {
    let parameters = SchemeParameters::new()
        .with_scope("us-east-1", "service")
        .with_notification_url("https://example.com/")
        .with_access_token("akab-access");
    let scheme = named_format(name, &parameters).unwrap();
    let (method, body) = match name {
        "linear" => ("POST", "{\"webhookTimestamp\":1700000000000}"),
        "shopify-query" => ("GET", ""),
        _ => ("POST", "a=1"),
    };
    let request = Request::builder().method(method).uri("https://example.com/");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(()).unwrap();
    let (mut head, ()) = request.into_parts();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let (key_id, secret) = (KeyId::new("correct-key").unwrap(), Secret::new(SECRET).unwrap());
    sign_request(&mut head, body.as_bytes(), &scheme, &key_id, &secret, now).unwrap();
    let target = head.uri.path_and_query().unwrap();
    let mut text = format!("{method} {target} HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n");
    for (name, value) in &head.headers {
        text += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    format!("{text}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Bytes, hexadecimal digits and base64 at once: some formats want their secrets so.
const SECRET: &str = "00112233445566778899aabbccddeeff";
