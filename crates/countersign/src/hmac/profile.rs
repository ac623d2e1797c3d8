//! A format's name and parameters.

use std::borrow::Cow;
use std::time::Duration;

use http::HeaderName;

use crate::hmac::{Algorithm, Coverage, Encoding, KeyDecoding, Malformed, Presented};

/// A format's name and parameters.
#[derive(Clone, Debug)]
pub struct SchemeProfile {
    pub(crate) name: &'static str,
    pub(crate) challenge: &'static str,
    pub(crate) algorithm: Algorithm,
    accepted: u8,
    pub(crate) encoding: Encoding,
    pub(crate) key_decoding: KeyDecoding,
    pub(crate) method: Option<&'static str>,
    pub(crate) leeway: Option<Leeway>,
    pub(crate) reference_leeway: Option<Leeway>,
    pub(crate) staleness_last: bool,
    pub(crate) signs_responses: bool,
    pub(crate) reads_body: bool,
    pub(crate) covers: Coverage,
    pub(crate) single_use_nonce: bool,
    pub(crate) credentials: Cow<'static, [HeaderName]>,
}

impl SchemeProfile {
    /// A format of this name with signatures of `algorithm`, spelled in `encoding`. The name is the auth-scheme of the
    /// challenge, and keeps the format's nonces apart from others'.
    ///
    /// `covers` is what a signature must cover unless the server says otherwise; `credentials` are the header fields
    /// whose values are marked sensitive.
    #[must_use]
    pub const fn new(
        name: &'static str,
        algorithm: Algorithm,
        encoding: Encoding,
        covers: Coverage,
        credentials: &'static [HeaderName],
    ) -> Self {
        Self {
            name,
            challenge: name,
            algorithm,
            accepted: bit(algorithm),
            encoding,
            key_decoding: KeyDecoding::Raw,
            method: None,
            leeway: None,
            reference_leeway: None,
            staleness_last: false,
            signs_responses: false,
            reads_body: false,
            covers,
            single_use_nonce: false,
            credentials: Cow::Borrowed(credentials),
        }
    }

    /// Signatures of this algorithm are accepted too, where the message names it
    /// ([`Presented::with_algorithm`]). No other than those listed here and the format's own ever is.
    #[must_use]
    pub const fn with_accepted_algorithm(mut self, algorithm: Algorithm) -> Self {
        self.accepted |= bit(algorithm);
        self
    }

    /// The auth-scheme of the challenge, where it is not the name.
    #[must_use]
    pub const fn with_challenge(mut self, auth_scheme: &'static str) -> Self {
        self.challenge = auth_scheme;
        self
    }

    /// How the key is spelled in the secret, where its bytes are not the key itself.
    #[must_use]
    pub const fn with_key_decoding(mut self, decoding: KeyDecoding) -> Self {
        self.key_decoding = decoding;
        self
    }

    /// Signed requests have this method; any other is refused with 405 before all else.
    #[must_use]
    pub const fn with_method(mut self, method: &'static str) -> Self {
        self.method = Some(method);
        self
    }

    /// The header fields that carry the credentials, where they are known only when the format is configured.
    #[must_use]
    pub fn with_credentials(mut self, fields: impl Into<Vec<HeaderName>>) -> Self {
        self.credentials = Cow::Owned(fields.into());
        self
    }

    /// Signatures carry their time, and are good for so long.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Leeway) -> Self {
        self.leeway = Some(leeway);
        self
    }

    /// What the format's reference implementation accepts, where that is not its leeway: any time ahead, say.
    #[must_use]
    pub const fn with_reference_leeway(mut self, leeway: Leeway) -> Self {
        self.reference_leeway = Some(leeway);
        self
    }

    /// A signature's time is judged when the signature has held, so that a proved caller can be
    /// [told the time](crate::hmac::HmacScheme::stale_challenge).
    #[must_use]
    pub const fn with_staleness_after_signature(mut self) -> Self {
        self.staleness_last = true;
        self
    }

    /// Responses are signed too, as [`HmacScheme::response`](crate::hmac::HmacScheme::response) says.
    #[must_use]
    pub const fn with_signed_responses(mut self) -> Self {
        self.signs_responses = true;
        self
    }

    /// The credentials, or some of them, stand in the body, where
    /// [`parse_body`](crate::hmac::HmacScheme::parse_body) finds them.
    #[must_use]
    pub const fn with_credentials_in_body(mut self) -> Self {
        self.reads_body = true;
        self
    }

    /// The format has a nonce that it calls single-use; a replayed request is known by it rather than by its MAC.
    #[must_use]
    pub const fn with_single_use_nonce(mut self) -> Self {
        self.single_use_nonce = true;
        self
    }

    /// By which algorithm to verify or sign: the one the message names, if it is on the server's list.
    pub(crate) fn algorithm_of(&self, presented: &Presented) -> Result<Algorithm, Malformed> {
        match presented.algorithm {
            None => Ok(self.algorithm),
            Some(algorithm) if self.accepted & bit(algorithm) != 0 => Ok(algorithm),
            Some(_) => Err(Malformed::new("the algorithm is not accepted")),
        }
    }

    /// The format's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What a signature must cover unless the server says otherwise.
    #[must_use]
    pub const fn covers(&self) -> Coverage {
        self.covers
    }

    /// How the key is spelled in the secret.
    #[must_use]
    pub const fn key_decoding(&self) -> KeyDecoding {
        self.key_decoding
    }

    /// How long signatures are good; `None` for formats without time.
    #[must_use]
    pub const fn leeway(&self) -> Option<Leeway> {
        self.leeway
    }
}

const fn bit(algorithm: Algorithm) -> u8 {
    1 << algorithm as u8
}

/// How far a signature's time may be from ours; both limits included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leeway {
    pub(crate) past: Duration,
    pub(crate) future: Duration,
}

impl Leeway {
    /// So old at most, and so far ahead at most.
    #[must_use]
    pub const fn new(past: Duration, future: Duration) -> Self {
        Self { past, future }
    }

    /// How old a signature may be.
    #[must_use]
    pub const fn past(self) -> Duration {
        self.past
    }

    /// How far ahead of our clock it may be.
    #[must_use]
    pub const fn future(self) -> Duration {
        self.future
    }
}
