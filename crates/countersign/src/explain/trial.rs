//! Trying whether a request that may have been signed is the one that was: everything goes through the engine that verifies.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::SystemTime;

use smallvec::smallvec;

use crate::explain::fingerprint::{Outline, fingerprint};
use crate::explain::head::Head;
use crate::explain::{Budget, Work};
use crate::hmac::{
    Algorithm, Bases, HmacScheme, KeySteps, PreparedKeys, Presented, PresentedSignature, SignatureBase, WholeBody,
    covered_by, find_match_of_whole,
};

/// Tries requests, each once, as far as the budget goes.
pub(super) struct Trials<'d> {
    scheme: &'d dyn HmacScheme,
    now: SystemTime,
    budget: Budget,
    work: Work,
    exhausted: bool,
    /// Which secret matched, by what was fed to the MAC.
    tried: HashMap<u64, Option<usize>>,
}

/// A body and what tells it from others.
#[derive(Clone, Copy)]
pub(super) struct Body<'b> {
    pub(super) bytes: &'b [u8],
    fingerprint: u64,
}

/// Keys, and a number that no others have.
pub(super) struct Keys {
    pub(super) number: usize,
    pub(super) prepared: PreparedKeys,
}

/// A signature in the place of the one that is presented.
#[derive(Clone)]
pub(super) struct Respelled {
    pub(super) algorithm: Algorithm,
    pub(super) signature: PresentedSignature,
}

/// What came of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is what was signed, with the secret of this place.
    Held(usize),
    /// Its head is what was signed, and the body is not what a digest in it says.
    DigestFailed,
    /// It is not what was signed.
    Failed,
    /// Nothing was tried: the scheme cannot describe it, it amounts to what was tried already, or the budget is spent.
    Nothing,
}

impl<'b> Body<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, fingerprint: fingerprint(bytes) }
    }
}

impl Keys {
    /// What the secret in this place is called.
    pub(super) fn label(&self, now: SystemTime, place: usize) -> Option<Arc<str>> {
        self.prepared.labels(now).nth(place).flatten().cloned()
    }
}

impl<'d> Trials<'d> {
    pub(super) fn new(scheme: &'d dyn HmacScheme, now: SystemTime, budget: Budget) -> Self {
        Self { scheme, now, budget, work: Work::default(), exhausted: false, tried: HashMap::new() }
    }

    pub(super) const fn work(&self) -> Work {
        self.work
    }

    /// Whether something was left out because the budget was spent.
    pub(super) const fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// Tries one request with the live ones of these keys.
    pub(super) fn attempt(
        &mut self,
        head: &Head<'_>,
        body: Body<'_>,
        keys: &Keys,
        respelled: Option<&Respelled>,
    ) -> Outcome {
        let signed = head.signed();
        let Ok(Some(mut presented)) = self.scheme.parse(&signed) else { return Outcome::Nothing };
        if self.scheme.profile().reads_body {
            let Ok(read) = self.scheme.parse_body(presented, body.bytes) else { return Outcome::Nothing };
            presented = read;
        }
        let algorithm = match respelled {
            None => self.scheme.profile().algorithm_of(&presented),
            Some(respelled) => {
                presented.signatures = smallvec![respelled.signature.clone()];
                Ok(respelled.algorithm)
            }
        };
        let (Ok(algorithm), Ok(bases)) = (algorithm, self.scheme.bases(&signed, &presented)) else {
            return Outcome::Nothing;
        };
        if covered_by(&bases, &presented, body.bytes.is_empty()).is_err() {
            return Outcome::Nothing;
        }
        self.try_bases(&bases, &presented, body, keys, algorithm)
    }

    fn try_bases(
        &mut self,
        bases: &Bases<'_>,
        presented: &Presented,
        body: Body<'_>,
        keys: &Keys,
        algorithm: Algorithm,
    ) -> Outcome {
        let Some(whole) = WholeBody::new(body.bytes, bases) else { return Outcome::Nothing };
        let mut outcome = Outcome::Nothing;
        for base in bases {
            let outline = Outline::of(base, body.bytes.len());
            let mut hasher = DefaultHasher::new();
            (keys.number, algorithm, outline.fingerprint, outline.has_body.then_some(body.fingerprint))
                .hash(&mut hasher);
            presented.signatures.iter().for_each(|signature| signature.as_slice().hash(&mut hasher));
            let identity = hasher.finish();
            let matched = match self.tried.get(&identity) {
                Some(matched) => *matched,
                None => {
                    let Some(matched) = self.mac(&whole, base, &outline, presented, keys, algorithm) else { continue };
                    self.tried.insert(identity, matched);
                    outcome = if outcome == Outcome::Nothing { Outcome::Failed } else { outcome };
                    matched
                }
            };
            if let Some(place) = matched {
                if self.meets_claims(&whole, bases, body.bytes.len()) {
                    return Outcome::Held(place);
                }
                outcome = Outcome::DigestFailed;
            }
        }
        outcome
    }

    /// `None` when the budget has no room for it.
    fn mac(
        &mut self,
        whole: &WholeBody<'_>,
        base: &SignatureBase<'_>,
        outline: &Outline,
        presented: &Presented,
        keys: &Keys,
        algorithm: Algorithm,
    ) -> Option<Option<usize>> {
        let steps = self.scheme.key_steps(presented);
        let live = keys.prepared.labels(self.now).count();
        let derived = steps.as_ref().map_or(0, |steps| steps.steps.len());
        let derivation = steps.as_ref().map_or(0, KeySteps::len);
        self.spend(Work::new(live * (1 + derived), live.saturating_mul(outline.bytes.saturating_add(derivation))))?;
        let fresh = keys.prepared.start(self.now, algorithm, steps.as_ref());
        let encoding = self.scheme.profile().encoding;
        let matched = find_match_of_whole(whole, base, fresh, encoding, presented);
        Some(matched.map(|(place, _)| place))
    }

    fn meets_claims(&mut self, whole: &WholeBody<'_>, bases: &Bases<'_>, body: usize) -> bool {
        bases.iter().flat_map(|base| &base.claims).all(|claim| {
            let bytes = body.saturating_add(claim.before.len()).saturating_add(claim.after.len());
            self.spend(Work::new(0, bytes)).is_some() && whole.meets(claim)
        })
    }

    fn spend(&mut self, more: Work) -> Option<()> {
        let work = self.work.and(more);
        if !self.budget.allows(work) {
            self.exhausted = true;
            return None;
        }
        self.work = work;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use countersign_core::{Secret, SecretVersion, Secrets};
    use http::Request;

    use crate::explain::{Budget, Doctor};
    use crate::hmac::schemes::{GitHub, SchemeParameters, Twilio, named};
    use crate::hmac::{FED, HmacScheme};

    /// What a search says it did, and what was fed in truth.
    fn work(scheme: &dyn HmacScheme, fields: &[(&str, &str)], body: &[u8], budget: Budget) -> (usize, usize) {
        let mut request = Request::post("https://example.com/a%20b/?c=1&b=2");
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let head = request.body(()).unwrap().into_parts().0;
        let secrets: Secrets =
            ["one secret", "another"].map(|text| SecretVersion::new(Secret::new(text).unwrap())).into_iter().collect();
        let doctor = Doctor::new(scheme).with_budget(budget);
        FED.with(|fed| fed.set(0));
        let explanation = doctor.explain(&head, body, &secrets, SystemTime::UNIX_EPOCH);
        assert!(explanation.mismatch().is_none());
        (explanation.work().bytes(), FED.with(std::cell::Cell::get))
    }

    #[test]
    fn no_more_is_fed_than_is_counted() {
        let hex = format!("sha256={}", "0".repeat(64));
        let credential =
            "AWS4-HMAC-SHA256 Credential=A/20231114/r/s/aws4_request, SignedHeaders=host;x-amz-date, Signature=";
        let sigv4 = named("sigv4", &SchemeParameters::new().with_scope("r", "s")).unwrap();
        let aws = [credential, &"0".repeat(64)].concat();
        let form = "application/x-www-form-urlencoded";
        type Case<'a> = (&'a dyn HmacScheme, Vec<(&'a str, &'a str)>, &'a [u8]);
        let cases: [Case<'_>; 3] = [
            (&GitHub::new(), vec![("x-hub-signature-256", &hex)], b"{\"a\": [1, 2], \"b\":\"\xc3\xa9/\"}\n"),
            (&sigv4, vec![("authorization", &aws), ("x-amz-date", "20231114T221320Z")], b"{\"a\": 1}"),
            (
                &Twilio::new(),
                vec![("x-twilio-signature", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="), ("content-type", form)],
                b"a=b+c&d=%20",
            ),
        ];
        for (scheme, fields, body) in cases {
            let (counted, fed) = work(scheme, &fields, body, Budget::default());
            assert!(fed <= counted && counted < 3 * fed, "{}: {fed} of {counted}", scheme.profile().name());
            let (counted, fed) = work(scheme, &fields, body, Budget::new(20, 4000));
            assert!(fed <= counted && counted <= 4000 && fed > 0, "{}: {fed} of {counted}", scheme.profile().name());
        }
    }
}
