//! Why a format cannot be.

use std::fmt;

use http::HeaderName;

/// A format was described that would not be safe, or could not be read. What it says is what to change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidScheme {
    /// Neither the body nor a digest of it is signed.
    BodyNotSigned,
    /// The body is signed twice.
    BodyTwice,
    /// A field is named for two purposes.
    FieldTwice(HeaderName),
    /// This is not the name of a header field.
    FieldName(&'static str),
    /// A key id is signed that no field carries.
    KeyIdNotRead,
    /// How long signatures are good was said of a format without time.
    LeewayWithoutTimestamp,
    /// This cannot be the name of a format.
    Name(&'static str),
    /// The time is neither read nor signed.
    NoTimestamp,
    /// A nonce is signed that no field carries.
    NonceNotRead,
    /// A nonce is read that is not signed.
    NonceNotSigned,
    /// Nothing but the body is signed.
    OnlyTheBody,
    /// There is a component for what is in this field.
    OwnComponent(HeaderName, &'static str),
    /// This cannot stand before a signature.
    Prefix(&'static str),
    /// SHA-1 was named where it must be asked for.
    Sha1,
    /// The field of the signature is signed.
    SignatureSigned,
    /// No field was named for the signature.
    SignatureUnnamed,
    /// Signatures cannot be told apart by this character.
    Separator(char),
    /// A time is signed that no field carries.
    TimestampNotRead,
    /// A time is read that is not signed.
    TimestampNotSigned,
    /// Nothing tells where one component ends and the other begins.
    Undelimited(String, String),
}

impl fmt::Display for InvalidScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::FieldTwice(name) => {
                return write!(f, "the field {name} is named for two purposes: give each a field of its own");
            }
            Self::FieldName(name) => return write!(f, "{name:?} is not the name of a header field"),
            Self::Name(name) => {
                return write!(f, "{name:?} cannot be a format's name: take letters, digits and -, 256 at most");
            }
            Self::OwnComponent(name, component) => {
                return write!(f, "sign Component::{component} in place of the field {name}");
            }
            Self::Prefix(prefix) => {
                return write!(
                    f,
                    "{prefix:?} cannot stand before a signature: take visible ASCII without the character between \
                     signatures; in Authorization, an auth-scheme and one blank"
                );
            }
            Self::Separator(between) => {
                return write!(f, "{between:?} cannot stand between signatures: take a comma, a semicolon or a blank");
            }
            Self::Undelimited(one, other) => {
                return write!(
                    f,
                    "bytes of {one} could be taken for those of {other}: put a separator right after the first or right \
                     before the second that cannot occur in it, a line feed mostly; or sign Component::BodyDigest in \
                     place of the body; or Component::Id in place of a field that holds nothing else"
                );
            }
            Self::BodyNotSigned => {
                "whoever is in the middle could send another body: sign Component::Body or Component::BodyDigest"
            }
            Self::BodyTwice => "the body, or its digest, is signed twice: leave one out",
            Self::KeyIdNotRead => {
                "Component::KeyId is signed, and the key id is not in the request: name its field \
                 (with_key_id_field), or sign a literal"
            }
            Self::LeewayWithoutTimestamp => {
                "a leeway means nothing without a time: name its field (with_timestamp_field), or leave the leeway out"
            }
            Self::NoTimestamp => {
                "a request could be sent again for ever: name the time's field (with_timestamp_field) and sign \
                 Component::Timestamp; for a format that has none, with_insecure_no_timestamp"
            }
            Self::NonceNotRead => "Component::Nonce is signed: name the nonce's field (with_nonce_field)",
            Self::NonceNotSigned => {
                "a replay could come with another nonce: sign Component::Nonce, or do not name its field"
            }
            Self::OnlyTheBody => {
                "with nothing but the body signed, a request could be sent again, anywhere and for ever: sign \
                 Component::Timestamp too; for a format that has no more, with_insecure_no_timestamp"
            }
            Self::Sha1 => "SHA-1 is for formats that have nothing else: with_insecure_sha1",
            Self::SignatureSigned => "the signature cannot be signed: leave its field out of what is",
            Self::SignatureUnnamed => "name the signature's field: with_signature_field",
            Self::TimestampNotRead => "Component::Timestamp is signed: name the time's field (with_timestamp_field)",
            Self::TimestampNotSigned => {
                "a stale request could come with another time: sign Component::Timestamp, or do not name its field"
            }
        };
        f.write_str(text)
    }
}

impl std::error::Error for InvalidScheme {}
