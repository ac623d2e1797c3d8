//! The engine: feeds a signature base to MACs while the body arrives.

use std::sync::Arc;
use std::time::SystemTime;

use smallvec::SmallVec;

use crate::body::Chunks;
use crate::hmac::keys::PreparedKeys;
use crate::hmac::mac::{Output, same};
use crate::hmac::run::{ClaimRun, Run, Undescribable, sorted_form};
use crate::hmac::whole::WholeBody;
use crate::hmac::{Algorithm, BodyClaim, Encoding, KeySteps, Presented, SignatureBase};

/// A verification under way: one MAC for each base and live secret, and a digest for each claim on the body.
pub(crate) struct Verifier {
    runs: SmallVec<[Run; 1]>,
    claims: Vec<ClaimRun>,
    labels: SmallVec<[Option<Arc<str>>; 1]>,
}

/// The secret that made a signature, and the MAC itself.
#[derive(Clone)]
pub(crate) struct Match {
    pub(crate) secret_label: Option<Arc<str>>,
    pub(crate) mac: Output,
}

impl Verifier {
    /// Feeds everything that stands before the body.
    pub(crate) fn new(
        bases: &[SignatureBase<'_>],
        keys: &PreparedKeys,
        now: SystemTime,
        algorithm: Algorithm,
        steps: Option<&KeySteps<'_>>,
    ) -> Result<Self, Undescribable> {
        // One digest for each claim, however many bases make it.
        let mut claims = SmallVec::<[&BodyClaim<'_>; 4]>::new();
        for claim in bases.iter().flat_map(|base| &base.claims) {
            if !claims.contains(&claim) {
                claims.push(claim);
            }
        }
        let claims = claims.into_iter().map(ClaimRun::new).collect();
        let mut runs = SmallVec::new();
        for base in bases {
            runs.push(Run::new(keys.start(now, algorithm, steps), base)?);
        }
        Ok(Self { runs, claims, labels: keys.labels(now).map(Option::<&Arc<str>>::cloned).collect() })
    }

    /// Whether the head alone carries the MAC, so that it can be judged before the body.
    pub(crate) fn is_head_only(&self) -> bool {
        self.runs.iter().all(|run| run.is_head_only())
    }

    /// Whether the body was claimed to have some digest.
    pub(crate) fn has_claims(&self) -> bool {
        !self.claims.is_empty()
    }

    /// Whether the body has to be kept until all of it is there, whoever sends it.
    pub(crate) fn wants_whole_body(&self) -> bool {
        self.runs.iter().any(|run| run.wants_whole_body())
    }

    /// The next bytes of the body.
    pub(crate) fn feed_body(&mut self, bytes: &[u8]) {
        for run in &mut self.runs {
            run.feed_body(bytes);
        }
        for claim in &mut self.claims {
            claim.feed(bytes);
        }
    }

    /// Which secret made one of the presented signatures. Everything is computed and compared, whatever matches first.
    pub(crate) fn find_match(&mut self, encoding: Encoding, presented: &Presented, body: &Chunks) -> Option<Match> {
        let mut found = None;
        let form = self.sorted_form(body.iter().map(|chunk| &**chunk))?;
        for run in &mut self.runs {
            for (mac, label) in run.finish(&form).zip(&self.labels) {
                compare(&mut found, &mac, label.as_ref(), encoding, presented);
            }
        }
        found
    }

    /// Whether the body is what was claimed of it.
    pub(crate) fn meets_claims(self) -> bool {
        self.claims.into_iter().fold(true, |all, claim| claim.holds() & all)
    }

    /// The sorted form, once for all bases that want it; empty, without any work, where none does.
    fn sorted_form<'b>(&self, body: impl IntoIterator<Item = &'b [u8]>) -> Option<Vec<u8>> {
        if self.wants_whole_body() { sorted_form(body) } else { Some(Vec::new()) }
    }
}

/// The same for a request without a body, at once.
#[inline]
pub(crate) fn find_match_without_body(
    bases: &[SignatureBase<'_>],
    keys: &PreparedKeys,
    now: SystemTime,
    algorithm: Algorithm,
    steps: Option<&KeySteps<'_>>,
    encoding: Encoding,
    presented: &Presented,
) -> Result<Option<Match>, Undescribable> {
    let mut found = None;
    for base in bases {
        for (mac, label) in keys.start(now, algorithm, steps).zip(keys.labels(now)) {
            compare(&mut found, &WholeBody::EMPTY.mac(mac, base)?, label, encoding, presented);
        }
    }
    Ok(found)
}

/// Compares our MAC with all signatures, and keeps the first that matched.
#[inline]
fn compare(
    found: &mut Option<Match>,
    mac: &Output,
    label: Option<&Arc<str>>,
    encoding: Encoding,
    presented: &Presented,
) {
    let ours = encoding.encode(mac);
    for signature in &presented.signatures {
        if same(ours.as_slice(), signature.as_slice()) && found.is_none() {
            *found = Some(Match { secret_label: label.cloned(), mac: *mac });
        }
    }
}
