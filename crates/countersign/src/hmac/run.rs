//! Feeding one base to MACs, around the body that is yet to come.

use std::borrow::Cow;

use percent_encoding::percent_decode;
use smallvec::SmallVec;

use crate::hmac::mac::{Feed, Output, RunningDigest, RunningMac, same};
use crate::hmac::signature_base::{DigestPart, Part, Segment};
use crate::hmac::{BodyClaim, Encoding, SignatureBase};

/// One base under all live secrets.
pub(super) struct Run {
    hole: Hole,
    /// Digests around the body, innermost first.
    stages: Vec<Stage>,
    macs: SmallVec<[RunningMac; 1]>,
    tail: Vec<u8>,
}

struct Stage {
    digest: RunningDigest,
    encoding: Encoding,
    tail: Vec<u8>,
}

/// What has to wait for the body.
#[derive(Clone, Copy)]
enum Hole {
    None,
    Body,
    SortedForm,
}

impl Run {
    pub(super) fn new(macs: impl Iterator<Item = RunningMac>) -> Self {
        Self { hole: Hole::None, stages: Vec::new(), macs: macs.collect(), tail: Vec::new() }
    }

    /// Feeds what stands before the body.
    pub(super) fn open(&mut self, base: &SignatureBase<'_>) -> Result<(), Undescribable> {
        (self.hole, self.tail) = open(&mut self.macs[..], &base.segments, &mut self.stages)?;
        Ok(())
    }

    /// Whether nothing of the body is in it.
    pub(super) const fn is_head_only(&self) -> bool {
        matches!(self.hole, Hole::None)
    }

    /// Whether the body can be fed only once all of it is there.
    pub(super) const fn wants_whole_body(&self) -> bool {
        matches!(self.hole, Hole::SortedForm)
    }

    pub(super) fn feed_body(&mut self, bytes: &[u8]) {
        if matches!(self.hole, Hole::Body) {
            self.feed_hole(bytes);
        }
    }

    fn feed_hole(&mut self, bytes: &[u8]) {
        match self.stages.first_mut() {
            Some(stage) => stage.digest.feed(bytes),
            None => self.macs.feed(bytes),
        }
    }

    /// The MACs, secret by secret. There are none when it is asked again.
    pub(super) fn finish(&mut self, form: &[u8]) -> impl Iterator<Item = Output> {
        if self.wants_whole_body() {
            self.feed_hole(form);
        }
        let mut stages = self.stages.drain(..).peekable();
        while let Some(mut stage) = stages.next() {
            stage.digest.feed(&stage.tail);
            let spelled = stage.encoding.encode(&stage.digest.finish());
            match stages.peek_mut() {
                Some(outer) => outer.digest.feed(spelled.as_slice()),
                None => self.macs.feed(spelled.as_slice()),
            }
        }
        self.macs.feed(&self.tail);
        self.macs.drain(..).map(|mut mac| mac.finish())
    }
}

/// Feeds segments up to the one that has to wait for the body; returns what follows it.
fn open(
    sink: &mut (impl Feed + ?Sized),
    segments: &[Segment<'_>],
    stages: &mut Vec<Stage>,
) -> Result<(Hole, Vec<u8>), Undescribable> {
    let mut segments = segments.iter();
    for segment in segments.by_ref() {
        let hole = match &segment.part {
            Part::Bytes(bytes) => {
                sink.feed(bytes);
                continue;
            }
            Part::Body => Hole::Body,
            Part::SortedForm => Hole::SortedForm,
            Part::Digest(part) => {
                let mut digest = RunningDigest::new(part.algorithm);
                match open(&mut digest, &part.segments, stages)? {
                    (Hole::None, _) => {
                        sink.feed(part.encoding.encode(&digest.finish()).as_slice());
                        continue;
                    }
                    (hole, tail) => {
                        stages.push(Stage { digest, encoding: part.encoding, tail });
                        hole
                    }
                }
            }
        };
        let tail = segments.map(closed).collect::<Result<Vec<_>, _>>()?.concat();
        return Ok((hole, tail));
    }
    Ok((Hole::None, Vec::new()))
}

/// The bytes of a segment that does not wait for the body.
fn closed<'s>(segment: &'s Segment<'_>) -> Result<Cow<'s, [u8]>, Undescribable> {
    match &segment.part {
        Part::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
        Part::Body | Part::SortedForm => Err(Undescribable),
        Part::Digest(part) => closed_digest(part).map(Cow::Owned),
    }
}

fn closed_digest(part: &DigestPart<'_>) -> Result<Vec<u8>, Undescribable> {
    let mut digest = RunningDigest::new(part.algorithm);
    for segment in &part.segments {
        digest.feed(&closed(segment)?);
    }
    Ok(part.encoding.encode(&digest.finish()).as_slice().to_vec())
}

/// `None` when there are more fields than anybody sends who means no harm: they would have to be sorted, and each is kept
/// for as long as that takes.
pub(super) fn sorted_form<'b>(body: impl IntoIterator<Item = &'b [u8]>) -> Option<Vec<u8>> {
    let blanks = |byte: &u8| if *byte == b'+' { b' ' } else { *byte };
    let whole: Vec<u8> = body.into_iter().flatten().map(blanks).collect();
    let mut fields = whole.split(|byte| *byte == b'&').filter(|field| !field.is_empty()).map(|field| {
        let mut halves = field.splitn(2, |byte| *byte == b'=');
        // Bytes, not text: what is not UTF-8 must not be taken for something else that is not.
        let mut half = || Cow::from(percent_decode(halves.next().unwrap_or_default()));
        (half(), half())
    });
    let mut sorted: Vec<_> = fields.by_ref().take(MAX_FIELDS).collect();
    if fields.next().is_some() {
        return None;
    }
    sorted.sort_unstable();
    Some(sorted.into_iter().flat_map(|(name, value)| [name, value]).fold(Vec::new(), |mut form, half| {
        form.extend_from_slice(&half);
        form
    }))
}

/// The most fields of a form that are sorted.
const MAX_FIELDS: usize = 1024;

pub(super) struct ClaimRun {
    digest: RunningDigest,
    encoding: Encoding,
    claimed: Box<[u8]>,
    after: Box<[u8]>,
}

impl ClaimRun {
    pub(super) fn new(claim: &BodyClaim<'_>) -> Self {
        let mut digest = RunningDigest::new(claim.algorithm);
        digest.feed(&claim.before);
        Self {
            digest,
            encoding: claim.encoding,
            claimed: claim.claimed.as_ref().into(),
            after: claim.after.as_ref().into(),
        }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.digest.feed(bytes);
    }

    /// Whether the body had this digest.
    pub(super) fn holds(mut self) -> bool {
        self.digest.feed(&self.after);
        same(self.encoding.encode(&self.digest.finish()).as_slice(), &self.claimed)
    }
}

/// A scheme described something that cannot be fed: the body twice in one base, say.
#[derive(Debug)]
pub(super) struct Undescribable;
