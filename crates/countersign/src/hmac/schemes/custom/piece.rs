//! A component as it is rendered, and which bytes it may have.

use http::{HeaderName, header};

use super::TimeUnit;
use crate::hmac::{Coverage, DigestAlgorithm, Encoding};

/// A component whose field's name was read, or what stands between two of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Literal(String),
    Authority,
    Body,
    BodyDigest(DigestAlgorithm, Encoding),
    Field(HeaderName),
    Id(HeaderName),
    JsonObject,
    KeyId,
    Method,
    Nonce,
    Path,
    PathAndQuery,
    Query,
    Scheme,
    TargetUri,
    Timestamp(TimeUnit),
}

impl Piece {
    /// Whether this byte may be in it. What a request has is held against this, and so is what stands around it when the format
    /// is described.
    pub(super) const fn may_hold(&self, byte: u8) -> bool {
        match self {
            Self::Literal(_) | Self::Body | Self::JsonObject => true,
            Self::Authority => is_authority_byte(byte),
            Self::BodyDigest(_, encoding) => is_spelling_byte(*encoding, byte),
            Self::Field(_) => byte == b'\t' || byte >= b' ' && byte != 0x7f,
            Self::Id(_) | Self::Nonce => {
                byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-')
            }
            Self::KeyId => byte.is_ascii_graphic(),
            Self::Method => byte.is_ascii_uppercase() || byte == b'-',
            Self::Path => is_path_byte(byte),
            Self::PathAndQuery | Self::Query => is_path_byte(byte) || byte == b'?',
            Self::Scheme => byte.is_ascii_lowercase(),
            Self::TargetUri => is_path_byte(byte) || byte == b'?' || is_authority_byte(byte),
            Self::Timestamp(_) => byte.is_ascii_digit(),
        }
    }

    /// Whether it may begin with this byte.
    pub(super) const fn may_begin_with(&self, byte: u8) -> bool {
        match self {
            Self::JsonObject => byte == b'{',
            Self::Path | Self::PathAndQuery => matches!(byte, b'/' | b'*'),
            Self::Scheme | Self::TargetUri => byte == b'h',
            _ => self.may_hold(byte),
        }
    }

    pub(super) const fn may_be_empty(&self) -> bool {
        matches!(self, Self::Body | Self::Field(_) | Self::JsonObject | Self::Query)
    }

    /// Whether it has the same length in every request.
    pub(super) const fn has_one_length(&self) -> bool {
        matches!(self, Self::Literal(_) | Self::BodyDigest(..))
    }

    pub(super) const fn is_body(&self) -> bool {
        matches!(self, Self::Body | Self::BodyDigest(..) | Self::JsonObject)
    }

    /// What it stands for.
    pub(super) fn covers(&self) -> Coverage {
        match self {
            Self::Literal(_) | Self::Id(_) => Coverage::NONE,
            Self::Authority => Coverage::AUTHORITY,
            Self::Body | Self::BodyDigest(..) | Self::JsonObject => Coverage::BODY,
            Self::Field(name) if *name == header::CONTENT_TYPE => Coverage::CONTENT_TYPE,
            Self::Field(_) => Coverage::NONE,
            Self::KeyId => Coverage::KEY_ID,
            Self::Method => Coverage::METHOD,
            Self::Nonce => Coverage::NONCE,
            Self::Path => Coverage::PATH,
            Self::PathAndQuery => Coverage::PATH | Coverage::QUERY,
            Self::Query => Coverage::QUERY,
            Self::Scheme => Coverage::SCHEME,
            Self::TargetUri => Coverage::SCHEME | Coverage::AUTHORITY | Coverage::PATH | Coverage::QUERY,
            Self::Timestamp(_) => Coverage::CREATED,
        }
    }

    /// What its author calls it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Literal(text) => format!("Component::Literal({text:?})"),
            Self::Field(name) => format!("Component::Field({:?})", name.as_str()),
            Self::Id(name) => format!("Component::Id({:?})", name.as_str()),
            Self::BodyDigest(..) => "Component::BodyDigest".to_owned(),
            Self::Timestamp(_) => "Component::Timestamp".to_owned(),
            other => format!("Component::{other:?}"),
        }
    }
}

/// What stands before each two pieces of which nothing tells where the one ends and the other begins; `None` where every
/// request can be read back from what is signed of it.
///
/// Whoever reads from the front finds the end of a piece that has one length, or is followed by a byte that cannot be in it;
/// whoever reads from the back finds its beginning likewise. One piece may be left over: it is whatever is between.
pub(super) fn undelimited(pieces: &[Piece]) -> Option<(&Piece, &Piece)> {
    let open = (0..pieces.len()).find(|at| !ends(pieces, *at))?;
    let other = (open + 1..pieces.len()).find(|at| !begins(pieces, *at))?;
    pieces.get(open).zip(pieces.get(other))
}

/// Whether its end is found when its beginning is known.
fn ends(pieces: &[Piece], at: usize) -> bool {
    let Some((piece, rest)) = pieces.get(at..).and_then(<[_]>::split_first) else { return true };
    match rest {
        _ if piece.has_one_length() => true,
        [] => true,
        [Piece::Literal(text), ..] => text.bytes().any(|byte| !piece.may_hold(byte)),
        // Where nothing of the next may be there, what follows the next could be taken for it, unless nothing does.
        [next, others @ ..] => {
            let differ = (0..=u8::MAX).all(|byte| !(piece.may_hold(byte) && next.may_begin_with(byte)));
            differ && (others.is_empty() || !next.may_be_empty())
        }
    }
}

/// Whether its beginning is found when its end is known.
fn begins(pieces: &[Piece], at: usize) -> bool {
    let Some((piece, before)) = pieces.get(..=at).and_then(<[_]>::split_last) else { return true };
    match before {
        _ if piece.has_one_length() => true,
        [.., Piece::Literal(text)] => text.bytes().any(|byte| !piece.may_hold(byte)),
        _ => false,
    }
}

/// `pchar` and `/` (RFC 3986 §3.3), and three that are often sent as they are.
const fn is_path_byte(byte: u8) -> bool {
    is_authority_byte(byte) || byte.is_ascii_uppercase() || matches!(byte, b'/' | b'@' | b'*' | b'|')
}

/// `host [ ":" port ]` (RFC 3986 §3.2) in lower case, without the `*` that a path may begin with.
const fn is_authority_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase()
        || byte.is_ascii_digit()
        || matches!(
            byte,
            b'-' | b'.' | b'_' | b'~' | b'%' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'+' | b',' | b';' | b'='
        )
        || matches!(byte, b':' | b'[' | b']')
}

const fn is_spelling_byte(encoding: Encoding, byte: u8) -> bool {
    match encoding {
        Encoding::Hex => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        Encoding::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='),
        Encoding::Base64Url => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
    }
}
