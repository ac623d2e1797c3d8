//! Why a database was not connected to.

use std::error::Error;
use std::fmt;

/// A database was not connected to, or its tables were not made. Nothing was changed.
///
/// An opaque struct, so that more can be said later; match on [`kind`](Self::kind). What the server or the system said is
/// its [`source`](Error::source). No password is in it.
#[derive(Debug)]
pub struct OpenError {
    kind: OpenErrorKind,
    place: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenErrorKind {
    /// The tables are ours, and some of them or of their parts are missing.
    Damaged,
    /// Tables of these names belong to another program.
    Foreign,
    /// The table prefix is none.
    InvalidPrefix,
    /// The URL is none of a PostgreSQL database.
    InvalidUrl,
    /// The tables were never made.
    Missing,
    /// A newer version of this program has changed the tables.
    NewerSchema,
    /// The tables were made by an older version of this program.
    OlderSchema,
    /// The server is a standby, or the role may only read.
    ReadOnly,
    /// The server could not be reached, or refused us.
    Unavailable,
}

impl OpenError {
    pub(super) fn new(kind: OpenErrorKind, place: &str) -> Self {
        Self { kind, place: place.to_owned(), source: None }
    }

    pub(super) fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What was wrong.
    #[must_use]
    pub const fn kind(&self) -> OpenErrorKind {
        self.kind
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = match self.kind {
            OpenErrorKind::Damaged => "are damaged or incomplete; restore them from a backup",
            OpenErrorKind::Foreign => {
                "belong to another program, and were left alone; check the URL, or choose another table prefix"
            }
            OpenErrorKind::InvalidPrefix => {
                "cannot be named so: a table prefix has 1 to 32 lower-case letters, digits and underscores, and does not \
                 begin with a digit"
            }
            OpenErrorKind::InvalidUrl => {
                "cannot be found by this URL; one looks like postgres://user:password@host:5432/database?sslmode=verify-full"
            }
            OpenErrorKind::Missing => {
                "are not there; check the database and the table prefix, or make them with the command `migrate`, knowing \
                 that no revocation is in a table that was just made"
            }
            OpenErrorKind::NewerSchema => {
                "were changed by a newer version of this program; use that version or a newer one"
            }
            OpenErrorKind::OlderSchema => {
                "were made by an older version of this program; bring them up to date with the command `migrate`"
            }
            OpenErrorKind::ReadOnly => {
                "can only be read here, where revocations may come late and none can be made; connect to the primary, with \
                 a role that may write"
            }
            OpenErrorKind::Unavailable => {
                "cannot be reached now; check host, port, user, password, rights and TLS, and whether the server is up"
            }
        };
        write!(f, "the tables {} {said}", self.place)
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
