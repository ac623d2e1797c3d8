//! Why a message cannot be opened.

use std::fmt;

use http::StatusCode;

use super::SentryStyle;

/// Why a message cannot be opened. Nothing of the message itself is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnvelopeError {
    kind: EnvelopeErrorKind,
    at: Position,
}

/// Where JSON went wrong: line and column from 1, bytes from 0, as Python counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Position {
    line: usize,
    column: usize,
    offset: usize,
}

impl EnvelopeError {
    pub(super) fn new(kind: EnvelopeErrorKind) -> Self {
        Self { kind, at: Position::default() }
    }

    /// Of JSON that cannot be read: where the value or the word begins that is none.
    pub(super) fn of_json(error: &serde_json::Error, json: &[u8]) -> Self {
        let kind = if error.is_data() { EnvelopeErrorKind::Unexpected } else { EnvelopeErrorKind::Json };
        let before: usize =
            json.split_inclusive(|byte| *byte == b'\n').take(error.line().saturating_sub(1)).map(<[u8]>::len).sum();
        let line = json.get(before..).unwrap_or_default();
        let mut column = error.column().saturating_sub(1);
        while column > 0 && line.get(column - 1).is_some_and(u8::is_ascii_alphabetic) {
            column -= 1;
        }
        Self { kind, at: Position { line: error.line(), column: column + 1, offset: before + column } }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> EnvelopeErrorKind {
        self.kind
    }

    /// With which status it is answered: in the original style 403, as Sentry did, in the modern one 400; 413 for what is
    /// too long, and 415 for a content coding that is not known, in both. A form is 400 in both.
    #[must_use]
    pub const fn status(&self, style: SentryStyle) -> StatusCode {
        match (self.kind, style) {
            (EnvelopeErrorKind::TooLarge, _) => StatusCode::PAYLOAD_TOO_LARGE,
            (EnvelopeErrorKind::ContentCoding, _) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            (EnvelopeErrorKind::Form | EnvelopeErrorKind::Pickle, _) | (_, SentryStyle::Modern) => {
                StatusCode::BAD_REQUEST
            }
            (_, SentryStyle::Original) => StatusCode::FORBIDDEN,
        }
    }

    /// The text of django-sentry 1.13.5 on Python 2.7: the names of its exceptions, and their words where it had any for
    /// this.
    #[must_use]
    pub fn original_text(&self) -> String {
        let Position { line, column, offset } = self.at;
        match self.kind {
            EnvelopeErrorKind::Base64 => "Bad data decoding request (TypeError, Incorrect padding)".into(),
            EnvelopeErrorKind::Corrupt => {
                "Bad data decoding request (error, Error -3 while decompressing data: invalid data)".into()
            }
            EnvelopeErrorKind::Truncated => {
                "Bad data decoding request (error, Error -5 while decompressing data: incomplete or truncated stream)"
                    .into()
            }
            EnvelopeErrorKind::TrailingBytes => "Bad data decoding request (error, trailing bytes)".into(),
            EnvelopeErrorKind::Json => format!(
                "Bad data reconstructing object (JSONDecodeError, Expecting value: line {line} column {column} (char {offset}))"
            ),
            EnvelopeErrorKind::Unexpected => format!(
                "Bad data reconstructing object (TypeError, unexpected value: line {line} column {column} (char {offset}))"
            ),
            EnvelopeErrorKind::Form | EnvelopeErrorKind::Pickle => "Invalid format".into(),
            EnvelopeErrorKind::ContentCoding | EnvelopeErrorKind::TooLarge => {
                self.status(SentryStyle::Original).canonical_reason().unwrap_or_default().into()
            }
        }
    }
}

impl From<EnvelopeErrorKind> for EnvelopeError {
    fn from(kind: EnvelopeErrorKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.text())?;
        match self.at.line {
            0 => Ok(()),
            line => write!(f, " at line {line} column {}", self.at.column),
        }
    }
}

impl std::error::Error for EnvelopeError {}

/// What is wrong with a message that cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EnvelopeErrorKind {
    /// It is not base64, or its padding is wrong.
    Base64,
    /// It was compressed in a way that is not accepted, or in several.
    ContentCoding,
    /// What was compressed is damaged.
    Corrupt,
    /// It is a form of the older kind.
    Form,
    /// What is in it is not JSON.
    Json,
    /// It is a pickle, which nobody should ever read.
    Pickle,
    /// Unwrapped, it is longer than it may be.
    TooLarge,
    /// Something follows the end of what was compressed.
    TrailingBytes,
    /// What was compressed breaks off.
    Truncated,
    /// It is JSON, and not what was expected.
    Unexpected,
}

impl EnvelopeErrorKind {
    const fn text(self) -> &'static str {
        match self {
            Self::Base64 => "the body is not base64",
            Self::ContentCoding => "the body's content coding is none of gzip, deflate and identity",
            Self::Corrupt => "what was compressed is damaged",
            Self::Form => "the body is a form, which is not accepted",
            Self::Json => "the event is not JSON",
            Self::Pickle => "the body is a form with a pickle in it, which is never read",
            Self::TooLarge => "the event is too large",
            Self::TrailingBytes => "something follows what was compressed",
            Self::Truncated => "what was compressed breaks off",
            Self::Unexpected => "the event is not what was expected",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn said_of(json: &str) -> String {
        let error = serde_json::from_str::<Value>(json).unwrap_err();
        EnvelopeError::of_json(&error, json.as_bytes()).original_text()
    }

    #[test]
    fn what_is_no_value_is_said_to_be_none_where_it_begins() {
        for (json, place) in [
            ("", "line 1 column 1 (char 0)"),
            ("not json", "line 1 column 1 (char 0)"),
            ("{\"a\": nope}", "line 1 column 7 (char 6)"),
            ("{\n  \"a\": nope}", "line 2 column 8 (char 9)"),
        ] {
            let expected = format!("Bad data reconstructing object (JSONDecodeError, Expecting value: {place})");
            assert_eq!(said_of(json), expected, "{json}");
        }
    }

    #[test]
    fn nothing_of_the_message_is_told() {
        let error = serde_json::from_str::<u8>("\"canary\"").unwrap_err();
        assert!(error.to_string().contains("canary"), "it would be found");
        let error = EnvelopeError::of_json(&error, b"\"canary\"");
        assert_eq!(error.kind(), EnvelopeErrorKind::Unexpected);
        assert!(!format!("{error} {error:?} {}", error.original_text()).contains("canary"));
    }
}
