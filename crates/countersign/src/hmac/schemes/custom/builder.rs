//! The description of a format.

use std::time::Duration;

use countersign_core::KeyId;

use super::{Component, CustomScheme, InvalidScheme, TimeUnit};
use crate::hmac::{Algorithm, Encoding, KeyDecoding, Leeway};

/// Describes a format; made by [`CustomScheme::builder`]. What is not said has the default that is said with each setting.
#[derive(Clone, Debug)]
#[must_use = "a description does nothing until it is built"]
pub struct CustomSchemeBuilder {
    pub(super) name: &'static str,
    pub(super) signature: Option<&'static str>,
    pub(super) prefix: &'static str,
    pub(super) between: Option<char>,
    pub(super) algorithm: Algorithm,
    pub(super) sha1: bool,
    pub(super) encoding: Encoding,
    pub(super) key_decoding: KeyDecoding,
    pub(super) key_id: Option<KeyId>,
    pub(super) key_id_field: Option<&'static str>,
    pub(super) timestamp: Option<(&'static str, TimeUnit)>,
    pub(super) no_timestamp: bool,
    pub(super) nonce: Option<&'static str>,
    pub(super) leeway: Option<Leeway>,
    pub(super) separator: &'static str,
    pub(super) components: Vec<Component>,
}

impl CustomSchemeBuilder {
    pub(super) const fn new(name: &'static str) -> Self {
        Self {
            name,
            signature: None,
            prefix: "",
            between: None,
            algorithm: Algorithm::HmacSha256,
            sha1: false,
            encoding: Encoding::Hex,
            key_decoding: KeyDecoding::Raw,
            key_id: None,
            key_id_field: None,
            timestamp: None,
            no_timestamp: false,
            nonce: None,
            leeway: None,
            separator: "",
            components: Vec::new(),
        }
    }

    /// The header field that carries the signature. There is no default.
    ///
    /// In `Authorization`, the [prefix](Self::with_signature_prefix) is the auth-scheme and one blank, and credentials of
    /// another auth-scheme are none of this format.
    pub const fn with_signature_field(mut self, name: &'static str) -> Self {
        self.signature = Some(name);
        self
    }

    /// What stands before each signature: `v1=`, say; nothing unless told otherwise.
    pub const fn with_signature_prefix(mut self, prefix: &'static str) -> Self {
        self.prefix = prefix;
        self
    }

    /// The field may carry several signatures with this character between them, a comma, a semicolon or a blank: 16 at most, one
    /// of which has to hold. Those with another prefix are left alone. One signature unless told otherwise.
    pub const fn with_several_signatures(mut self, between: char) -> Self {
        self.between = Some(between);
        self
    }

    /// The algorithm of the MAC; HMAC-SHA-256 unless told otherwise.
    pub const fn with_algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Signs with HMAC-SHA-1, and lets SHA-1 be the algorithm of a body's digest. Nobody is known to forge HMAC-SHA-1, and
    /// whoever can choose bodies can make two that have the same SHA-1.
    pub const fn with_insecure_sha1(mut self) -> Self {
        self.algorithm = Algorithm::HmacSha1;
        self.sha1 = true;
        self
    }

    /// How signatures are spelled; hexadecimal unless told otherwise. No other spelling is accepted.
    pub const fn with_encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// How keys are spelled in the secrets; the secret's bytes are the key unless told otherwise.
    pub const fn with_key_decoding(mut self, decoding: KeyDecoding) -> Self {
        self.key_decoding = decoding;
        self
    }

    /// The key id of all requests; the format's name in lower case unless told otherwise.
    pub fn with_key_id(mut self, key_id: KeyId) -> Self {
        self.key_id = Some(key_id);
        self.key_id_field = None;
        self
    }

    /// The header field that carries the key id, in visible ASCII; none unless told otherwise.
    pub fn with_key_id_field(mut self, name: &'static str) -> Self {
        self.key_id_field = Some(name);
        self.key_id = None;
        self
    }

    /// The header field that carries the time of signing, in plain digits: no sign, no leading zero, no fraction.
    pub const fn with_timestamp_field(mut self, name: &'static str, unit: TimeUnit) -> Self {
        self.timestamp = Some((name, unit));
        self
    }

    /// The format has no time: a request can be sent again for ever, unless
    /// [`with_replay_protection_for`](crate::HmacAuthLayer::with_replay_protection_for) says how long to remember.
    pub const fn with_insecure_no_timestamp(mut self) -> Self {
        self.no_timestamp = true;
        self
    }

    /// The header field that carries a nonce, which is used once: a replayed request is known by it rather than by its MAC.
    /// A delivery's id, which is the same when it is delivered again, is not one; sign it as [`Component::Id`].
    pub const fn with_nonce_field(mut self, name: &'static str) -> Self {
        self.nonce = Some(name);
        self
    }

    /// How old a signature may be, and how far ahead of our clock, both limits included; 300 and 60 seconds unless told
    /// otherwise.
    pub const fn with_leeway(mut self, past: Duration, future: Duration) -> Self {
        self.leeway = Some(Leeway::new(past, future));
        self
    }

    /// What is signed between each component and the next; nothing unless told otherwise.
    pub const fn with_separator(mut self, separator: &'static str) -> Self {
        self.separator = separator;
        self
    }

    /// What is signed next.
    pub fn with_component(mut self, component: Component) -> Self {
        self.components.push(component);
        self
    }

    /// What is signed next, in this order.
    pub fn with_components(mut self, components: impl IntoIterator<Item = Component>) -> Self {
        self.components.extend(components);
        self
    }

    /// The format.
    ///
    /// # Errors
    /// When it would not be safe, or contradicts itself. The [error](InvalidScheme) says what to change.
    pub fn build(self) -> Result<CustomScheme, InvalidScheme> {
        CustomScheme::new(&self)
    }
}
