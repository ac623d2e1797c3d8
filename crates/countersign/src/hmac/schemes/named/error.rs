//! Why a format could not be made.

use std::fmt;

use super::names;

/// A format could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NamedSchemeError {
    /// There is no format of this name.
    Unknown {
        /// What was asked for.
        name: Box<str>,
    },
    /// The format needs a parameter that is not there, or is not what it has to be.
    Parameter {
        /// The format.
        name: &'static str,
        /// What it needs.
        needs: &'static str,
    },
}

impl fmt::Display for NamedSchemeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name } => {
                write!(f, "there is no scheme {name:?}; there are: ")?;
                for (index, name) in names().enumerate() {
                    write!(f, "{}{name}", if index == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            Self::Parameter { name, needs } => write!(f, "the scheme {name} needs {needs}"),
        }
    }
}

impl std::error::Error for NamedSchemeError {}
