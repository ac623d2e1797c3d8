//! Proof Key for Code Exchange (RFC 7636): a code is worth something only to who asked for it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign::TokenDigest;

/// A code challenge of the method `S256` (RFC 7636 §4.2), the only one: `plain` proves nothing to whom the request is known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct CodeChallenge([u8; 32]);

impl CodeChallenge {
    /// Reads 32 bytes in base64url without padding, in their one spelling.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// Whether `verifier` is what the challenge was made from; `false` for one that is no code verifier (§4.1).
    pub(crate) fn is_met_by(&self, verifier: &str) -> bool {
        let shaped = matches!(verifier.len(), 43..=128)
            && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'));
        shaped && constant_time_eq::constant_time_eq_32(TokenDigest::of(verifier).as_bytes(), &self.0)
    }

    /// As the client spelled it.
    pub(crate) fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_verifier_of_the_standard_meets_its_challenge() {
        let challenge = CodeChallenge::parse(CHALLENGE).unwrap();
        assert!(challenge.is_met_by(VERIFIER));
        assert_eq!(challenge.encode(), CHALLENGE);
    }

    #[test]
    fn nothing_else_does() {
        let challenge = CodeChallenge::parse(CHALLENGE).unwrap();
        for verifier in ["", "short", &"a".repeat(43), &VERIFIER[..42], CHALLENGE, &VERIFIER.to_lowercase()] {
            assert!(!challenge.is_met_by(verifier), "{verifier}");
        }
    }

    #[test]
    fn a_verifier_is_43_to_128_unreserved_characters() {
        let meets = |verifier: &str| CodeChallenge(*TokenDigest::of(verifier).as_bytes()).is_met_by(verifier);
        for length in [43, 128] {
            assert!(meets(&"aA0-._~".repeat(20)[..length]), "{length}");
        }
        for length in [42, 129] {
            assert!(!meets(&"a".repeat(length)), "{length}");
        }
        for bad in ['+', '/', '=', ' ', 'é', '\0'] {
            assert!(!meets(&format!("{}{bad}", "a".repeat(43))), "{bad:?}");
        }
    }

    #[test]
    fn a_challenge_has_one_spelling() {
        let cases = [
            "",
            "E9M",
            &CHALLENGE[..42],
            &format!("{CHALLENGE}="),
            &format!("{}N", &CHALLENGE[..42]),
            &CHALLENGE.replace('-', "+"),
        ];
        for text in cases {
            assert!(CodeChallenge::parse(text).is_none(), "{text}");
        }
    }
}
