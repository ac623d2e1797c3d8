//! Whether what came out is what a case expects.

use countersign_tests::Answer;

use crate::corpus::Case;
use crate::target::Outcome;

/// Something that is not as expected: what, and how it is instead.
pub(crate) type Fault = (&'static str, String);

/// Cases whose expectation does not hold together: what of it, and why. They have to differ in exactly this.
pub(crate) const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "D40-sqli",
        "status",
        "a token68 has no `*` (RFC 9110 section 11.2), so it is malformed, not unknown: 400, as D1-colon",
    ),
    ("D40-sqli", "challenge", "the same: `invalid_request`"),
    (
        "D34-header-and-query",
        "inner calls",
        "wants 200, which only the inner service gives, and the inner service not called",
    ),
    (
        "E37-equals-in-value",
        "inner calls",
        "wants 200, which only the inner service gives, and the inner service not called",
    ),
];

/// What is wrong with the outcome, after what is known to be wrong with the case.
pub(crate) fn judge(case: &Case, outcome: &Outcome) -> Vec<Fault> {
    let mut faults = faults(case, outcome);
    for (_, what, why) in EXCEPTIONS.iter().filter(|(id, ..)| *id == case.id) {
        let before = faults.len();
        faults.retain(|(fault, _)| fault != what);
        if faults.len() == before {
            faults.push(("exception", format!("the case is listed, but its {what} are as it says ({why})")));
        }
    }
    faults
}

fn faults(case: &Case, outcome: &Outcome) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut check = |holds: bool, what: &'static str, found: String| {
        if !holds {
            faults.push((what, found));
        }
    };
    let expect = &case.expect;
    let statuses: Vec<u16> = outcome.answers.iter().map(|answer| answer.status).collect();
    check(statuses.len() == 1 + usize::from(expect.second_response.is_some()), "responses", format!("{statuses:?}"));
    let Some(answer) = outcome.answers.first() else { return faults };
    let status = answer.status;
    let as_expected = status == expect.status || expect.status_also_ok.contains(&status);
    check(as_expected, "status", format!("{status}, not {} or {:?}", expect.status, expect.status_also_ok));
    check(statuses.get(1).copied() == expect.second_response, "second response", format!("{statuses:?}"));
    check(!case.control || status == 200, "control", format!("{status}"));
    let calls = outcome.inner_calls;
    check(calls == usize::from(expect.inner_called), "inner calls", format!("{calls}"));
    let admitted = answer.field("x-inner-called").is_some();
    check(admitted == (status == 200), "inner answer", format!("{admitted} with {status}"));
    check(expect.decision != "reject" || !admitted, "decision", "admitted".into());
    check(expect.decision != "accept" || admitted || expect.status != 200, "decision", "refused".into());
    if let Some(expected) = expect.store_calls {
        check(outcome.store_calls == expected, "store calls", format!("{}", outcome.store_calls));
    }
    if let (Some(limit), Some(growth)) = (expect.rss_growth_max_mib, outcome.rss_growth_mib) {
        check(growth <= limit, "memory", format!("{growth} MiB more"));
    }
    judge_challenge(case, answer, &mut check);
    judge_inner(case, answer, &mut check);
    for answer in &outcome.answers {
        judge_refusal(answer, &mut check);
    }
    faults
}

fn judge_challenge(case: &Case, answer: &Answer, check: &mut impl FnMut(bool, &'static str, String)) {
    let challenges: Vec<&str> = values(answer, "www-authenticate").collect();
    let found = || format!("{challenges:?}");
    check(answer.status != 401 || !challenges.is_empty(), "challenge", found());
    if let Some(part) = &case.expect.www_authenticate {
        check(challenges.iter().any(|challenge| challenge.contains(part)), "challenge", found());
    }
    if let Some(part) = &case.expect.www_must_not_contain {
        check(!challenges.iter().any(|challenge| challenge.contains(part)), "challenge", found());
    }
}

fn judge_inner(case: &Case, answer: &Answer, check: &mut impl FnMut(bool, &'static str, String)) {
    let seen = |name: &str| answer.field(name).map(str::to_owned);
    let expect = &case.expect;
    let found = |name: &str| format!("{:?}", seen(name));
    let as_expected = |expected: &Option<String>, name| expected.is_none() || seen(name) == *expected;
    check(as_expected(&expect.inner_method, "x-inner-method"), "inner method", found("x-inner-method"));
    check(as_expected(&expect.inner_path, "x-inner-path"), "inner path", found("x-inner-path"));
    if let Some(query) = &expect.inner_query {
        check(seen("x-inner-query") == *query, "inner query", found("x-inner-query"));
    }
    if let Some(body) = &expect.inner_body {
        check(answer.body == *body, "inner body", format!("{:?}", answer.body));
    }
    if expect.identity_from_token {
        // The name of the token in the fixtures.
        check(seen("x-inner-identity").as_deref() == Some("valid"), "identity", found("x-inner-identity"));
    }
}

/// What holds for every refusal, whatever the case is about.
fn judge_refusal(answer: &Answer, check: &mut impl FnMut(bool, &'static str, String)) {
    if answer.status < 400 {
        return;
    }
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    check(FIXED.contains(&body.as_str()), "body", format!("{body:?}"));
    let own_text = answer.head.contains("store.internal");
    check(!own_text, "head", "the store's words".into());
    let retry = answer.field("retry-after");
    check((answer.status == 503) == (retry == Some("1")), "retry-after", format!("{retry:?} with {}", answer.status));
}

/// All that a refused caller is ever told in a body.
const FIXED: [&str; 17] = [
    "",
    "Bad Request",
    "Bad Request\n",
    "Forbidden\n",
    "Invalid signature",
    "Invalid timestamp",
    "Message has expired",
    "Method Not Allowed\n",
    "Payload Too Large",
    "Payload Too Large\n",
    "Request Header Fields Too Large",
    "Request Header Fields Too Large\n",
    "Request Timeout\n",
    "Service Unavailable",
    "Service Unavailable\n",
    "Unauthorized",
    "Unauthorized\n",
];

/// All values of a field.
fn values<'a>(answer: &'a Answer, name: &str) -> impl Iterator<Item = &'a str> {
    let fields = answer.head.lines().filter_map(|line| line.split_once(':'));
    fields.filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}
