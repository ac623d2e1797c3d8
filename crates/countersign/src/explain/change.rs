//! What can have happened between the signer and the verifier.

/// Declares changes of a kind: variant, name, description, advice.
macro_rules! changes {
    ($(#[$doc:meta])* $kind:ident($of:ident): $($variant:ident, $name:literal, $description:literal, $advice:expr;)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $of {
            $(#[doc = concat!("Signed: ", $description, ".")] $variant,)*
        }

        impl $of {
            pub(super) const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            pub(super) const fn description(self) -> &'static str {
                match self {
                    $(Self::$variant => $description,)*
                }
            }

            pub(super) const fn advice(self) -> &'static str {
                match self {
                    $(Self::$variant => $advice,)*
                }
            }
        }

        impl From<$of> for crate::explain::Change {
            fn from(change: $of) -> Self {
                Self::$kind(change)
            }
        }
    };
}

mod body;
mod credentials;
mod target;

use std::fmt;

pub use self::body::BodyChange;
pub use self::credentials::CredentialsChange;
pub use self::target::TargetChange;

/// What was signed, as it differs from what arrived: one change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Change {
    /// The secret, the algorithm, or how something is spelled.
    Credentials(CredentialsChange),
    /// The body.
    Body(BodyChange),
    /// Method, URL, or what of it a proxy changed.
    Target(TargetChange),
}

impl Change {
    /// A short name for programs, the same in every version: `json-compact`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Credentials(change) => change.name(),
            Self::Body(change) => change.name(),
            Self::Target(change) => change.name(),
        }
    }

    /// What was signed, for people.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Credentials(change) => change.description(),
            Self::Body(change) => change.description(),
            Self::Target(change) => change.description(),
        }
    }

    /// What the operator can do about it, in one sentence.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Credentials(change) => change.advice(),
            Self::Body(change) => change.advice(),
            Self::Target(change) => change.advice(),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.description())
    }
}
