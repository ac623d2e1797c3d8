//! The engine where the whole body is at hand, as it is for a signer, for the doctor, and for a request without a body:
//! nothing waits, and nothing is kept. It reads a base as [`run`](super::run) does.

use crate::hmac::mac::{Feed, Output, RunningDigest, RunningMac, same};
use crate::hmac::run::Undescribable;
#[cfg(any(feature = "explain", feature = "sign"))]
use crate::hmac::run::sorted_form;
use crate::hmac::signature_base::{Part, Segment};
use crate::hmac::{BodyClaim, SignatureBase};

/// A body that is all there.
pub(crate) struct WholeBody<'b> {
    bytes: &'b [u8],
    form: Vec<u8>,
}

impl WholeBody<'static> {
    /// No body: its form has no fields.
    pub(crate) const EMPTY: Self = Self { bytes: b"", form: Vec::new() };
}

impl<'b> WholeBody<'b> {
    /// These bytes, which some of the bases may want as a sorted form; `None` when that has too many fields.
    #[cfg(any(feature = "explain", feature = "sign"))]
    pub(crate) fn new(bytes: &'b [u8], bases: &[SignatureBase<'_>]) -> Option<Self> {
        let wanted = bases.iter().any(|base| wants_form(&base.segments));
        Some(Self { bytes, form: if wanted { sorted_form([bytes])? } else { Vec::new() } })
    }

    /// Finishes a fresh MAC over the base.
    #[inline]
    pub(super) fn mac(&self, mut fresh: RunningMac, base: &SignatureBase<'_>) -> Result<Output, Undescribable> {
        if base.bodies > 1 {
            return Err(Undescribable);
        }
        self.feed(&mut fresh, &base.segments);
        Ok(fresh.finish())
    }

    /// Whether the body is what the base claims of it.
    pub(crate) fn meets(&self, claim: &BodyClaim<'_>) -> bool {
        let mut digest = RunningDigest::new(claim.algorithm);
        for part in [&*claim.before, self.bytes, &*claim.after] {
            digest.feed(part);
        }
        same(claim.encoding.encode(&digest.finish()).as_slice(), &claim.claimed)
    }

    #[inline]
    fn feed(&self, sink: &mut impl Feed, segments: &[Segment<'_>]) {
        for segment in segments {
            match &segment.part {
                Part::Bytes(bytes) => sink.feed(bytes),
                Part::Body => sink.feed(self.bytes),
                Part::SortedForm => sink.feed(&self.form),
                Part::Digest(part) => {
                    let mut digest = RunningDigest::new(part.algorithm);
                    self.feed(&mut digest, &part.segments);
                    sink.feed(part.encoding.encode(&digest.finish()).as_slice());
                }
            }
        }
    }
}

#[cfg(any(feature = "explain", feature = "sign"))]
fn wants_form(segments: &[Segment<'_>]) -> bool {
    segments.iter().any(|segment| match &segment.part {
        Part::Bytes(_) | Part::Body => false,
        Part::SortedForm => true,
        Part::Digest(part) => wants_form(&part.segments),
    })
}
