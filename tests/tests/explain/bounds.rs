//! A search costs no more than it may, whatever it is made to look at.

use countersign::explain::{Budget, Doctor};
use countersign::{Secrets, explain::Explanation};

use crate::plant::{Sent, names};

/// JSON for which every way to write it is another one, and much longer.
fn worst(len: usize) -> Vec<u8> {
    let piece = r#"{"b":"é/<&😀","a":[[[[1,2],{}]]],"c":" "},"#;
    let body = format!("[{}0]", piece.repeat(len / piece.len()));
    body.into_bytes()
}

fn with(budget: Option<Budget>, scheme: &str, row: &str, body: &[u8], secrets: usize) -> Explanation {
    let mut sent = Sent::of(scheme, row);
    sent.set_body(body);
    let secrets = Secrets::from_raw((0..secrets).map(|index| format!("a secret that is another one, {index}")));
    let doctor = Doctor::new(&*sent.scheme).with_budget(budget.unwrap_or_default());
    doctor.explain(&sent.head, &sent.body, &secrets, sent.now)
}

#[test]
fn two_mebibytes_of_the_worst_json_stay_within_the_budget() {
    let body = worst(2 << 20);
    assert!(body.len() > (2 << 20) - 100);
    let explanation = with(Some(Budget::new(8192, 12 << 20)), "stripe", "basic-json", &body, 1);
    assert!(explanation.findings().is_empty());
    assert!(explanation.work().bytes() <= 12 << 20, "{:?}", explanation.work());
    assert!(explanation.work().bytes() > 6 << 20 && !explanation.is_complete(), "{:?}", explanation.work());
    let body = worst(20 << 10);
    let explanation = with(None, "stripe", "basic-json", &body, 1);
    assert!(explanation.findings().is_empty() && explanation.is_complete());
    let work = explanation.work();
    assert!(work.macs() < 100 && work.bytes() > 30 * body.len(), "{work:?}: that was not the worst");
}

#[test]
fn a_budget_is_kept_whatever_it_is() {
    let body = worst(4_000);
    for (scheme, row) in
        [("github", "basic-json"), ("hubspot-v3", "post"), ("aws-sigv4", "post-utf8"), ("twilio", "docs-example")]
    {
        for (macs, bytes) in [(0, 0), (1, 1 << 20), (100, usize::MAX), (usize::MAX, 20_000), (700, 600_000)] {
            let explanation = with(Some(Budget::new(macs, bytes)), scheme, row, &body, 4);
            let work = explanation.work();
            assert!(work.macs() <= macs && work.bytes() <= bytes, "{scheme}: {work:?}");
            assert!(!explanation.is_complete(), "{scheme}: {macs} and {bytes} were meant to be too little");
            assert!(explanation.to_string().contains("The budget was spent"));
        }
    }
}

#[test]
fn a_small_budget_is_spent_on_the_likeliest_first() {
    let mut sent = Sent::of("github", "basic-json");
    sent.set_body(r#"{"action": "opened", "number": 1}"#);
    for (macs, named) in [(1, &[][..]), (2, &["json-compact"])] {
        let doctor = Doctor::new(&*sent.scheme).with_budget(Budget::new(macs, 1 << 20));
        assert_eq!(names(&sent.explained_by(&doctor)), named);
    }
}

#[test]
fn what_makes_no_difference_costs_nothing() {
    let mut sent = Sent::of("github", "github-docs-example");
    sent.secret = b"another one".to_vec();
    let before = sent.explained().work();
    // GitHub signs no target.
    sent.set_uri("https://example.com/a%20b//c/?d=1&c=+2&b=3");
    assert_eq!(sent.explained().work(), before);
}
