//! Whose rules a message is read by.

/// Which version's rules a message is read by.
///
/// | | field | parameters | timestamp that is signed | key |
/// |---|---|---|---|---|
/// | [`V1_7`](Self::V1_7) | `Authorization` | `sentry_…` | as Python 2 writes that number | the global one |
/// | [`V1`](Self::V1) | `Authorization` | `sentry_…` | as Python 2 writes that number | the global one |
/// | [`V2`](Self::V2) | `X-Sentry-Auth`, else `Authorization` | `sentry_…` | as it was sent | `sentry_key`, else the global one |
/// | [`Any`](Self::Any) | either, not both | `sentry_…` | in either way | `sentry_key`, else the global one |
/// | [`Nonce`](Self::Nonce) | `Authorization` | without `sentry_` | as it was sent, and the nonce | the global one |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SentryProtocol {
    /// django-sentry 1.13.5: what has no signature is a form, in which the key is judged first.
    V1,
    /// django-sentry 1.7.5 and 1.8.0: what has no signature is a form, in which the key is judged last. So a message without
    /// credentials is one without `data`, and 400.
    V1_7,
    /// Sentry 2.0. Where both fields have credentials, those in `Authorization` are not looked at.
    V2,
    /// What either version's clients send. Credentials in both fields are refused: which of them count must not depend on
    /// who reads.
    #[default]
    Any,
    /// A form that Sentry's author wrote in May 2011 and never released: `Sentry signature=…, timestamp=…, nonce=…,
    /// client=…`, the signature in base64, over the timestamp, the nonce and the body with blanks between them. The nonce is
    /// 32 lower-case hexadecimal digits, and passes once, which the original left to be done.
    Nonce,
}

impl SentryProtocol {
    /// Whether messages may name their key.
    pub(super) const fn names_keys(self) -> bool {
        matches!(self, Self::V2 | Self::Any)
    }
}
