//! The key that clients sign with.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use countersign::Secret;

/// Where the key is.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// `SENTRY_KEY`.
    Environment,
    File(PathBuf),
}

/// The key in `SENTRY_KEY`, or else in the file, which is made, with a random key, if it is not there.
pub(crate) fn find(file: &Path) -> Result<(Secret, Source), String> {
    if let Some(key) = std::env::var_os("SENTRY_KEY") {
        let key = key.into_string().ok().and_then(|key| Secret::new(key).ok());
        let key = key.ok_or("SENTRY_KEY is empty or no text: unset it, or give it a long random value")?;
        return Ok((key, Source::Environment));
    }
    let failed = |error: io::Error| format!("{}: {error}", file.display());
    let text = match make(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => fs::read_to_string(file).map_err(failed)?,
        Err(error) => return Err(failed(error)),
    };
    let key = Secret::new(text.trim()).map_err(|_| format!("{} has no key in it", file.display()))?;
    Ok((key, Source::File(file.to_owned())))
}

/// Makes the file, for its owner alone. Never writes over one.
fn make(file: &Path) -> io::Result<String> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut text: String = Secret::random().expose_secret().iter().map(|byte| format!("{byte:02x}")).collect();
    text.push('\n');
    let mut file = options.open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let made = make(&file).unwrap();
        assert_eq!(made.trim().len(), 64);
        assert_eq!(make(&file).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&file).unwrap(), made);
    }
}
