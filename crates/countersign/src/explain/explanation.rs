//! What is said about a request.

use std::fmt;

use crate::auth::AuthErrorKind;
use crate::explain::{Finding, Mismatch, Work};

/// Why a request is refused, as far as it can be told; for the operator, never for the caller.
///
/// There is no secret in it, no signature, and nothing of which one could be made. `Display` says all of it on several lines.
#[derive(Clone, Debug)]
pub struct Explanation {
    pub(super) scheme: &'static str,
    pub(super) holds: bool,
    pub(super) findings: Vec<Finding>,
    pub(super) bases: Vec<String>,
    pub(super) work: Work,
    pub(super) complete: bool,
    /// Whether it was looked for.
    pub(super) searched: bool,
}

impl Explanation {
    /// Whether the request passes, but for a replay.
    #[must_use]
    pub fn verifies(&self) -> bool {
        self.holds && !self.findings.iter().any(|finding| matches!(finding, Finding::Mismatch(_) | Finding::Refusal(_)))
    }

    /// Whether one of the live secrets made the signature of this very request, whatever else speaks against it.
    #[must_use]
    pub const fn signature_holds(&self) -> bool {
        self.holds
    }

    /// What was found, the best explanation first; empty where there is none.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// How what was signed differs from what arrived, where that was found.
    #[must_use]
    pub fn mismatch(&self) -> Option<&Mismatch> {
        self.findings.iter().find_map(|finding| match finding {
            Finding::Mismatch(mismatch) => Some(mismatch),
            _ => None,
        })
    }

    /// What has to be signed of the request as it arrived, body and digests described, secrets and credentials left out, 2 KiB of
    /// it at most: to be held against what the sender says it signed. One mostly; none where the format cannot describe it.
    #[must_use]
    pub fn signature_bases(&self) -> &[String] {
        &self.bases
    }

    /// What the search cost.
    #[must_use]
    pub const fn work(&self) -> Work {
        self.work
    }

    /// Whether everything was tried that there is to try; `false` where the budget ran out first.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.complete
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match (self.verifies(), self.holds) {
            (true, _) => "The request verifies",
            (false, true) => "The signature holds, and the request is refused",
            (false, false) => "The signature does not verify",
        };
        writeln!(f, "{verdict} ({}).", self.scheme)?;
        for finding in &self.findings {
            match finding {
                Finding::Mismatch(mismatch) => write!(f, "{mismatch}")?,
                Finding::Refusal(refusal) => writeln!(f, "\nRefused in any case: {refusal}.\n  {}", refusal.advice())?,
                Finding::ReplayUnknown => {
                    writeln!(
                        f,
                        "\nWhether it was seen before cannot be told here: the running service knows that alone."
                    )?;
                }
            }
        }
        let is_digest = |finding: &Finding| matches!(finding, Finding::Refusal(refusal) if refusal.kind() == AuthErrorKind::BadSignature);
        let explained = self.holds || self.mismatch().is_some() || self.findings.iter().any(is_digest);
        if self.searched && !explained {
            writeln!(
                f,
                "\nNo explanation was found: another secret signed it, or something was changed that cannot be undone."
            )?;
        }
        if self.mismatch().is_none() && !self.verifies() {
            for base in &self.bases {
                writeln!(f, "\nTo be signed of this request:\n  {base}")?;
            }
        }
        if !self.complete && !explained {
            writeln!(f, "\nThe budget was spent before everything was tried.")?;
        }
        write!(f, "\nComputed {} MACs, over {} bytes.", self.work.macs(), self.work.bytes())
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nThe signature fits, but for what was signed, or how:")?;
        for change in &self.changes {
            writeln!(f, "  {change}  [{}]", change.name())?;
        }
        for difference in &self.differences {
            let part = difference.part();
            writeln!(f, "  {part}, signed:   {}\n  {part}, arrived:  {}", difference.signed(), difference.arrived())?;
        }
        if let Some(label) = &self.secret_label {
            writeln!(f, "  secret: {}", label.escape_debug())?;
        }
        let mut said = Vec::new();
        for advice in self.changes.iter().map(|change| change.advice()) {
            if !said.contains(&advice) {
                writeln!(f, "  {advice}")?;
                said.push(advice);
            }
        }
        match &self.public_url {
            Some(url) => writeln!(f, "  The public URL would be {url}"),
            None => Ok(()),
        }
    }
}
