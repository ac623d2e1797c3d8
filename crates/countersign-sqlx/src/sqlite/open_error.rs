//! Why a database was not opened.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

/// A database was not opened, or not created. Nothing was changed.
///
/// An opaque struct, so that more can be said later; match on [`kind`](Self::kind). What SQLite or the system said is its
/// [`source`](Error::source).
#[derive(Debug)]
pub struct OpenError {
    kind: OpenErrorKind,
    path: PathBuf,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenErrorKind {
    /// There is something of this name already, so nothing was created.
    AlreadyExists,
    /// It is one of ours, and is damaged or incomplete.
    Damaged,
    /// The file has no bytes.
    Empty,
    /// It is a SQLite database, of another program.
    Foreign,
    /// The database itself is gone, and what was beside it is still there.
    Leftovers,
    /// There is no such file.
    Missing,
    /// A newer version of this program has changed its tables.
    NewerSchema,
    /// It is no SQLite database.
    NotSqlite,
    /// Its tables were made by an older version of this program.
    OlderSchema,
    /// It could not be read or written just now: rights, locks, the disk.
    Unavailable,
}

impl OpenError {
    pub(super) fn new(kind: OpenErrorKind, path: &Path) -> Self {
        Self { kind, path: path.to_owned(), source: None }
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

    /// The file it is about.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = match self.kind {
            OpenErrorKind::AlreadyExists => "is there already, so it was not created; open it, or choose another name",
            OpenErrorKind::Damaged => "is damaged or incomplete; restore it from a backup",
            OpenErrorKind::Empty => {
                "is empty, so its contents are lost or were never written; restore it from a backup, or remove the file to \
                 begin anew, knowing that every revocation in it is lost"
            }
            OpenErrorKind::Foreign => "is a SQLite database of another program, and was left alone; check the path",
            OpenErrorKind::Leftovers => {
                "is gone, but its -wal or -journal file is still there; restore both, or remove that file to begin anew, \
                 knowing that every revocation in it is lost"
            }
            OpenErrorKind::Missing => "is not there; check the path and whether its disk is mounted, or create it",
            OpenErrorKind::NewerSchema => {
                "was changed by a newer version of this program; use that version or a newer one"
            }
            OpenErrorKind::NotSqlite => "is no SQLite database, and was left alone; check the path",
            OpenErrorKind::OlderSchema => {
                "was made by an older version of this program; bring it up to date with the command `migrate`"
            }
            OpenErrorKind::Unavailable => "cannot be read or written now; check its owner and rights, and the disk",
        };
        write!(f, "the database {} {said}", self.path.display())
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
