//! What of a secret is the key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// How a format spells its keys in the secrets that it hands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyDecoding {
    /// The secret's bytes are the key.
    Raw,
    /// Base64 (RFC 4648 §4, padding required), after this prefix if it is there: Standard Webhooks' `whsec_`.
    Base64 {
        /// What may stand before it; empty for nothing.
        prefix: &'static str,
    },
    /// Hexadecimal, in upper or lower case.
    Hex,
}

impl KeyDecoding {
    /// The key; `None` when the secret is not spelled so, or is the spelling of nothing at all.
    pub(crate) fn key(self, secret: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let key = match self {
            Self::Raw => secret.to_vec(),
            Self::Base64 { prefix } => {
                STANDARD.decode(secret.strip_prefix(prefix.as_bytes()).unwrap_or(secret)).ok()?
            }
            Self::Hex => {
                let (pairs, []) = secret.as_chunks::<2>() else { return None };
                pairs.iter().map(|[high, low]| Some(nibble(*high)? << 4 | nibble(*low)?)).collect::<Option<_>>()?
            }
        };
        let key = Zeroizing::new(key);
        (!key.is_empty()).then_some(key)
    }
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_the_spelling_of_a_key_or_none() {
        let whsec = KeyDecoding::Base64 { prefix: "whsec_" };
        let cases = [
            (KeyDecoding::Raw, "whsec_AQID", Some(&b"whsec_AQID"[..])),
            (whsec, "whsec_AQID", Some(&[1, 2, 3])),
            (whsec, "AQID", Some(&[1, 2, 3])),
            (whsec, "whsec_whsec_AQID", None),
            (whsec, "AQI", None),
            (whsec, "AQID\n", None),
            (whsec, "whsec_", None),
            (KeyDecoding::Hex, "0aFf", Some(&[10, 255])),
            (KeyDecoding::Hex, "0aF", None),
            (KeyDecoding::Hex, "+a", None),
            (KeyDecoding::Hex, "é", None),
        ];
        for (decoding, secret, expected) in cases {
            let key = decoding.key(secret.as_bytes());
            assert_eq!(key.as_ref().map(|key| key.as_slice()), expected, "{decoding:?} of {secret:?}");
        }
    }
}
