//! Making a database that is not there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::sqlite::SqliteJournalMode;

use super::header::{APPLICATION_ID, beside};
use super::open::{migrate, plain, refusal};
use super::store::{connect, options};
use super::{OpenError, OpenErrorKind, SqliteStore};

impl SqliteStore {
    /// Makes a new database at `path`, with mode 0600 on Unix, and opens it. The folder must be there.
    ///
    /// It is made under another name beside it and gets its own when it is whole, by a hard link: neither a crash nor
    /// another program that does the same at the same time leaves half a database.
    ///
    /// # Errors
    /// When something of this name is there, whatever it is; when the write-ahead log of a database that has vanished is
    /// there; when it cannot be written.
    ///
    /// # Cancel safety
    /// The database is there whole or not at all.
    pub async fn create(path: impl AsRef<Path> + Send) -> Result<Self, OpenError> {
        let path = &plain(path.as_ref())?;
        if fs::symlink_metadata(path).is_ok() {
            return Err(OpenError::new(OpenErrorKind::AlreadyExists, path));
        }
        // SQLite would play such a log into whatever database of this name it finds.
        let has_bytes = |suffix: &&str| fs::metadata(beside(path, suffix)).is_ok_and(|log| log.len() > 0);
        if ["-journal", "-wal"].iter().any(has_bytes) {
            return Err(OpenError::new(OpenErrorKind::Leftovers, path));
        }
        let draft = Draft::new(path).map_err(|error| failed(path, error))?;
        draft.fill().await?;
        draft.publish(path).map_err(|error| failed(path, error))?;
        drop(draft);
        Self::open(path).await
    }
}

/// A database in the making; removed when dropped.
struct Draft(PathBuf);

impl Draft {
    fn new(path: &Path) -> io::Result<Self> {
        loop {
            let number = DRAFTS.fetch_add(1, Ordering::Relaxed);
            let name = beside(path, &format!(".new-{}-{number}", process::id()));
            match private_file(&name) {
                Ok(_) => return Ok(Self(name)),
                // Left by a program that had the same process id and crashed.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Makes the tables. With a rollback journal, so that all is in the one file in the end.
    async fn fill(&self) -> Result<(), OpenError> {
        let options = options(&self.0).journal_mode(SqliteJournalMode::Delete);
        let options = options.pragma("application_id", APPLICATION_ID.to_string());
        let writer = connect(1, options).await.map_err(|error| refusal(&self.0, error))?;
        let made = migrate(&writer, &self.0).await;
        writer.close().await;
        made
    }

    /// Gives it its own name, unless something else has that name by now.
    fn publish(&self, path: &Path) -> io::Result<()> {
        fs::hard_link(&self.0, path)?;
        sync_folder(path)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        for name in [self.0.clone(), beside(&self.0, "-journal")] {
            // What cannot be removed is litter: nothing reads it.
            let _ = fs::remove_file(name);
        }
    }
}

static DRAFTS: AtomicU64 = AtomicU64::new(0);

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the new name survive a loss of power.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix)
        && let Some(folder) = path.parent()
    {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

fn failed(path: &Path, error: io::Error) -> OpenError {
    let kind = match error.kind() {
        ErrorKind::AlreadyExists => OpenErrorKind::AlreadyExists,
        _ => OpenErrorKind::Unavailable,
    };
    OpenError::new(kind, path).with_source(error)
}
