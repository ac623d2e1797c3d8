//! Three guards over one store, a client that asks them, and what they have to answer while the store can and cannot.

mod calls;
mod client;
mod counted;
mod expect;
mod faulty;
mod router;
mod seed;
mod site;

pub use calls::Calls;
pub use client::{Client, Reply};
pub use expect::{expect_status, expect_unavailable};
pub use faulty::{Faulty, How};
pub use router::Guards;
pub use seed::Seed;
pub use site::Site;

/// `Err` says what is not as it has to be.
pub type Checked = Result<(), String>;

/// What of a store a guard rests on, and under which path it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "for tests")]
pub enum Contract {
    /// `BearerTokenLayer`.
    Tokens,
    /// `HmacAuthLayer`.
    Secrets,
    /// `HmacAuthLayer` with replay protection; its secret is in memory.
    Nonces,
}

impl Contract {
    pub const ALL: [Self; 3] = [Self::Tokens, Self::Secrets, Self::Nonces];

    pub const fn path(self) -> &'static str {
        match self {
            Self::Tokens => "/tokens",
            Self::Secrets => "/secrets",
            Self::Nonces => "/nonces",
        }
    }
}
