//! What tells that something was tried already.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::hmac::{Part, Segment, SignatureBase};

/// Of bytes.
pub(super) fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// What a base has in it, as far as it is hashed.
pub(super) struct Outline {
    pub(super) fingerprint: u64,
    /// Whether the body is in it.
    pub(super) has_body: bool,
    /// How many bytes are fed to one MAC of it and to the digests within.
    pub(super) bytes: usize,
}

impl Outline {
    /// Of a base around a body of this length.
    pub(super) fn of(base: &SignatureBase<'_>, body: usize) -> Self {
        let mut hasher = DefaultHasher::new();
        let (mut has_body, mut bytes) = (false, 0);
        outline(&base.segments, body, &mut hasher, &mut has_body, &mut bytes);
        Self { fingerprint: hasher.finish(), has_body, bytes }
    }
}

fn outline(segments: &[Segment<'_>], body: usize, hasher: &mut DefaultHasher, has_body: &mut bool, sum: &mut usize) {
    for segment in segments {
        let len = match &segment.part {
            Part::Bytes(bytes) => {
                // As it is fed: where one segment ends makes no difference.
                hasher.write(bytes);
                bytes.len()
            }
            Part::Body | Part::SortedForm => {
                hasher.write(b"\0body\0");
                *has_body = true;
                // A sorted form is no longer than the form.
                body
            }
            Part::Digest(part) => {
                part.algorithm.hash(hasher);
                part.encoding.hash(hasher);
                outline(&part.segments, body, hasher, has_body, sum);
                hasher.write(b"\0end\0");
                // The longest spelling of a digest.
                128
            }
        };
        *sum = sum.saturating_add(len);
    }
}
