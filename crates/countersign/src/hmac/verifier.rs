//! The engine: feeds a signature base to MACs while the body arrives.

use std::time::SystemTime;

use smallvec::SmallVec;

use countersign_core::KeyId;

use crate::auth::{AuthError, AuthErrorKind};
use crate::body::{Chunks, Judgement, Promise};
use crate::hmac::keys::PreparedKeys;
#[cfg(feature = "explain")]
use crate::hmac::mac::RunningMac;
use crate::hmac::mac::{Output, same};
use crate::hmac::run::{ClaimRun, Run, Undescribable, sorted_form};
use crate::hmac::whole::WholeBody;
use crate::hmac::{Algorithm, BodyClaim, Encoding, KeySteps, Presented, SignatureBase};

/// A verification under way: one MAC for each base and live secret, and a digest for each claim on the body.
#[derive(Default)]
pub(crate) struct Verifier {
    runs: SmallVec<[Run; 1]>,
    claims: Vec<ClaimRun>,
}

/// The secret that made a signature, by its place among the live ones, newest first, and the MAC itself.
pub(crate) type Match = (usize, Output);

impl Verifier {
    /// Feeds everything that stands before the body.
    pub(crate) fn begin(
        &mut self,
        bases: &[SignatureBase<'_>],
        keys: &PreparedKeys,
        now: SystemTime,
        algorithm: Algorithm,
        steps: Option<&KeySteps<'_>>,
    ) -> Result<(), Undescribable> {
        // One digest for each claim, however many bases make it.
        let mut claims = SmallVec::<[&BodyClaim<'_>; 4]>::new();
        for claim in bases.iter().flat_map(|base| &base.claims) {
            if !claims.contains(&claim) {
                claims.push(claim);
            }
        }
        self.claims = claims.into_iter().map(ClaimRun::new).collect();
        self.runs.clear();
        for base in bases {
            self.runs.push(Run::new(keys.start(now, algorithm, steps)));
            if let Some(run) = self.runs.last_mut() {
                run.open(base)?;
            }
        }
        Ok(())
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
            for (place, mac) in run.finish(&form).enumerate() {
                compare(&mut found, &mac, place, encoding, presented);
            }
        }
        found
    }

    /// What was claimed of the body.
    pub(crate) fn take_claims(&mut self) -> Claims {
        Claims(std::mem::take(&mut self.claims))
    }

    /// The sorted form, once for all bases that want it; empty, without any work, where none does.
    fn sorted_form<'b>(&self, body: impl IntoIterator<Item = &'b [u8]>) -> Option<Vec<u8>> {
        if self.wants_whole_body() { sorted_form(body) } else { Some(Vec::new()) }
    }
}

/// What was claimed of a body.
pub(crate) struct Claims(Vec<ClaimRun>);

impl Claims {
    fn hold(self) -> bool {
        self.0.into_iter().fold(true, |all, claim| claim.holds() & all)
    }
}

/// Whether the body is what was claimed of it.
pub(crate) fn judge_claims(claims: Claims) -> Result<(), AuthError> {
    if claims.hold() { Ok(()) } else { Err(not_as_claimed()) }
}

/// The body is not what was claimed of it.
pub(crate) fn not_as_claimed() -> AuthError {
    AuthError::new(AuthErrorKind::BadSignature).with_reason("the body is not what its digest says")
}

/// Claims on the body of a caller who was proved.
pub(crate) struct Claimed {
    pub(crate) claims: Claims,
    pub(crate) key_id: KeyId,
}

impl Promise for Claimed {
    fn feed(&mut self, bytes: &[u8]) {
        self.claims.0.iter_mut().for_each(|claim| claim.feed(bytes));
    }

    fn judge(self: Box<Self>) -> Judgement {
        let Self { claims, key_id } = *self;
        Judgement::Now(judge_claims(claims).map_err(|error| error.with_key_id(key_id)))
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
        for (place, mac) in keys.start(now, algorithm, steps).enumerate() {
            compare(&mut found, &WholeBody::EMPTY.mac(mac, base)?, place, encoding, presented);
        }
    }
    Ok(found)
}

/// The same for one base and a body that is all there: for whoever looks into a request that was refused.
#[cfg(feature = "explain")]
pub(crate) fn find_match_of_whole(
    body: &WholeBody<'_>,
    base: &SignatureBase<'_>,
    fresh: impl IntoIterator<Item = RunningMac>,
    encoding: Encoding,
    presented: &Presented,
) -> Option<Match> {
    let mut found = None;
    for (place, mac) in fresh.into_iter().enumerate() {
        compare(&mut found, &body.mac(mac, base).ok()?, place, encoding, presented);
    }
    found
}

/// Compares our MAC with all signatures, and keeps the first that matched.
#[inline]
fn compare(found: &mut Option<Match>, mac: &Output, place: usize, encoding: Encoding, presented: &Presented) {
    let ours = encoding.encode(mac);
    for signature in &presented.signatures {
        if same(ours.as_slice(), signature.as_slice()) && found.is_none() {
            *found = Some((place, *mac));
        }
    }
}
