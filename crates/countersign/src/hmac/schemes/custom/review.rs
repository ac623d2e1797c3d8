//! What is refused of a description.

use countersign_core::KeyId;
use http::{HeaderName, header};

use super::super::text::is_token_byte;
use super::piece::{Piece, undelimited};
use super::{Component, CustomSchemeBuilder, InvalidScheme};
use crate::hmac::{Algorithm, Coverage, DigestAlgorithm};

/// The fields of a description, read.
pub(super) struct Fields {
    pub(super) signature: HeaderName,
    pub(super) key_id: Option<HeaderName>,
    pub(super) timestamp: Option<HeaderName>,
    pub(super) nonce: Option<HeaderName>,
}

impl Fields {
    pub(super) fn read(description: &CustomSchemeBuilder) -> Result<Self, InvalidScheme> {
        let fields = Self {
            signature: field_name(description.signature.ok_or(InvalidScheme::SignatureUnnamed)?)?,
            key_id: description.key_id_field.map(field_name).transpose()?,
            timestamp: description.timestamp.map(|(name, _)| field_name(name)).transpose()?,
            nonce: description.nonce.map(field_name).transpose()?,
        };
        let all: Vec<_> = fields.all().collect();
        match all.iter().enumerate().find(|(at, name)| all.iter().take(*at).any(|other| other == *name)) {
            Some((_, name)) => Err(InvalidScheme::FieldTwice((*name).clone())),
            None => Ok(fields),
        }
    }

    fn all(&self) -> impl Iterator<Item = &HeaderName> {
        [Some(&self.signature), self.key_id.as_ref(), self.timestamp.as_ref(), self.nonce.as_ref()]
            .into_iter()
            .flatten()
    }

    /// A field that is signed by its name, and for which there is no other component.
    fn signed(&self, name: &'static str) -> Result<HeaderName, InvalidScheme> {
        let own = |name, component| Err(InvalidScheme::OwnComponent(name, component));
        let name = field_name(name)?;
        match Some(&name) {
            _ if name == self.signature => Err(InvalidScheme::SignatureSigned),
            _ if name == header::HOST => own(name, "Authority"),
            field if field == self.key_id.as_ref() => own(name, "KeyId"),
            field if field == self.timestamp.as_ref() => own(name, "Timestamp"),
            field if field == self.nonce.as_ref() => own(name, "Nonce"),
            _ => Ok(name),
        }
    }
}

/// What is signed, adjoining literals made one.
pub(super) fn pieces(description: &CustomSchemeBuilder, fields: &Fields) -> Result<Vec<Piece>, InvalidScheme> {
    let mut pieces = Vec::new();
    for (at, component) in description.components.iter().enumerate() {
        if at > 0 {
            push_literal(&mut pieces, description.separator);
        }
        pieces.push(match *component {
            Component::Literal(text) => {
                push_literal(&mut pieces, text);
                continue;
            }
            Component::BodyDigest(DigestAlgorithm::Sha1, _) if !description.sha1 => return Err(InvalidScheme::Sha1),
            Component::BodyDigest(algorithm, encoding) => Piece::BodyDigest(algorithm, encoding),
            Component::Field(name) => Piece::Field(fields.signed(name)?),
            Component::Id(name) => Piece::Id(fields.signed(name)?),
            Component::KeyId if fields.key_id.is_none() => return Err(InvalidScheme::KeyIdNotRead),
            Component::Nonce if fields.nonce.is_none() => return Err(InvalidScheme::NonceNotRead),
            Component::Authority => Piece::Authority,
            Component::Body => Piece::Body,
            Component::JsonObject => Piece::JsonObject,
            Component::KeyId => Piece::KeyId,
            Component::Method => Piece::Method,
            Component::Nonce => Piece::Nonce,
            Component::Path => Piece::Path,
            Component::PathAndQuery => Piece::PathAndQuery,
            Component::Query => Piece::Query,
            Component::Scheme => Piece::Scheme,
            Component::TargetUri => Piece::TargetUri,
            Component::Timestamp => Piece::Timestamp(description.timestamp.ok_or(InvalidScheme::TimestampNotRead)?.1),
        });
    }
    judge(description, fields, &pieces)?;
    Ok(pieces)
}

fn push_literal(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(Piece::Literal(before)) => before.push_str(text),
        _ => pieces.push(Piece::Literal(text.to_owned())),
    }
}

fn judge(description: &CustomSchemeBuilder, fields: &Fields, pieces: &[Piece]) -> Result<(), InvalidScheme> {
    let covers = covers(pieces);
    let refuse = |when, error| if when { Err(error) } else { Ok(()) };
    let lacks = |component| !covers.contains(component);
    let bodies = pieces.iter().filter(|piece| piece.is_body()).count();
    let only_the_body = pieces.iter().all(|piece| piece.is_body() || matches!(piece, Piece::Literal(_)));
    let timeless = fields.timestamp.is_none() && !description.no_timestamp;
    let (sha1, leeway) = (description.algorithm == Algorithm::HmacSha1, description.leeway.is_some());

    refuse(sha1 && !description.sha1, InvalidScheme::Sha1)?;
    refuse(bodies == 0, InvalidScheme::BodyNotSigned)?;
    refuse(bodies > 1, InvalidScheme::BodyTwice)?;
    refuse(fields.timestamp.is_some() && lacks(Coverage::CREATED), InvalidScheme::TimestampNotSigned)?;
    refuse(fields.nonce.is_some() && lacks(Coverage::NONCE), InvalidScheme::NonceNotSigned)?;
    refuse(timeless && only_the_body, InvalidScheme::OnlyTheBody)?;
    refuse(timeless, InvalidScheme::NoTimestamp)?;
    refuse(leeway && fields.timestamp.is_none(), InvalidScheme::LeewayWithoutTimestamp)?;
    undelimited(pieces).map_or(Ok(()), |(one, other)| Err(InvalidScheme::Undelimited(one.name(), other.name())))
}

/// What a signature covers. Where it covers the path it has to cover the query too, which is so where there is none.
pub(super) fn covers(pieces: &[Piece]) -> Coverage {
    let covers = pieces.iter().fold(Coverage::NONE, |all, piece| all | piece.covers());
    if covers.contains(Coverage::PATH) { covers | Coverage::QUERY } else { covers }
}

/// The one key id of a format whose requests do not say it.
pub(super) fn key_id(description: &CustomSchemeBuilder) -> Result<KeyId, InvalidScheme> {
    let name = description.name;
    let bad = InvalidScheme::Name(name);
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(bad);
    }
    let own = KeyId::new(name.to_ascii_lowercase()).map_err(|_| bad)?;
    Ok(description.key_id.clone().unwrap_or(own))
}

/// What stands before a signature, and the auth-scheme in it where its field has one.
pub(super) fn auth_scheme(
    description: &CustomSchemeBuilder,
    signature: &HeaderName,
) -> Result<Option<&'static str>, InvalidScheme> {
    let (prefix, between) = (description.prefix, description.between);
    let bad = Err(InvalidScheme::Prefix(prefix));
    match between {
        Some(between) if !matches!(between, ',' | ';' | ' ') => return Err(InvalidScheme::Separator(between)),
        Some(between) if prefix.contains(between) => return bad,
        _ => {}
    }
    if !prefix.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) || prefix.starts_with(' ') {
        return bad;
    }
    if *signature != header::AUTHORIZATION && *signature != header::PROXY_AUTHORIZATION {
        return Ok(None);
    }
    match prefix.strip_suffix(' ') {
        Some(scheme) if !scheme.is_empty() && scheme.bytes().all(is_token_byte) => Ok(Some(scheme)),
        _ => bad,
    }
}

fn field_name(name: &'static str) -> Result<HeaderName, InvalidScheme> {
    HeaderName::try_from(name).map_err(|_| InvalidScheme::FieldName(name))
}
