//! What can be signed.

use crate::hmac::{DigestAlgorithm, Encoding};

/// A part of what is signed, in the place where it stands.
///
/// With each stands which bytes it may have: what else is in a request is refused, so that nobody can move bytes from one
/// part to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Component {
    /// Host and port in lower case, as they were sent or of the configured public URL: what RFC 3986 §3.2 allows there, without
    /// user information. A default port is left as it was sent.
    Authority,
    /// The raw body: any bytes.
    Body,
    /// The spelled digest of the raw body, which an empty body has too.
    BodyDigest(DigestAlgorithm, Encoding),
    /// The value of this header field, byte for byte, anything that can stand in one. A request that does not have it
    /// exactly once is refused.
    Field(&'static str),
    /// The value of this header field, which has to be 1 to 128 of the letters, digits and `+/=_-`: a delivery's id, say. It
    /// may be sent again; what is used once is a [nonce](Self::Nonce).
    Id(&'static str),
    /// The raw body, which has to be empty or begin with `{`: for formats that put it after the target with nothing between,
    /// where no `{` can stand. The whole body is read before anything is judged.
    JsonObject,
    /// The key id, from [its field](super::CustomSchemeBuilder::with_key_id_field): visible ASCII.
    KeyId,
    /// The same text in every request.
    Literal(&'static str),
    /// The method as it was sent: upper-case letters and `-`.
    Method,
    /// What is used once, from [its field](super::CustomSchemeBuilder::with_nonce_field): 1 to 128 of the letters, digits and
    /// `+/=_-`.
    Nonce,
    /// The path as it was sent: what RFC 3986 §3.3 allows there, and `[`, `]` and `|`.
    ///
    /// Where it is signed and the query is not, a request with a query leaves out what must be covered, and is refused.
    Path,
    /// The path, then `?` and the query where there is one.
    PathAndQuery,
    /// The query as it was sent, without the `?`: what may stand in a path, and `?`. Without a query nothing stands here, so
    /// an empty one is refused.
    Query,
    /// `http` or `https`. Where it is not known, a public URL has to be
    /// [configured](crate::HmacAuthLayer::with_public_url).
    Scheme,
    /// The whole URL: scheme, `://`, authority, path and query, each as said there.
    TargetUri,
    /// The time, from [its field](super::CustomSchemeBuilder::with_timestamp_field): digits.
    Timestamp,
}

/// In which unit a format counts the time since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeUnit {
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
}
