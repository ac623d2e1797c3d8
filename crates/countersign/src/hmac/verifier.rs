//! The engine: feeds a signature base to MACs while the body arrives.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use countersign_core::{Secret, SecretVersion, Secrets};
use percent_encoding::percent_decode;
use smallvec::SmallVec;

use crate::body::Chunks;
use crate::hmac::mac::{Feed, Output, RunningDigest, RunningMac, same};
use crate::hmac::signature_base::{DigestPart, Part, Segment};
use crate::hmac::{Algorithm, BodyClaim, Encoding, KeySteps, Presented, SignatureBase};

/// The secrets of a key, made ready for one algorithm: everything of an HMAC that does not depend on the message is done.
pub(crate) struct PreparedKeys {
    algorithm: Algorithm,
    keys: Vec<PreparedKey>,
}

struct PreparedKey {
    version: SecretVersion,
    fresh: RunningMac,
}

impl PreparedKeys {
    pub(crate) fn new(secrets: &Secrets, algorithm: Algorithm, now: SystemTime) -> Self {
        // Versions whose time has yet to come are kept: what is prepared may be used for a while.
        let usable = secrets.iter().filter(|version| version.not_after().is_none_or(|end| now < end));
        let keys = usable.take(4 * Secrets::MAX_LIVE).map(|version| PreparedKey {
            version: version.clone(),
            fresh: RunningMac::new(algorithm, version.secret().expose_secret()),
        });
        Self { algorithm, keys: keys.collect() }
    }

    /// The keys of whoever has none: costs what a real one costs, and never matches anything that anybody can make.
    pub(crate) fn decoy(algorithm: Algorithm) -> Self {
        Self::new(&Secret::random().into(), algorithm, SystemTime::UNIX_EPOCH)
    }

    pub(crate) fn has_live(&self, now: SystemTime) -> bool {
        self.live(now).next().is_some()
    }

    fn live(&self, now: SystemTime) -> impl Iterator<Item = &PreparedKey> {
        self.keys.iter().filter(move |key| key.version.is_live(now)).take(Secrets::MAX_LIVE)
    }
}

impl PreparedKey {
    fn start(&self, prepared: Algorithm, algorithm: Algorithm, steps: Option<&KeySteps<'_>>) -> RunningMac {
        match steps {
            None if prepared == algorithm => self.fresh.clone(),
            None => RunningMac::new(algorithm, self.version.secret().expose_secret()),
            Some(steps) => {
                let first = zeroize::Zeroizing::new([steps.prefix, self.version.secret().expose_secret()].concat());
                steps.steps.iter().fold(RunningMac::new(algorithm, &first), |mut mac, step| {
                    mac.feed(step);
                    RunningMac::new(algorithm, mac.finish().as_slice())
                })
            }
        }
    }
}

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

/// A scheme described something that cannot be fed: the body twice in one base, say.
#[derive(Debug)]
pub(crate) struct Undescribable;

impl Verifier {
    /// Feeds everything that stands before the body.
    pub(crate) fn new(
        bases: &[SignatureBase<'_>],
        keys: &PreparedKeys,
        now: SystemTime,
        algorithm: Algorithm,
        steps: Option<&KeySteps<'_>>,
    ) -> Result<Self, Undescribable> {
        let start = || keys.live(now).map(|key| key.start(keys.algorithm, algorithm, steps));
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
            runs.push(Run::new(start(), base)?);
        }
        Ok(Self { runs, claims, labels: keys.live(now).map(|key| key.version.label().cloned()).collect() })
    }

    /// Whether the head alone carries the MAC, so that it can be judged before the body.
    pub(crate) fn is_head_only(&self) -> bool {
        self.runs.iter().all(|run| matches!(run.hole, Hole::None))
    }

    /// Whether the body was claimed to have some digest.
    pub(crate) fn has_claims(&self) -> bool {
        !self.claims.is_empty()
    }

    /// Whether the body has to be kept until all of it is there, whoever sends it.
    pub(crate) fn wants_whole_body(&self) -> bool {
        self.runs.iter().any(|run| matches!(run.hole, Hole::SortedForm))
    }

    /// The next bytes of the body.
    pub(crate) fn feed_body(&mut self, bytes: &[u8]) {
        for run in &mut self.runs {
            run.feed_body(bytes);
        }
        for claim in &mut self.claims {
            claim.digest.feed(bytes);
        }
    }

    /// Which secret made one of the presented signatures. Everything is computed and compared, whatever matches first.
    pub(crate) fn find_match(&mut self, encoding: Encoding, presented: &Presented, body: &Chunks) -> Option<Match> {
        let mut found = None;
        let form = self.sorted_form(body.iter().map(|chunk| &**chunk))?;
        for run in &mut self.runs {
            for (mac, secret_label) in run.finish(&form).zip(&self.labels) {
                let ours = encoding.encode(&mac);
                for signature in &presented.signatures {
                    if same(ours.as_slice(), signature.as_slice()) && found.is_none() {
                        found = Some(Match { secret_label: secret_label.clone(), mac });
                    }
                }
            }
        }
        found
    }

    /// Whether the body is what was claimed of it.
    pub(crate) fn meets_claims(self) -> bool {
        self.claims.into_iter().fold(true, |all, claim| claim.holds() & all)
    }

    #[cfg(feature = "sign")]
    /// The MAC of the first base with the first secret: the signer's side.
    pub(crate) fn into_signature(mut self, body: &[u8]) -> Option<Output> {
        self.feed_body(body);
        let form = self.sorted_form([body])?;
        self.runs.first_mut()?.finish(&form).next()
    }

    /// The sorted form, once for all bases that want it; empty, without any work, where none does.
    fn sorted_form<'b>(&self, body: impl IntoIterator<Item = &'b [u8]>) -> Option<Vec<u8>> {
        if self.wants_whole_body() { sorted_form(body) } else { Some(Vec::new()) }
    }
}

/// One base under all live secrets.
struct Run {
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
    fn new(macs: impl Iterator<Item = RunningMac>, base: &SignatureBase<'_>) -> Result<Self, Undescribable> {
        let mut run = Self { hole: Hole::None, stages: Vec::new(), macs: macs.collect(), tail: Vec::new() };
        (run.hole, run.tail) = open(&mut run.macs[..], &base.segments, &mut run.stages)?;
        Ok(run)
    }

    fn feed_body(&mut self, bytes: &[u8]) {
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
    fn finish(&mut self, form: &[u8]) -> impl Iterator<Item = Output> {
        if matches!(self.hole, Hole::SortedForm) {
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
        self.macs.drain(..).map(RunningMac::finish)
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
fn sorted_form<'b>(body: impl IntoIterator<Item = &'b [u8]>) -> Option<Vec<u8>> {
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

struct ClaimRun {
    digest: RunningDigest,
    encoding: Encoding,
    claimed: Box<[u8]>,
    after: Box<[u8]>,
}

impl ClaimRun {
    fn new(claim: &BodyClaim<'_>) -> Self {
        let mut digest = RunningDigest::new(claim.algorithm);
        digest.feed(&claim.before);
        Self {
            digest,
            encoding: claim.encoding,
            claimed: claim.claimed.as_ref().into(),
            after: claim.after.as_ref().into(),
        }
    }

    fn holds(mut self) -> bool {
        self.digest.feed(&self.after);
        same(self.encoding.encode(&self.digest.finish()).as_slice(), &self.claimed)
    }
}
