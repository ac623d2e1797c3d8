//! Servers with a fault, which the corpus has to notice: else it would notice nothing.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::corpus::{self, CORPUS, Case, case};
use crate::groups::identical;
use crate::judge::judge;
use crate::target::{Outcome, Target, scratch};
use crate::{Checked, crowd, named, scripts};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        named("planted::a_query_read_as_the_original_does_is_noticed", || {
            noticed("ustudio-hmac-v2", "insecure_reference_query=true", &QUERY)
        }),
        named("planted::missing_gates_are_noticed", || noticed("bearer", "insecure_no_gates=true", &GATES)),
        named("planted::too_old_a_message_is_noticed", || {
            noticed("sentry-legacy", "sentry_max_age_s=3601", &["E20-expired"])
        }),
        named("planted::too_young_a_limit_is_noticed", || {
            noticed("sentry-legacy", "sentry_max_age_s=3599", &["E21-edge"])
        }),
        named("planted::a_longer_leeway_is_noticed", || {
            noticed("standard-webhooks", "skew_s=301", &["F2-ts-future-301"])
        }),
        named("planted::a_shorter_leeway_is_noticed", || {
            noticed("standard-webhooks", "skew_s=299", &["F2-ts-future-300", "F2-ts-past-300"])
        }),
        named("planted::a_token_taken_from_the_query_is_noticed", || {
            noticed("bearer", "allow_query=true", &["D33-query-token"])
        }),
        named("planted::a_small_body_limit_is_noticed", || {
            noticed("ustudio-hmac-v2", "max_body=8", &["A00-control-post", "C16-binary-body"])
        }),
        named("planted::a_stripped_path_is_noticed", || {
            noticed("ustudio-hmac-v2", "mount=axum nest /api", &["A00-control-get"])
        }),
        named("planted::a_server_that_forgets_is_noticed", || {
            must_fail("R01-sequential", &scripts::steps(&case("R01-sequential").with_config("replay=off")))
        }),
        named("planted::memory_that_a_crowd_takes_is_noticed", crowd::more_memory_is_noticed),
        named("planted::an_outcome_that_is_changed_is_noticed", changed),
        named("planted::answers_that_differ_are_noticed", || {
            must_fail("two answers", &identical(&[case("D21-unknown"), case("D26-scope")]))
        }),
    ];
    for scheme in ["bearer", "sentry-legacy", "standard-webhooks", "ustudio-hmac-v2"] {
        trials.push(named(&format!("planted::an_open_{scheme}_server_fails_every_refusal"), move || open(scheme)));
        trials.push(named(&format!("planted::a_closed_{scheme}_server_fails_every_control"), move || closed(scheme)));
    }
    trials
}

const QUERY: [&str; 4] =
    ["A01-query-key-injection", "A02-body-into-query", "A04-invalid-utf8-alias", "A06-duplicate-order"];
const GATES: [&str; 4] = ["D26-scope", "D27-other-org", "D48-org-encoded", "D49-org-dotdot"];

/// All of these cases fail at a server that is set like this, though they pass at one that is not.
fn noticed(scheme: &str, setting: &str, ids: &[&str]) -> Checked {
    let target = Target::start(scheme, &[setting.to_owned()]);
    for id in ids {
        fails(&target, case(id))?;
    }
    Ok(())
}

/// Every request that must be refused is admitted by a server that guards nothing, and that fails the case.
fn open(scheme: &str) -> Checked {
    let target = Target::start(scheme, &["insecure_unguarded=true".into(), "body_timeout_ms=100".into()]);
    all_fail(scheme, &target, |case| case.expect.decision == "reject" && case.reaches_layer)
}

/// Every request that must be admitted is refused by a server that knows nobody, and that fails the case.
fn closed(scheme: &str) -> Checked {
    let mut file: Value = serde_json::from_str(&std::fs::read_to_string(corpus::path()).unwrap()).unwrap();
    for table in ["hmac_keys", "bearer_tokens", "sentry_keys"] {
        file["fixtures"][table] = json!({});
    }
    file["fixtures"]["webhook_secret"] = json!("whsec_bm9ib2R5J3Mgc2VjcmV0IGF0IGFsbA==");
    let path = scratch(&format!("nobody-{scheme}.json"));
    std::fs::write(&path, file.to_string()).unwrap();
    let target = Target::start_with(scheme, &[], &path, None);
    all_fail(scheme, &target, |case| case.expect.decision == "accept")
}

fn all_fail(scheme: &str, target: &Target, which: impl Fn(&&Case) -> bool) -> Checked {
    let cases = CORPUS.iter().filter(|case| case.scheme == scheme && case.raw.is_some()).filter(which);
    let mut count = 0;
    for case in cases {
        fails(target, case)?;
        count += 1;
    }
    if count > 0 { Ok(()) } else { Err("there is no such case".into()) }
}

fn fails(target: &Target, case: &Case) -> Checked {
    let faults = judge(case, &target.attack(case)?);
    if faults.is_empty() { Err(format!("{} does not notice it", case.id)) } else { Ok(()) }
}

fn must_fail(what: &str, checked: &Checked) -> Checked {
    if checked.is_err() { Ok(()) } else { Err(format!("{what} does not notice it")) }
}

/// What nothing else here touches: a case passes, and fails once this of its outcome is changed.
fn changed() -> Checked {
    type Change = fn(&mut Outcome);
    let changes: [(&str, Change); 8] = [
        ("E38-zlib-bomb", |outcome| outcome.rss_growth_mib = Some(9)),
        ("B36-auth-64k", |outcome| outcome.store_calls = 1),
        ("C17-pipelined-second", |outcome| outcome.answers[1].status = 200),
        ("A29-fragment", |outcome| outcome.answers[0].head += "x-inner-query: admin=1\r\n"),
        ("C16-binary-body", |outcome| outcome.answers[0].body.reverse()),
        ("D46-identity-header-spoof", |outcome| replace(outcome, "x-inner-identity: valid", "x-inner-identity: admin")),
        ("D01-none", |outcome| replace(outcome, "realm=\"things\"", "realm=\"things\", error=\"invalid_token\"")),
        ("K02-bad-signature", |outcome| outcome.answers[0].body = b"no such key".to_vec()),
    ];
    for (id, change) in changes {
        let case = case(id);
        let mut outcome = Target::start(&case.scheme, &case.config).attack(case)?;
        let before = judge(case, &outcome);
        change(&mut outcome);
        if !before.is_empty() || judge(case, &outcome).is_empty() {
            return Err(format!("{id} does not notice it, or anything: {before:?}"));
        }
    }
    Ok(())
}

fn replace(outcome: &mut Outcome, what: &str, by: &str) {
    let head = &mut outcome.answers[0].head;
    assert!(head.contains(what), "{head}");
    *head = head.replace(what, by);
}
