//! Cases that take more than one request, or a server in trouble.

use std::time::SystemTime;

use countersign::hmac::schemes::UstudioV2;
use countersign::{KeyId, Secret, sign_request};
use http::Request;
use serde_json::{Value, json};

use crate::corpus::{self, Case, Step, case};
use crate::leaks;
use crate::target::{Outcome, Target, scratch};
use crate::{Checked, crowd};

type Script = fn() -> Checked;

/// What shows a case that is described in words only.
pub(crate) fn of(id: &str) -> Option<Script> {
    SCRIPTS.iter().find(|(own, _)| *own == id).map(|(_, script)| *script)
}

/// What a store's failure looks like to a layer: an error (refused, reset, no connection free, an unreadable row), no answer
/// in time, or a panic. Which failure becomes which is for the tests of each store.
const SCRIPTS: &[(&str, Script)] = &[
    ("G-TokenStore-down", || store_fault("D00-control", "error")),
    ("G-TokenStore-slow", || store_fault("D00-control", "slow")),
    ("G-TokenStore-blackhole", || store_fault("D00-control", "hang")),
    ("G-TokenStore-reset", || store_fault("D00-control", "error")),
    ("G-TokenStore-pool-exhausted", || store_fault("D00-control", "hang")),
    ("G-TokenStore-garbage", || store_fault("D00-control", "error")),
    ("G-TokenStore-panic", || store_fault("D00-control", "panic")),
    ("G-SecretStore-slow", || store_fault("A00-control-post", "slow")),
    ("G-SecretStore-blackhole", || store_fault("A00-control-post", "hang")),
    ("G-SecretStore-reset", || store_fault("A00-control-post", "error")),
    ("G-SecretStore-pool-exhausted", || store_fault("A00-control-get", "hang")),
    ("G-SecretStore-garbage", || store_fault("A00-control-get", "error")),
    ("G-ReplayStore-down", || replay_fault("error")),
    ("G-ReplayStore-blackhole", || replay_fault("hang")),
    ("G-ReplayStore-reset", || replay_fault("error")),
    ("G-ReplayStore-pool-exhausted", || replay_fault("slow")),
    ("G-ReplayStore-panic", || replay_fault("panic")),
    ("G-flapping", flapping),
    ("R03-respelled", respelled),
    ("R10-nonce-scope", nonces_are_scoped_by_key),
    ("R12-store-full", full_nonce_store),
    ("X-debug", leaks::debug),
    ("X-error-body", leaks::bodies),
    ("X-trace", leaks::trace),
    ("V-error-cached", errors_are_not_cached),
    ("V-negative-then-created", || asked_each_time("D21-unknown")),
    ("V-resurrect", nothing_is_resurrected),
    ("V-revoke-other-node", || asked_each_time("D00-control")),
    ("V-verify-before-cache", cached_after_verification),
    ("W-concurrency", crowd::slow_bodies),
];

/// The steps that a case has itself, one after another at one server.
pub(crate) fn steps(case: &Case) -> Checked {
    let mut settings = case.config.clone();
    if case.id == "R11-nonce-poisoning" {
        // What it is about: without it there are no nonces.
        settings.push("replay=on".into());
    }
    let target = Target::start(&case.scheme, &settings);
    for step in &case.steps {
        let (raw, status) = match step {
            Step::Send { id, status } => (raw(id), *status),
            Step::SendToken { token, status } => {
                (replaced("D00-control", "tk_0A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8S9t", token), *status)
            }
        };
        expect(&target, &raw, status)?;
    }
    Ok(())
}

/// Sends, and wants this status, with the inner service called for a 200 alone.
fn expect(target: &Target, raw: &[u8], status: u16) -> Result<Outcome, String> {
    let outcome = target.send(raw, false)?;
    let statuses: Vec<u16> = outcome.answers.iter().map(|answer| answer.status).collect();
    if statuses != [status] || outcome.inner_calls != usize::from(status == 200) {
        let request = String::from_utf8_lossy(raw);
        return Err(format!("{statuses:?} and {} inner calls, not {status}: {request}", outcome.inner_calls));
    }
    Ok(outcome)
}

/// 503 with the moment to come again, and nothing of what the store said.
fn expect_unavailable(target: &Target, raw: &[u8]) -> Checked {
    let outcome = expect(target, raw, 503)?;
    let answer = &outcome.answers[0];
    let told = answer.field("retry-after") == Some("1") && answer.body == b"Service Unavailable\n";
    let quiet = answer.field("www-authenticate").is_none() && !answer.head.contains("store.internal");
    if told && quiet { Ok(()) } else { Err(format!("{answer:?}")) }
}

fn store_fault(id: &str, fault: &str) -> Checked {
    let target = Target::start(&case(id).scheme, &[format!("store_fault={fault}")]);
    expect_unavailable(&target, &raw(id))
}

fn replay_fault(fault: &str) -> Checked {
    let target = Target::start("ustudio-hmac-v2", &["replay=on".into(), format!("replay_fault={fault}")]);
    expect_unavailable(&target, &raw("A00-control-get"))?;
    expect_unavailable(&target, &raw("A00-control-post"))?;
    // The nonce is claimed last: who has no signature does not get that far.
    expect(&target, &raw("K02-bad-signature"), 401).map(drop)
}

/// A store that fails every other time, and eight clients at once.
fn flapping() -> Checked {
    let target = Target::start("bearer", &["store_fault=flap".into()]);
    let (good, bad) = (raw("D00-control"), raw("D23-expired"));
    let client = |_| {
        let mut seen = [0; 3];
        for round in 0..24 {
            let (raw, allowed) = if round % 3 == 0 { (&bad, [401, 503]) } else { (&good, [200, 503]) };
            let status = target.send(raw, false)?.answers[0].status;
            let at = allowed.iter().position(|allowed| *allowed == status);
            seen[at.ok_or_else(|| format!("{status}, not {allowed:?}"))?] += 1;
        }
        Ok(seen)
    };
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8).map(|client_number| scope.spawn(move || client(client_number))).collect();
        let seen: Result<Vec<[usize; 3]>, String> = clients.into_iter().map(|client| client.join().unwrap()).collect();
        let [decided, failed, _] = seen?.into_iter().fold([0; 3], |sum, seen| [sum[0] + seen[0], sum[1] + seen[1], 0]);
        if decided == 96 && failed == 96 { Ok(()) } else { Err(format!("{decided} decided, {failed} failed")) }
    })
}

/// However a request is spelled, its signature is the same one.
fn respelled() -> Checked {
    let spellings = [
        ("A00-control-get", raw("B47-trailing-ows")),
        ("A00-control-post", moved_to_the_end("A00-control-post", "Authorization: ")),
        ("A16-plus-vs-space", replaced("A16-plus-vs-space", "q=1+2", "q=1%202")),
        ("A17-param-reorder", replaced("A17-param-reorder", "b=2&a=1", "a=1&b=2")),
    ];
    let (guarding, forgetful) = (
        Target::start("ustudio-hmac-v2", &["replay=on".into()]),
        Target::start("ustudio-hmac-v2", &["replay=off".into()]),
    );
    for (id, respelled) in &spellings {
        expect(&guarding, &raw(id), 200)?;
        expect(&guarding, respelled, 401)?;
        // It is refused for being a replay and for nothing else.
        expect(&forgetful, respelled, 200)?;
    }
    expect(&guarding, &raw("B11-upper-hex"), 401).map(drop)
}

/// Two keys with one secret, so that their signatures are the same: each has nonces of its own.
fn nonces_are_scoped_by_key() -> Checked {
    let mut file: Value = serde_json::from_str(&std::fs::read_to_string(corpus::path()).unwrap()).unwrap();
    file["fixtures"]["hmac_keys"]["twin-key"] = json!("secret");
    let path = scratch("twin-key.json");
    std::fs::write(&path, file.to_string()).unwrap();
    let target = Target::start_with("ustudio-hmac-v2", &["replay=on".into()], &path, None);
    let twin = replaced("A00-control-get", "correct-key", "twin-key");
    for (raw, status) in [(&raw("A00-control-get"), 200), (&twin, 200), (&twin, 401), (&raw("A00-control-get"), 401)] {
        expect(&target, raw, status)?;
    }
    Ok(())
}

/// Room for two nonces, one for each key.
fn full_nonce_store() -> Checked {
    let target = Target::start("ustudio-hmac-v2", &["replay=on".into(), "replay_capacity=2".into()]);
    expect(&target, &raw("A00-control-get"), 200)?;
    // The key's own share is spent, then everybody's.
    expect_unavailable(&target, &raw("A00-control-post"))?;
    expect(&target, &signed_by_other_key("/p"), 200)?;
    expect_unavailable(&target, &signed_by_other_key("/q"))?;
    // Nothing was forgotten for it.
    expect(&target, &raw("A00-control-get"), 401)?;
    expect(&target, &signed_by_other_key("/p"), 401).map(drop)
}

fn errors_are_not_cached() -> Checked {
    let bearer = Target::start("bearer", &["store_fault=error-first".into()]);
    expect_unavailable(&bearer, &raw("D00-control"))?;
    expect(&bearer, &raw("D00-control"), 200)?;
    expect(&bearer, &raw("D21-unknown"), 401)?;
    let settings = ["store_fault=error-first", "cache_ttl_s=60", "neg_ttl_s=60"].map(str::to_owned);
    let kept = Target::start("bearer", &settings);
    expect_unavailable(&kept, &raw("D00-control"))?;
    expect(&kept, &raw("D00-control"), 200)?;
    expect(&kept, &raw("D21-unknown"), 401)?;
    let signed = Target::start("ustudio-hmac-v2", &settings);
    expect_unavailable(&signed, &raw("A00-control-get"))?;
    expect(&signed, &raw("A00-control-get"), 200)?;
    expect(&signed, &raw("K02-bad-signature"), 401).map(drop)
}

/// What a store says of a token is good for one request: what changes there counts from the next one on.
fn asked_each_time(id: &str) -> Checked {
    let target = Target::start("bearer", &[]);
    for _ in 0..3 {
        let asked = expect(&target, &raw(id), case(id).expect.status)?.store_calls;
        if asked != 1 {
            return Err(format!("the store was asked {asked} times"));
        }
    }
    Ok(())
}

fn nothing_is_resurrected() -> Checked {
    let bearer = Target::start("bearer", &["store_fault=error-later".into()]);
    expect(&bearer, &raw("D00-control"), 200)?;
    expect_unavailable(&bearer, &raw("D00-control"))
}

/// A key is kept once a signature was verified with it, and not before.
fn cached_after_verification() -> Checked {
    let target = Target::start("ustudio-hmac-v2", &["cache_ttl_s=60".into(), "neg_ttl_s=60".into()]);
    let asked = [("K02-bad-signature", 401, 1), ("A00-control-get", 200, 1), ("A00-control-get", 200, 0)];
    for (id, status, expected) in asked {
        let asked = expect(&target, &raw(id), status)?.store_calls;
        if asked != expected {
            return Err(format!("{id}: the store was asked {asked} times, not {expected}"));
        }
    }
    Ok(())
}

fn raw(id: &str) -> Vec<u8> {
    case(id).raw.clone().expect("the case is a request")
}

/// A case's request with something else in the place of what it has once.
fn replaced(id: &str, what: &str, by: &str) -> Vec<u8> {
    let text = String::from_utf8(raw(id)).unwrap();
    assert_eq!(text.matches(what).count(), 1, "{text}");
    text.replace(what, by).into_bytes()
}

/// A case's request with one of its fields behind all others.
fn moved_to_the_end(id: &str, field: &str) -> Vec<u8> {
    let text = String::from_utf8(raw(id)).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let (moved, others): (Vec<&str>, Vec<&str>) = head.split("\r\n").partition(|line| line.starts_with(field));
    assert_eq!(moved.len(), 1, "{text}");
    format!("{}\r\n{}\r\n\r\n{body}", others.join("\r\n"), moved[0]).into_bytes()
}

fn signed_by_other_key(path: &str) -> Vec<u8> {
    let (mut head, ()) = Request::get(path).body(()).unwrap().into_parts();
    let (key_id, secret) = (KeyId::new("other-key").unwrap(), Secret::new("other-secret").unwrap());
    sign_request(&mut head, b"", &UstudioV2::new(), &key_id, &secret, SystemTime::UNIX_EPOCH).unwrap();
    let credentials = head.headers["authorization"].to_str().unwrap();
    format!("GET {path} HTTP/1.1\r\nHost: api.test\r\nAuthorization: {credentials}\r\nConnection: close\r\n\r\n")
        .into_bytes()
}
