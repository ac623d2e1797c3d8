//! What a store has acknowledged, as a line.

use std::fmt;
use std::str::FromStr;

use countersign::{KeyId, Nonce};

/// Something that a store must not forget.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "for tests")]
pub enum Promise {
    /// There is such a token.
    Issued(String),
    /// This token is revoked.
    Revoked(String),
    /// This nonce is spent.
    Claimed(String),
}

impl Promise {
    /// The nonce of this name.
    pub fn nonce(name: &str) -> Nonce {
        // A key for every sixteenth: a single one may not use up the room of all.
        let share = name.bytes().fold(0, |sum: u8, byte| sum.wrapping_add(byte)) % 16;
        Nonce::new("victim", KeyId::new(format!("key {share}")).expect("it is a key id"), name.as_bytes())
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issued(token) => write!(f, "issued {token}"),
            Self::Revoked(token) => write!(f, "revoked {token}"),
            Self::Claimed(nonce) => write!(f, "claimed {nonce}"),
        }
    }
}

impl FromStr for Promise {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let (what, of) = line.split_once(' ').ok_or_else(|| line.to_owned())?;
        let of = of.to_owned();
        match what {
            "issued" => Ok(Self::Issued(of)),
            "revoked" => Ok(Self::Revoked(of)),
            "claimed" => Ok(Self::Claimed(of)),
            _ => Err(line.to_owned()),
        }
    }
}
