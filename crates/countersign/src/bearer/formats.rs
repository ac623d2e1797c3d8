//! Which shapes of tokens are known, and which of them their owners should replace.

use countersign_core::{FormatRegistry, TokenInfo};
use http::{HeaderName, HeaderValue};

use crate::auth::{AuthError, AuthErrorKind};

/// The known formats, if they matter, and what is said of deprecated ones.
#[derive(Clone, Debug)]
pub(super) struct Formats {
    pub(super) registry: Option<FormatRegistry>,
    pub(super) notice: Option<HeaderValue>,
}

impl Formats {
    pub(super) const fn any() -> Self {
        Self { registry: None, notice: Some(HeaderValue::from_static(NOTICE)) }
    }

    /// Whether a token looks like a deprecated one; refused when it looks like none.
    pub(super) fn judge(&self, token: &str) -> Result<bool, AuthError> {
        let Some(registry) = &self.registry else { return Ok(false) };
        let unknown = || AuthError::new(AuthErrorKind::UnknownToken).with_reason("of no known format");
        registry.recognise(token).map(|format| format.is_deprecated()).ok_or_else(unknown)
    }

    /// The same of what may not even be a token; `None` when it looks like none.
    #[inline]
    pub(super) fn judge_unjudged(&self, token: &[u8]) -> Option<bool> {
        if self.registry.is_none() { Some(false) } else { self.judge(std::str::from_utf8(token).ok()?).ok() }
    }

    /// What is to be said of a token that looks deprecated, or whose record says so.
    pub(super) fn notice_of(&self, looks_deprecated: bool, info: &TokenInfo) -> Option<&HeaderValue> {
        let registry = self.registry.as_ref()?;
        let recorded = || info.format().is_some_and(|id| registry.is_deprecated(id));
        self.notice.as_ref().filter(|_| looks_deprecated || recorded())
    }

    pub(super) const fn may_have_notices(&self) -> bool {
        self.registry.is_some() && self.notice.is_some()
    }
}

/// The field that Djblets has for it.
pub(super) const DEPRECATED: HeaderName = HeaderName::from_static("x-api-token-deprecated");

/// What Djblets says in it.
const NOTICE: &str = "This token uses a deprecated format. The token can still be used, but you should remove it and \
    generate a new one to take advantage of security improvements.";
