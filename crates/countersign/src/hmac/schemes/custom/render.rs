//! What of a request stands where a piece is, as long as it may stand there.

use std::borrow::Cow;

use http::{HeaderName, HeaderValue};

use super::super::text::{spell_milliseconds, spell_seconds};
use super::super::url::origin;
use super::TimeUnit;
use super::piece::Piece;
use crate::auth::SignedHead;
use crate::hmac::{Malformed, Presented, SignatureBase};

/// Adds a piece.
pub(super) fn push<'r>(
    base: &mut SignatureBase<'r>,
    piece: &'r Piece,
    head: &SignedHead<'r>,
    presented: &'r Presented,
) -> Result<(), Malformed> {
    let content: Cow<'r, [u8]> = match piece {
        Piece::Literal(text) => {
            base.push_literal(text);
            return Ok(());
        }
        Piece::Body | Piece::JsonObject => {
            base.push_body();
            return Ok(());
        }
        Piece::BodyDigest(algorithm, encoding) => {
            let mut body = SignatureBase::new();
            body.push_body();
            base.push_digest(*algorithm, *encoding, body);
            return Ok(());
        }
        Piece::Path | Piece::PathAndQuery => return push_target(base, piece, head),
        Piece::TargetUri => {
            push(base, &Piece::Scheme, head, presented)?;
            base.push_literal("://");
            push(base, &Piece::Authority, head, presented)?;
            return push_target(base, &Piece::PathAndQuery, head);
        }
        Piece::Query if head.query() == Some("") => return Err(Malformed::new("an empty query reads like none")),
        Piece::Authority => lower_case(head.authority().unwrap_or_default()),
        Piece::Field(name) | Piece::Id(name) => value(head, name)?.as_bytes().into(),
        Piece::KeyId => presented.key_id().as_str().as_bytes().into(),
        Piece::Method => head.method().as_str().as_bytes().into(),
        Piece::Nonce => presented.nonce().unwrap_or_default().into(),
        Piece::Query => head.query().unwrap_or_default().as_bytes().into(),
        Piece::Scheme => origin(head)?.0.as_bytes().into(),
        Piece::Timestamp(unit) => spell_time(presented, *unit)?.into_bytes().into(),
    };
    held(piece, &content)?;
    if let Piece::Field(name) | Piece::Id(name) = piece {
        base.cover_field(name.as_str());
    }
    base.push(piece.covers(), content);
    Ok(())
}

fn push_target<'r>(base: &mut SignatureBase<'r>, piece: &Piece, head: &SignedHead<'r>) -> Result<(), Malformed> {
    held(piece, head.path_prefix().as_bytes())?;
    held(piece, head.path().as_bytes())?;
    if *piece == Piece::Path {
        base.push_path(head);
        return Ok(());
    }
    held(piece, head.query().unwrap_or_default().as_bytes())?;
    base.push_path_and_query(head);
    Ok(())
}

/// The time as it stands in the request: it has one spelling.
pub(super) fn spell_time(presented: &Presented, unit: TimeUnit) -> Result<String, Malformed> {
    let time = presented.created().ok_or(Malformed::new("there is no time"))?;
    match unit {
        TimeUnit::Milliseconds => spell_milliseconds(time),
        TimeUnit::Seconds => spell_seconds(time),
    }
}

/// Refuses what must not be in a piece: only so is it true that bytes cannot be moved.
pub(super) fn held(piece: &Piece, content: &[u8]) -> Result<(), Malformed> {
    let too_long = matches!(piece, Piece::Id(_) | Piece::Nonce) && content.len() > MAX_ID;
    // Of a target the prefix and the query may be; a path never is.
    let missing = content.is_empty() && !piece.may_be_empty() && !matches!(piece, Piece::Path | Piece::PathAndQuery);
    let unknown = *piece == Piece::Scheme && !matches!(content, b"http" | b"https");
    if !too_long && !missing && !unknown && content.iter().all(|byte| piece.may_hold(*byte)) {
        return Ok(());
    }
    Err(Malformed::new(match piece {
        Piece::Authority => "the authority is missing, or no host and port",
        Piece::Field(_) | Piece::Id(_) => "a signed field has what it must not have",
        Piece::KeyId => "the key id is not visible ASCII",
        Piece::Method => "the method is not in upper-case letters",
        Piece::Nonce => "the nonce is not 1 to 128 of the letters, digits and +/=_-",
        Piece::Path | Piece::PathAndQuery | Piece::Query => "the target has what must be percent-encoded there",
        Piece::Scheme => "the scheme is not http or https",
        _ => "a signed component has what it must not have",
    }))
}

/// The value of a field that has to be there, once.
pub(super) fn value<'h>(head: &SignedHead<'h>, name: &HeaderName) -> Result<&'h HeaderValue, Malformed> {
    head.single(name)?.ok_or(Malformed::new("a field is missing that the format has"))
}

fn lower_case(text: &str) -> Cow<'_, [u8]> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        text.to_ascii_lowercase().into_bytes().into()
    } else {
        text.as_bytes().into()
    }
}

/// The longest nonce or id, in bytes.
const MAX_ID: usize = 128;
