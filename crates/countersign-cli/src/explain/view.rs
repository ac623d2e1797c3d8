//! An explanation for programs.

use countersign::explain::{Change, Explanation, Finding};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct View<'a> {
    verifies: bool,
    signature_holds: bool,
    findings: Vec<FindingView<'a>>,
    signature_bases: &'a [String],
    macs: usize,
    bytes: usize,
    complete: bool,
}

#[derive(Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
enum FindingView<'a> {
    Mismatch {
        changes: Vec<ChangeView>,
        differences: Vec<DifferenceView<'a>>,
        secret_label: Option<&'a str>,
        public_url: Option<&'a str>,
    },
    Refusal {
        kind: String,
        text: String,
        advice: &'static str,
    },
    ReplayUnknown,
}

#[derive(Serialize)]
struct ChangeView {
    name: &'static str,
    signed: &'static str,
    advice: &'static str,
}

#[derive(Serialize)]
struct DifferenceView<'a> {
    part: &'static str,
    signed: &'a str,
    arrived: &'a str,
}

impl<'a> View<'a> {
    pub(super) fn of(explanation: &'a Explanation) -> Self {
        let work = explanation.work();
        Self {
            verifies: explanation.verifies(),
            signature_holds: explanation.signature_holds(),
            findings: explanation.findings().iter().filter_map(finding).collect(),
            signature_bases: explanation.signature_bases(),
            macs: work.macs(),
            bytes: work.bytes(),
            complete: explanation.is_complete(),
        }
    }
}

fn finding(finding: &Finding) -> Option<FindingView<'_>> {
    let change =
        |change: &Change| ChangeView { name: change.name(), signed: change.description(), advice: change.advice() };
    Some(match finding {
        Finding::Mismatch(mismatch) => FindingView::Mismatch {
            changes: mismatch.changes().iter().map(change).collect(),
            differences: mismatch
                .differences()
                .iter()
                .map(|difference| DifferenceView {
                    part: difference.part(),
                    signed: difference.signed(),
                    arrived: difference.arrived(),
                })
                .collect(),
            secret_label: mismatch.secret_label().map(|label| &**label),
            public_url: mismatch.public_url(),
        },
        Finding::Refusal(refusal) => FindingView::Refusal {
            kind: format!("{:?}", refusal.kind()),
            text: refusal.to_string(),
            advice: refusal.advice(),
        },
        Finding::ReplayUnknown => FindingView::ReplayUnknown,
        _ => return None,
    })
}
