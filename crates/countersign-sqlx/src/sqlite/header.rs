//! What the first bytes of a file say, read without SQLite: SQLite itself would change a file by looking at it.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::{OpenError, OpenErrorKind};

/// `PRAGMA application_id` of our databases: "csgn".
pub(super) const APPLICATION_ID: i32 = 0x6373_676e;

/// Refuses what is not one of our databases, by its first 100 bytes (SQLite file format, section 1.3).
pub(super) fn check(path: &Path) -> Result<(), OpenError> {
    let mut header = [0; 100];
    let read = File::open(path).and_then(|mut file| read_up_to(&mut file, &mut header));
    let read = read.map_err(|error| {
        let kind = match error.kind() {
            ErrorKind::NotFound => OpenErrorKind::Missing,
            ErrorKind::IsADirectory => OpenErrorKind::NotSqlite,
            _ => OpenErrorKind::Unavailable,
        };
        OpenError::new(kind, path).with_source(error)
    })?;
    let id = header.last_chunk::<32>().and_then(|rest| rest.first_chunk::<4>()).copied().map(i32::from_be_bytes);
    let kind = match (read, id) {
        (0, _) => OpenErrorKind::Empty,
        _ if !header.starts_with(b"SQLite format 3\0") => OpenErrorKind::NotSqlite,
        (100, Some(APPLICATION_ID)) => return Ok(()),
        (100, _) => OpenErrorKind::Foreign,
        _ => OpenErrorKind::Damaged,
    };
    Err(OpenError::new(kind, path))
}

/// The file of this name with `suffix` behind it: SQLite's side files.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn read_up_to(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut bytes = Vec::with_capacity(buffer.len());
    file.take(buffer.len() as u64).read_to_end(&mut bytes)?;
    buffer.iter_mut().zip(&bytes).for_each(|(slot, byte)| *slot = *byte);
    Ok(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_with_our_id_is_ours_and_one_bit_less_is_not() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut header =
            *b"SQLite format 3\0.....................................................................................";
        header[68..72].copy_from_slice(&APPLICATION_ID.to_be_bytes());
        std::fs::write(file.path(), &header[..100]).unwrap();
        assert!(check(file.path()).is_ok());
        header[71] ^= 1;
        std::fs::write(file.path(), &header[..100]).unwrap();
        assert_eq!(check(file.path()).unwrap_err().kind(), OpenErrorKind::Foreign);
        std::fs::write(file.path(), &header[..99]).unwrap();
        assert_eq!(check(file.path()).unwrap_err().kind(), OpenErrorKind::Damaged);
    }
}
