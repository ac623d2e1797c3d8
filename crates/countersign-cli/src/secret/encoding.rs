//! How secrets are spelled.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use clap::ValueEnum;
use countersign_core::Secret;
use zeroize::Zeroizing;

use crate::failure::{Failure, Result};
use crate::input::without_line_end;

/// How a secret is spelled where it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Spelling {
    /// Base64 with the standard alphabet and padding
    Base64,
    /// Lowercase hexadecimal digits
    Hex,
}

impl Spelling {
    pub(super) fn spell(self, secret: &Secret) -> Zeroizing<String> {
        Zeroizing::new(match self {
            Self::Base64 => BASE64_STANDARD.encode(secret.expose_secret()),
            Self::Hex => hex::encode(secret.expose_secret()),
        })
    }
}

/// How a secret is spelled, printed or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Encoding {
    /// Base64 with the standard alphabet and padding
    Base64,
    /// Hexadecimal digits
    Hex,
    /// The bytes themselves, without one line end behind them; only where a secret is read
    Text,
    /// The bytes themselves, all of them; only where a secret is read
    Raw,
}

impl Encoding {
    /// How a secret is printed.
    pub(super) fn spelling(self) -> Result<Spelling> {
        match self {
            Self::Base64 => Ok(Spelling::Base64),
            Self::Hex => Ok(Spelling::Hex),
            Self::Text | Self::Raw => Err(Failure::usage(
                "a random secret is printed as base64 or hex; text and raw are for one that is read",
            )),
        }
    }

    /// Reads a secret. What cannot be read is not repeated.
    pub(crate) fn read(self, bytes: &[u8]) -> Result<Secret> {
        let line = without_line_end(bytes);
        let decoded = match self {
            Self::Base64 => BASE64_STANDARD.decode(line).map_err(|_| "base64"),
            Self::Hex => hex::decode(line).map_err(|_| "hexadecimal digits"),
            Self::Text => Ok(line.to_vec()),
            Self::Raw => Ok(bytes.to_vec()),
        };
        let decoded = decoded.map_err(|name| Failure::failed(format!("what was read is not {name}")))?;
        Secret::new(decoded).map_err(|error| Failure::failed(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_as_it_is_spelled() {
        let read = |encoding: Encoding, text: &str| {
            encoding.read(text.as_bytes()).ok().map(|secret| secret.expose_secret().to_vec())
        };
        assert_eq!(read(Encoding::Base64, "AP8=\n").as_deref(), Some(&[0, 255][..]));
        assert_eq!(read(Encoding::Hex, "00fF\r\n").as_deref(), Some(&[0, 255][..]));
        assert_eq!(read(Encoding::Text, "a b \n").as_deref(), Some(&b"a b "[..]));
        assert_eq!(read(Encoding::Raw, "a b \n").as_deref(), Some(&b"a b \n"[..]));
        for (encoding, bad) in
            [(Encoding::Base64, "AP8"), (Encoding::Hex, "0"), (Encoding::Text, "\n"), (Encoding::Raw, "")]
        {
            assert!(read(encoding, bad).is_none(), "{bad:?}");
        }
    }
}
