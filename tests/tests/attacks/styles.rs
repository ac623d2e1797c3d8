//! Sentry's messages in either style of refusals: what they are answered with is the original's by default, and otherwise what
//! every other layer says.

use countersign_tests::Answer;
use libtest_mimic::Trial;

use crate::corpus::{CORPUS, Case};
use crate::judge::EXCEPTIONS;
use crate::target::Target;
use crate::{Checked, named};

pub(crate) fn trials() -> Vec<Trial> {
    let cases = || CORPUS.iter().filter(|case| case.scheme == "sentry-legacy" && case.raw.is_some());
    let each = cases().flat_map(|case| {
        [("original", ORIGINAL), ("modern", MODERN)]
            .map(|(style, listed)| named(&format!("style={style}::{}", case.id), move || check(case, style, listed)))
    });
    let whole = named("style=modern::refusals_of_one_kind_are_not_told_apart", || one_answer(&ONE_ANSWER));
    each.chain([whole, named("style::every_case_that_is_listed_is_one", every_listed)]).collect()
}

/// The status is the one that the case names first, unless it is listed; what is refused does not get in, in either style.
fn check(case: &Case, style: &str, listed: &[Listed]) -> Checked {
    let mut settings = case.config.clone();
    settings.push(format!("style={style}"));
    let outcome = Target::start(&case.scheme, &settings).attack(case)?;
    let [answer] = &outcome.answers[..] else { return Err(format!("{} answers", outcome.answers.len())) };
    let own = listed.iter().find(|(id, ..)| *id == case.id);
    let expected = own.map_or(case.expect.status, |(_, status, _)| *status);
    let admitted = answer.status == 200;
    let exempt = EXCEPTIONS.iter().any(|(id, what, _)| *id == case.id && *what == "inner calls");
    let checks = [
        ("status", answer.status == expected),
        ("listed", own.is_none_or(|(_, status, _)| *status != case.expect.status)),
        ("inner calls", outcome.inner_calls == usize::from(admitted)),
        ("decision", exempt || admitted == case.expect.inner_called),
        ("challenge", (answer.status == 401) == answer.field("www-authenticate").is_some()),
        ("cache-control", admitted || answer.field("cache-control") == Some("no-store")),
        ("body", admitted || looks(answer, style)),
    ];
    match checks.iter().find(|(_, holds)| !holds) {
        None => Ok(()),
        Some((what, _)) => Err(format!("{what}: {}", answer.head)),
    }
}

/// A page of Django's, or a problem (RFC 9457).
fn looks(answer: &Answer, style: &str) -> bool {
    let is_problem = answer.field("content-type") == Some("application/problem+json");
    let names_status = String::from_utf8_lossy(&answer.body).contains(&format!("\"status\":{}", answer.status));
    if style == "modern" {
        is_problem && names_status
    } else {
        !is_problem && answer.field("content-type") == Some("text/html; charset=utf-8")
    }
}

/// Whole responses, but for `Date`.
fn one_answer(ids: &[&str]) -> Checked {
    let target = Target::start("sentry-legacy", &["style=modern".into()]);
    let mut answers = Vec::new();
    for id in ids {
        let case = crate::corpus::case(id);
        answers.push(target.attack(case)?.answers.into_iter().map(Answer::without_date).collect::<Vec<_>>());
    }
    if answers.windows(2).all(|two| two[0] == two[1]) { Ok(()) } else { Err(format!("{answers:?}")) }
}

fn every_listed() -> Checked {
    let listed = ORIGINAL.iter().chain(MODERN).map(|(id, ..)| *id).chain(ONE_ANSWER);
    let unknown: Vec<_> = listed.filter(|id| !CORPUS.iter().any(|case| case.id == **id)).collect();
    if unknown.is_empty() { Ok(()) } else { Err(format!("{unknown:?}")) }
}

/// A case, the status it gets instead of the one that the corpus names first, and why.
type Listed = (&'static str, u16, &'static str);

const MISSING: &str = "a parameter that is empty is missing, which is 401 in either style";
const UNREADABLE: &str = "parameters that cannot be read are 401 in either style";

const ORIGINAL: &[Listed] = &[
    ("E1-ts-comma-decimal", 401, UNREADABLE),
    ("E1-ts-empty", 401, MISSING),
    ("E30-dup-signature", 401, UNREADABLE),
    ("E32-scheme-only", 401, MISSING),
];

const EXPIRED: &str = "410 is the original's: what is stale is refused as a wrong signature is";
const FORBIDDEN: &str = "403 is the original's: a wrong signature is 401, with a challenge";

const MODERN: &[Listed] = &[
    ("E1-ts-comma-decimal", 401, UNREADABLE),
    ("E1-ts-empty", 401, MISSING),
    ("E20-expired", 401, EXPIRED),
    ("E25-prefix-signature", 401, FORBIDDEN),
    ("E26-upper-hex", 401, FORBIDDEN),
    ("E28-other-project-key", 401, FORBIDDEN),
    ("E30-dup-signature", 401, UNREADABLE),
    ("E32-scheme-only", 401, MISSING),
    ("E35-body-tampered", 401, FORBIDDEN),
];

const ONE_ANSWER: [&str; 5] =
    ["E20-expired", "E25-prefix-signature", "E26-upper-hex", "E28-other-project-key", "E35-body-tampered"];
