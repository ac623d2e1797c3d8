//! What a format signs, as data.

use std::borrow::Cow;

use http::HeaderName;
use smallvec::SmallVec;

use crate::auth::SignedHead;
#[cfg(feature = "sign")]
use crate::hmac::mac::same;
use crate::hmac::mac::{Feed, RunningDigest};
use crate::hmac::{Coverage, DigestAlgorithm, Encoding};

/// What is signed, in order: RFC 9421 §2.5's signature base for every format.
///
/// A scheme describes; the engine feeds the description to a MAC while the body arrives. From the same description come the
/// verifier, the signer, the coverage check, and everything that explains why a signature does not match.
///
/// ```
/// use countersign::hmac::{Coverage, SignatureBase};
///
/// let mut base = SignatureBase::new();
/// base.push(Coverage::METHOD, "POST");
/// base.push_literal("\n");
/// base.push(Coverage::PATH, "/orders");
/// base.push_literal("\n");
/// base.push_body();
/// assert_eq!(base.covers(), Coverage::METHOD | Coverage::PATH | Coverage::BODY);
/// ```
#[derive(Debug, Default)]
pub struct SignatureBase<'r> {
    pub(crate) segments: Segments<'r>,
    pub(crate) claims: SmallVec<[BodyClaim<'r>; 1]>,
    fields: SmallVec<[Cow<'r, str>; 4]>,
    head_len: usize,
    /// In how many places it has the body.
    pub(crate) bodies: usize,
}

pub(crate) type Segments<'r> = SmallVec<[Segment<'r>; 8]>;

/// The bases of a request: one for most formats; several where senders disagree on the rendering of something, all of
/// which are computed then.
pub type Bases<'r> = SmallVec<[SignatureBase<'r>; 1]>;

/// The one base of a request, described where it will stand.
#[inline]
pub(crate) fn one_base<'r>(describe: impl FnOnce(&mut SignatureBase<'r>)) -> Bases<'r> {
    let mut bases = Bases::new();
    bases.push(SignatureBase::new());
    if let Some(base) = bases.first_mut() {
        describe(base);
    }
    bases
}

#[derive(Debug)]
pub(crate) struct Segment<'r> {
    pub(crate) covers: Coverage,
    pub(crate) part: Part<'r>,
}

#[derive(Debug)]
pub(crate) enum Part<'r> {
    /// These bytes.
    Bytes(Cow<'r, [u8]>),
    /// The raw body.
    Body,
    /// The form fields of the body, decoded, sorted by name, names and values joined with nothing between.
    SortedForm,
    /// The spelled digest of further segments.
    Digest(Box<DigestPart<'r>>),
}

#[derive(Debug)]
pub(crate) struct DigestPart<'r> {
    pub(crate) algorithm: DigestAlgorithm,
    pub(crate) encoding: Encoding,
    pub(crate) segments: Segments<'r>,
}

/// A digest that the request claims of its body, and that the body must meet: `Content-Digest` (RFC 9530), Hawk's `hash`,
/// `x-amz-content-sha256`. The MAC covers the claim, the claim covers the body.
///
/// A request without a body has an empty one, which has a digest too.
#[derive(Debug, PartialEq)]
pub struct BodyClaim<'r> {
    pub(crate) algorithm: DigestAlgorithm,
    pub(crate) encoding: Encoding,
    pub(crate) claimed: Cow<'r, [u8]>,
    pub(crate) before: Cow<'r, [u8]>,
    pub(crate) after: Cow<'r, [u8]>,
}

impl<'r> BodyClaim<'r> {
    /// The body's digest is spelled `claimed`.
    #[must_use]
    pub fn new(algorithm: DigestAlgorithm, encoding: Encoding, claimed: impl IntoBytes<'r>) -> Self {
        Self { algorithm, encoding, claimed: claimed.into_bytes(), before: Cow::default(), after: Cow::default() }
    }

    /// The digest is taken over the body between these bytes, as Hawk's is.
    #[must_use]
    pub fn with_frame(mut self, before: impl IntoBytes<'r>, after: impl IntoBytes<'r>) -> Self {
        self.before = before.into_bytes();
        self.after = after.into_bytes();
        self
    }

    /// Whether the body is what is claimed.
    #[cfg(feature = "sign")]
    pub(crate) fn is_met_by(&self, body: &[u8]) -> bool {
        same(self.digest_of(body).as_bytes(), &self.claimed)
    }

    /// What would have to be claimed of this body, whatever is: the signer's side of the same description.
    #[must_use]
    pub fn digest_of(&self, body: &[u8]) -> String {
        let mut digest = RunningDigest::new(self.algorithm);
        for bytes in [&self.before, body, &self.after] {
            digest.feed(bytes);
        }
        self.encoding.encode(&digest.finish()).as_str().to_owned()
    }
}

impl<'r> SignatureBase<'r> {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing yet, with room for so many parts.
    pub(crate) fn with_room_for(parts: usize) -> Self {
        Self { segments: Segments::with_capacity(parts), ..Self::default() }
    }

    /// Adds bytes that stand for a component of the request.
    #[inline]
    pub fn push(&mut self, covers: Coverage, bytes: impl IntoBytes<'r>) {
        let bytes = bytes.into_bytes();
        self.head_len = self.head_len.saturating_add(bytes.len());
        self.segments.push(Segment { covers, part: Part::Bytes(bytes) });
    }

    /// Adds bytes that are the same in every request, or do not stand for any component.
    #[inline]
    pub fn push_literal(&mut self, bytes: impl IntoBytes<'r>) {
        self.push(Coverage::NONE, bytes);
    }

    /// Says that the base has all of this header field in it, which the request names among what it signs: what a server
    /// [wants covered by name](crate::HmacAuthLayer::with_required_field) is looked for here.
    pub fn cover_field(&mut self, name: impl Into<Cow<'r, str>>) {
        self.fields.push(name.into());
    }

    /// Adds the path as the client knows it: what a configured public URL has before it, and what was received.
    #[inline]
    pub fn push_path(&mut self, head: &SignedHead<'r>) {
        if !head.path_prefix().is_empty() {
            self.push(Coverage::PATH, head.path_prefix());
        }
        self.push(Coverage::PATH, head.path());
    }

    /// Adds the path as [`push_path`](Self::push_path) does, then `?` and the query where there is one.
    pub fn push_path_and_query(&mut self, head: &SignedHead<'r>) {
        self.push_path(head);
        match head.query() {
            Some(query) => {
                self.push(Coverage::QUERY, "?");
                self.push(Coverage::QUERY, query);
            }
            // That there is none is covered: whoever adds one adds bytes.
            None => self.push(Coverage::QUERY, ""),
        }
    }

    /// Adds the raw body. Once in a base, within a digest or not.
    #[inline]
    pub fn push_body(&mut self) {
        self.bodies += 1;
        self.segments.push(Segment { covers: Coverage::BODY, part: Part::Body });
    }

    /// Adds the body's form fields (`application/x-www-form-urlencoded`), decoded and sorted by name, then value, each
    /// name followed by its value with nothing between. In place of the raw body, and the one segment that makes the engine
    /// copy it. A form of more than 1,024 fields matches no signature.
    pub fn push_sorted_form(&mut self) {
        self.bodies += 1;
        self.segments.push(Segment { covers: Coverage::BODY, part: Part::SortedForm });
    }

    /// Adds the spelled digest of another base, which may have the body in it. Its body claims become this base's.
    pub fn push_digest(&mut self, algorithm: DigestAlgorithm, encoding: Encoding, of: Self) {
        let covers = of.covers();
        self.head_len = self.head_len.saturating_add(of.head_len);
        self.bodies += of.bodies;
        self.claims.extend(of.claims);
        self.fields.extend(of.fields);
        let part = Part::Digest(Box::new(DigestPart { algorithm, encoding, segments: of.segments }));
        self.segments.push(Segment { covers, part });
    }

    /// Adds signed bytes that carry a digest of the body, and demands that the body meets it.
    ///
    /// The claims of all bases of a request have to be met, whichever of them the signature matches. The same claim in
    /// several bases costs one digest.
    pub fn push_claim(&mut self, bytes: impl IntoBytes<'r>, claim: BodyClaim<'r>) {
        self.push(Coverage::BODY, bytes);
        self.claims.push(claim);
    }

    /// How many bytes of the head are in it, those that stand for nothing too.
    pub(crate) const fn head_len(&self) -> usize {
        self.head_len
    }

    /// Which components are in it.
    #[must_use]
    pub fn covers(&self) -> Coverage {
        self.segments.iter().fold(Coverage::NONE, |all, segment| all | segment.covers)
    }

    /// Whether this header field is in it, by name.
    #[must_use]
    pub fn covers_field(&self, name: &HeaderName) -> bool {
        self.fields.iter().any(|field| field.eq_ignore_ascii_case(name.as_str()))
    }
}

/// What can be a segment: text and bytes, borrowed or not.
pub trait IntoBytes<'r> {
    /// The bytes.
    fn into_bytes(self) -> Cow<'r, [u8]>;
}

/// Declares what becomes bytes without being copied.
macro_rules! into_bytes {
    ($($from:ty => |$value:ident| $bytes:expr;)*) => {$(
        impl<'r> IntoBytes<'r> for $from {
            fn into_bytes(self) -> Cow<'r, [u8]> {
                let $value = self;
                $bytes
            }
        }
    )*};
}

into_bytes! {
    &'r str => |text| Cow::Borrowed(text.as_bytes());
    &'r String => |text| Cow::Borrowed(text.as_bytes());
    &'r [u8] => |bytes| Cow::Borrowed(bytes);
    String => |text| Cow::Owned(text.into_bytes());
    Vec<u8> => |bytes| Cow::Owned(bytes);
    Cow<'r, [u8]> => |bytes| bytes;
    Cow<'r, str> => |text| match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    };
}
