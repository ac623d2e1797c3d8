//! The search: from the most likely change to the least, single ones first.

use std::time::SystemTime;

use countersign_core::Secrets;

use crate::auth::AuthErrorKind;
use crate::explain::body::Bodies;
use crate::explain::doctor::Doctor;
use crate::explain::finding::{Difference, Finding, Mismatch, Refusal};
use crate::explain::head::Head;
use crate::explain::show::Curtain;
use crate::explain::target::heads;
use crate::explain::trial::{Body, Keys, Outcome, Trials};
use crate::explain::{Change, TargetChange, Work, secret, spelled};
use crate::hmac::PreparedKeys;

/// One request, and what was found about it.
pub(super) struct Search<'s> {
    doctor: &'s Doctor<'s>,
    head: &'s Head<'s>,
    body: Body<'s>,
    secrets: &'s Secrets,
    now: SystemTime,
    trials: Trials<'s>,
    found: Option<Finding>,
}

impl<'s> Search<'s> {
    pub(super) fn new(
        doctor: &'s Doctor<'s>,
        head: &'s Head<'s>,
        body: &'s [u8],
        secrets: &'s Secrets,
        now: SystemTime,
    ) -> Self {
        let trials = Trials::new(doctor.scheme, now, doctor.budget);
        Self { doctor, head, body: Body::new(body), secrets, now, trials, found: None }
    }

    /// Whether the signature is that of the request as it arrived; if it is not, looks for the one it belongs to.
    pub(super) fn holds(&mut self, prepared: Option<PreparedKeys>, created: Option<SystemTime>) -> bool {
        let live = prepared.filter(|keys| keys.has_live(self.now)).map(|prepared| Keys { number: 0, prepared });
        if let Some(live) = &live {
            match self.trials.attempt(self.head, self.body, live, None) {
                Outcome::Held(_) => {
                    let unit = created.and_then(|created| spelled::unit(created, self.now));
                    self.found = unit.map(|change| self.mismatch(vec![change.into()], None, self.head, self.body));
                    return true;
                }
                outcome => {
                    self.found = self.with_live(live);
                    if self.found.is_none() && outcome == Outcome::DigestFailed {
                        let text = "the signature holds, and the body is not what the signed digest says";
                        self.found = Some(Finding::Refusal(Refusal::new(AuthErrorKind::BadSignature, text)));
                    }
                }
            }
        }
        if self.found.is_none() {
            self.found = self.with_other_keys();
        }
        if let (None, Some(live)) = (&self.found, &live) {
            self.found = self.corrected(live).or_else(|| self.pairs(live));
        }
        false
    }

    pub(super) fn finding(&mut self) -> Option<Finding> {
        self.found.take()
    }

    pub(super) const fn work(&self) -> Work {
        self.trials.work()
    }

    pub(super) const fn is_complete(&self) -> bool {
        !self.trials.is_exhausted()
    }

    /// Another body, or another head.
    fn with_live(&mut self, live: &Keys) -> Option<Finding> {
        for (changes, bytes) in Bodies::of(self.body.bytes).iter() {
            let body = Body::new(&bytes);
            if let Outcome::Held(place) = self.trials.attempt(self.head, body, live, None) {
                return Some(self.mismatch(changes, Some((live, place)), self.head, body));
            }
            if self.trials.is_exhausted() {
                break;
            }
        }
        for (changes, head) in heads(self.head, &self.doctor.candidates) {
            if let Outcome::Held(place) = self.trials.attempt(&head, self.body, live, None) {
                return Some(self.mismatch(changes, Some((live, place)), &head, self.body));
            }
        }
        None
    }

    /// The same request, with other keys.
    fn with_other_keys(&mut self) -> Option<Finding> {
        let keys = secret::keys(self.secrets, self.doctor.scheme.profile(), self.now);
        for (index, (changes, prepared)) in keys.into_iter().enumerate() {
            let keys = Keys { number: index + 1, prepared };
            if let Outcome::Held(place) = self.trials.attempt(self.head, self.body, &keys, None) {
                return Some(self.mismatch(changes, Some((&keys, place)), self.head, self.body));
            }
        }
        None
    }

    /// The same request, its credentials spelled otherwise.
    fn corrected(&mut self, live: &Keys) -> Option<Finding> {
        let signatures = spelled::signatures(self.head, self.doctor.scheme.profile());
        for corrected in signatures.into_iter().chain(spelled::times(self.head, self.now)) {
            let outcome = self.trials.attempt(&corrected.head, self.body, live, corrected.respelled.as_ref());
            if let Outcome::Held(place) = outcome {
                return Some(self.mismatch(corrected.changes, Some((live, place)), self.head, self.body));
            }
        }
        None
    }

    /// Another body and another head at once.
    fn pairs(&mut self, live: &Keys) -> Option<Finding> {
        let mut heads = heads(self.head, &self.doctor.candidates);
        for (of_body, bytes) in Bodies::of(self.body.bytes).iter() {
            let body = Body::new(&bytes);
            let mut held = None;
            // A head that makes no difference to one body makes none to another.
            heads.retain(|(of_head, head)| {
                let outcome = match (&held, self.trials.is_exhausted()) {
                    (None, false) => self.trials.attempt(head, body, live, None),
                    _ => return true,
                };
                if let Outcome::Held(place) = outcome {
                    held = Some((of_head.clone(), head.clone(), place));
                }
                outcome != Outcome::Nothing
            });
            if let Some((of_head, head, place)) = held {
                return Some(self.mismatch([of_body, of_head].concat(), Some((live, place)), &head, body));
            }
            if self.trials.is_exhausted() || heads.is_empty() {
                return None;
            }
        }
        None
    }

    fn mismatch(&self, changes: Vec<Change>, key: Option<(&Keys, usize)>, head: &Head<'_>, body: Body<'_>) -> Finding {
        let curtain = Curtain::before(self.secrets, self.doctor.scheme, self.head, self.body.bytes);
        let or_none = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().unwrap_or("(none)").to_owned();
        let parts = [
            ("method", head.method.as_str().to_owned(), self.head.method.as_str().to_owned()),
            ("scheme", or_none(&head.scheme), or_none(&self.head.scheme)),
            ("authority", or_none(&head.authority), or_none(&self.head.authority)),
            ("path", head.whole_path(), self.head.whole_path()),
            ("query", or_none(&head.query), or_none(&self.head.query)),
        ];
        let texts = parts.iter().map(|(part, signed, arrived)| (*part, signed.as_bytes(), arrived.as_bytes()));
        let differences = texts.chain([("body", body.bytes, self.body.bytes)]);
        let differences =
            differences.filter(|(_, signed, arrived)| signed != arrived).map(|(part, signed, arrived)| {
                let (signed, arrived) = curtain.difference(signed, arrived);
                Difference { part, signed, arrived }
            });
        let needs_url = changes.iter().any(|change| matches!(change, Change::Target(change) if is_of_origin(*change)));
        let url = [head.scheme.as_deref().unwrap_or("https"), "://", &or_none(&head.authority), &head.prefix].concat();
        let public_url = needs_url.then(|| curtain.show(url.as_bytes(), 0..url.len()));
        Finding::Mismatch(Mismatch {
            differences: differences.collect(),
            secret_label: key.and_then(|(keys, place)| keys.label(self.now, place)),
            public_url,
            changes,
        })
    }
}

/// Whether a public URL makes up for it.
const fn is_of_origin(change: TargetChange) -> bool {
    matches!(
        change,
        TargetChange::Scheme
            | TargetChange::Host
            | TargetChange::HostCase
            | TargetChange::NoPort
            | TargetChange::WithPort
            | TargetChange::Prefix
    )
}
