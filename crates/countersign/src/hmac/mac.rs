//! The primitives: MACs, digests, how they are spelled, and the one comparison.

use ::hmac::digest::{Digest as _, KeyInit};
use ::hmac::{Hmac, Mac as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use crate::hmac::hmac_sha256::HmacSha256;

/// A MAC algorithm (RFC 2104 with FIPS 180-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC-SHA-1: for formats that have nothing else.
    HmacSha1,
    /// HMAC-SHA-256.
    HmacSha256,
    /// HMAC-SHA-384.
    HmacSha384,
    /// HMAC-SHA-512.
    HmacSha512,
}

/// A digest algorithm (FIPS 180-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// SHA-1: for formats that have nothing else.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// How a format spells the bytes of a signature or a digest: one spelling each, no other is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// The standard alphabet with padding (RFC 4648 §4).
    Base64,
    /// The URL-safe alphabet without padding (RFC 4648 §5).
    Base64Url,
    /// Lower-case hexadecimal.
    Hex,
}

impl Encoding {
    #[inline]
    pub(crate) fn encode(self, bytes: &Output) -> Spelled {
        let mut spelled = Spelled { text: [0; MAX_TEXT], len: 0 };
        match self {
            Self::Hex => {
                let (pairs, _) = spelled.text.as_chunks_mut::<2>();
                for (pair, byte) in pairs.iter_mut().zip(bytes.as_slice()) {
                    *pair = [hex_digit(byte >> 4), hex_digit(byte & 15)];
                }
                spelled.len = 2 * bytes.as_slice().len();
            }
            Self::Base64 | Self::Base64Url => {
                let engine = if self == Self::Base64 { &STANDARD } else { &URL_SAFE_NO_PAD };
                let written = engine.encode_slice(bytes.as_slice(), &mut spelled.text);
                spelled.len = written.expect("88 characters of base64 for 64 bytes fit into 128");
            }
        }
        spelled
    }
}

const fn hex_digit(nibble: u8) -> u8 {
    // Without a table and without a branch, so that the compiler can do many at once.
    nibble + b'0' + ((nibble > 9) as u8) * (b'a' - b'9' - 1)
}

/// A MAC or a digest.
#[derive(Clone, Copy)]
pub(crate) struct Output {
    bytes: [u8; 64],
    len: u8,
}

impl Output {
    #[inline]
    pub(crate) fn new(output: &[u8]) -> Self {
        let mut bytes = [0; 64];
        for (to, from) in bytes.iter_mut().zip(output) {
            *to = *from;
        }
        Self { bytes, len: output.len().min(64) as u8 }
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

/// A MAC or a digest, as a format spells it.
#[derive(Clone, Copy)]
pub(crate) struct Spelled {
    text: [u8; MAX_TEXT],
    len: usize,
}

impl Spelled {
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_slice()).unwrap_or_default()
    }
}

/// The longest spelling of a signature: SHA-512 in hexadecimal.
pub(crate) const MAX_TEXT: usize = 128;

/// Whether what we computed is what was presented. The one comparison of anything that came from a secret: its time depends
/// on the lengths alone.
pub(crate) fn same(ours: &[u8], presented: &[u8]) -> bool {
    constant_time_eq::constant_time_eq(ours, presented)
}

/// Takes bytes, one piece after the other.
pub(crate) trait Feed {
    fn feed(&mut self, bytes: &[u8]);
}

#[cfg(test)]
thread_local! {
    /// How many bytes this thread fed to MACs and digests: what an answer cost, without a clock.
    pub(crate) static FED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Declares a running MAC or digest over the algorithms of an enum.
macro_rules! running {
    ($(#[$doc:meta])* $name:ident: $($variant:ident($state:ty)),*) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub(crate) enum $name {
            $($variant($state),)*
        }

        impl $name {
            /// The result. Nothing may be fed afterwards.
            #[inline]
            pub(crate) fn finish(&mut self) -> Output {
                match self {
                    $(Self::$variant(state) => Output::new(&running!(@finish $name $variant state)),)*
                }
            }
        }

        impl Feed for $name {
            #[inline]
            fn feed(&mut self, bytes: &[u8]) {
                #[cfg(test)]
                FED.with(|fed| fed.set(fed.get() + bytes.len()));
                match self {
                    $(Self::$variant(state) => state.update(bytes),)*
                }
            }
        }
    };
    (@finish RunningMac HmacSha256 $state:ident) => { $state.finish() };
    (@finish RunningMac $variant:ident $state:ident) => { $state.clone().finalize().into_bytes() };
    (@finish RunningDigest $variant:ident $state:ident) => { $state.clone().finalize() };
}

running! {
    /// A MAC under way. A fresh one is a prepared key: copying it saves two blocks of hashing.
    ///
    /// The longer ones are twice as large, and on the heap so that the others need not be.
    RunningMac: HmacSha1(Hmac<Sha1>), HmacSha256(HmacSha256), HmacSha384(Box<Hmac<Sha384>>), HmacSha512(Box<Hmac<Sha512>>)
}

running! {
    /// A digest under way.
    RunningDigest: Sha1(Sha1), Sha256(Sha256), Sha384(Sha384), Sha512(Sha512)
}

impl RunningMac {
    pub(crate) fn new(algorithm: Algorithm, key: &[u8]) -> Self {
        const ANY_LENGTH: &str = "RFC 2104 takes a key of any length";
        match algorithm {
            Algorithm::HmacSha1 => Self::HmacSha1(Hmac::new_from_slice(key).expect(ANY_LENGTH)),
            Algorithm::HmacSha256 => Self::HmacSha256(HmacSha256::new(key)),
            Algorithm::HmacSha384 => Self::HmacSha384(Box::new(Hmac::new_from_slice(key).expect(ANY_LENGTH))),
            Algorithm::HmacSha512 => Self::HmacSha512(Box::new(Hmac::new_from_slice(key).expect(ANY_LENGTH))),
        }
    }
}

impl RunningDigest {
    pub(crate) fn new(algorithm: DigestAlgorithm) -> Self {
        match algorithm {
            DigestAlgorithm::Sha1 => Self::Sha1(Sha1::new()),
            DigestAlgorithm::Sha256 => Self::Sha256(Sha256::new()),
            DigestAlgorithm::Sha384 => Self::Sha384(Sha384::new()),
            DigestAlgorithm::Sha512 => Self::Sha512(Sha512::new()),
        }
    }
}

/// Several MACs of the same bytes: one for each live secret.
impl Feed for [RunningMac] {
    fn feed(&mut self, bytes: &[u8]) {
        for mac in self {
            mac.feed(bytes);
        }
    }
}
