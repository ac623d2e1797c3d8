//! What a message carries: its body, put into base64 and compression and taken out.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::inflate::{InflateError, gunzip, inflate, is_zlib};
use super::legacy_form::data_of;
use super::{EnvelopeError, EnvelopeErrorKind, LegacyFormError, SentryStyle};

/// Opens messages: the JSON that a body carries, as clients of every version wrap it.
///
/// A body is base64 of zlib (RFC 1950) of JSON, base64 of JSON, or JSON itself, which begins with `{`; any of them under
/// `Content-Encoding: gzip` or `deflate` (RFC 9110 §8.4.1) as well. Base64 is that of RFC 4648 §4 with its padding; line
/// breaks and blanks in it are passed over, since some clients break lines.
///
/// What is decompressed has 8 MiB at most, unless told otherwise: no more than twice that is ever held, however small the
/// body is. Whatever stands behind the end of JSON, of base64 or of what was compressed is refused, and so is a stream that
/// breaks off.
/// **Pickles are never read**: a form that is one (`format=pickle`, or no `format` at all) is refused by its name.
///
/// It opens what it is given. Whether anybody signed that is for [`SentrySignatureLayer`](super::SentrySignatureLayer) to
/// say, before; [`SentryEvent`](crate::sentry::SentryEvent) is both in one, for axum.
///
/// ```
/// use countersign::sentry::SentryEnvelope;
/// use http::HeaderMap;
///
/// #[derive(serde::Deserialize)]
/// struct Event { message: String }
///
/// let body = b"eyJtZXNzYWdlIjogImhlbGxvIn0=";
/// let event: Event = SentryEnvelope::new().event(&HeaderMap::new(), body)?;
/// assert_eq!(event.message, "hello");
///
/// let body = SentryEnvelope::wrap(&serde_json::json!({"message": "hello again"}))?;
/// let event: Event = SentryEnvelope::new().event(&HeaderMap::new(), &body)?;
/// assert_eq!(event.message, "hello again");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SentryEnvelope {
    limit: usize,
    style: SentryStyle,
    legacy_form: bool,
}

impl SentryEnvelope {
    /// How long an event may be, in bytes, unless told otherwise: 8 MiB.
    pub const DEFAULT_LIMIT: usize = 8 << 20;

    /// Envelopes of the default limit.
    #[must_use]
    pub const fn new() -> Self {
        Self { limit: Self::DEFAULT_LIMIT, style: SentryStyle::Original, legacy_form: false }
    }

    /// How long an event may be when it is unwrapped, in bytes; a longer one is refused with 413.
    #[must_use]
    pub const fn with_limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// How [`SentryEvent`](crate::sentry::SentryEvent) answers what cannot be opened; as Sentry did, unless told otherwise.
    #[must_use]
    pub const fn with_style(mut self, style: SentryStyle) -> Self {
        self.style = style;
        self
    }

    /// Opens the `data` of forms too: of the body of a request that was admitted by
    /// [`with_insecure_legacy_form_key`](crate::SentrySignatureLayer::with_insecure_legacy_form_key). `format` has to be `json`;
    /// a pickle is refused as ever. [`SentryEvent`](crate::sentry::SentryEvent) knows such requests by itself.
    #[must_use]
    pub const fn with_legacy_form(mut self) -> Self {
        self.legacy_form = true;
        self
    }

    /// How what cannot be opened is answered.
    #[must_use]
    pub const fn style(&self) -> SentryStyle {
        self.style
    }

    /// The event that a body carries.
    ///
    /// # Errors
    /// Those of [`json`](Self::json), and when what is there is no JSON, is followed by something, or is not a `T`.
    pub fn event<T: DeserializeOwned>(&self, headers: &HeaderMap, body: &[u8]) -> Result<T, EnvelopeError> {
        let json = self.json(headers, body)?;
        serde_json::from_slice(&json).map_err(|error| EnvelopeError::of_json(&error, &json))
    }

    /// The bytes of the JSON that a body carries, not yet read as such. At most twice the limit and twice the body's length
    /// are held besides the body: what grows is held twice for a moment.
    ///
    /// # Errors
    /// When the body is a form, is in a content coding other than `gzip`, `deflate` and `identity` or in several, is no
    /// base64, breaks off, goes on behind its end, or is longer than the limit when it is unwrapped.
    pub fn json<'b>(&self, headers: &HeaderMap, body: &'b [u8]) -> Result<Cow<'b, [u8]>, EnvelopeError> {
        match coding(headers)? {
            Coding::Identity => self.unwrapped(Cow::Borrowed(body)),
            Coding::Gzip => self.unwrapped(Cow::Owned(gunzip(body, self.limit)?)),
            Coding::Deflate => self.unwrapped(Cow::Owned(inflate(body, self.limit)?)),
        }
    }

    /// A body for this event as clients of the time made it, and every version reads it: base64 of zlib of JSON.
    ///
    /// # Errors
    /// When the event cannot be written as JSON: a map whose keys are no texts, say.
    pub fn wrap(event: &impl Serialize) -> Result<Bytes, serde_json::Error> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        serde_json::to_writer(&mut encoder, event)?;
        let compressed = encoder.finish().map_err(serde_json::Error::io)?;
        Ok(STANDARD.encode(compressed).into())
    }

    fn unwrapped<'b>(&self, body: Cow<'b, [u8]>) -> Result<Cow<'b, [u8]>, EnvelopeError> {
        if body.trim_ascii_start().first() == Some(&b'{') {
            return self.within_limit(body);
        }
        if self.legacy_form
            && let Some(data) = form_data(&body)?
        {
            // What is in a form is no form.
            let inner = Self { legacy_form: false, ..*self };
            return inner.unwrapped(Cow::Owned(data.into_bytes()));
        }
        if let Some(error) = form(&body) {
            return Err(error);
        }
        let not_base64 = |_| EnvelopeError::new(EnvelopeErrorKind::Base64);
        let decoded = match body.iter().any(u8::is_ascii_whitespace) {
            false => STANDARD.decode(&body).map_err(not_base64)?,
            true => {
                let packed: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
                STANDARD.decode(packed).map_err(not_base64)?
            }
        };
        // Neither JSON's objects nor its blanks begin as zlib does.
        if is_zlib(&decoded) {
            Ok(Cow::Owned(inflate(&decoded, self.limit)?))
        } else {
            self.within_limit(decoded.into())
        }
    }

    fn within_limit<'b>(&self, json: Cow<'b, [u8]>) -> Result<Cow<'b, [u8]>, EnvelopeError> {
        if json.len() > self.limit { Err(EnvelopeErrorKind::TooLarge.into()) } else { Ok(json) }
    }
}

impl Default for SentryEnvelope {
    fn default() -> Self {
        Self::new()
    }
}

enum Coding {
    Identity,
    Gzip,
    Deflate,
}

/// The one content coding of a body.
fn coding(headers: &HeaderMap) -> Result<Coding, EnvelopeError> {
    let mut fields = headers.get_all(header::CONTENT_ENCODING).iter().map(HeaderValue::as_bytes);
    let name = fields.next().unwrap_or(b"identity").trim_ascii().to_ascii_lowercase();
    match (&*name, fields.next()) {
        (b"" | b"identity", None) => Ok(Coding::Identity),
        (b"gzip" | b"x-gzip", None) => Ok(Coding::Gzip),
        (b"deflate", None) => Ok(Coding::Deflate),
        _ => Err(EnvelopeErrorKind::ContentCoding.into()),
    }
}

/// The event in a form, as it was wrapped; `None` where this is no such form.
fn form_data(body: &[u8]) -> Result<Option<String>, EnvelopeError> {
    match data_of(body) {
        Ok(data) => Ok(Some(data)),
        Err(LegacyFormError::Pickle) => Err(EnvelopeErrorKind::Pickle.into()),
        Err(LegacyFormError::NotJson | LegacyFormError::SeveralFields) => Err(EnvelopeErrorKind::Form.into()),
        Err(_) => Ok(None),
    }
}

/// Why a body that is a form is refused; no base64 looks like one.
fn form(body: &[u8]) -> Option<EnvelopeError> {
    let value =
        |name: &[u8]| body.split(|byte| *byte == b'&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix(b"="));
    match (value(b"format"), value(b"data")) {
        (None, None) => None,
        (None | Some(b"pickle"), _) => Some(EnvelopeErrorKind::Pickle.into()),
        (Some(_), _) => Some(EnvelopeErrorKind::Form.into()),
    }
}

impl From<InflateError> for EnvelopeError {
    fn from(error: InflateError) -> Self {
        Self::new(match error {
            InflateError::Corrupt => EnvelopeErrorKind::Corrupt,
            InflateError::Truncated => EnvelopeErrorKind::Truncated,
            InflateError::TrailingBytes => EnvelopeErrorKind::TrailingBytes,
            InflateError::TooLong => EnvelopeErrorKind::TooLarge,
        })
    }
}

#[cfg(test)]
mod tests;
