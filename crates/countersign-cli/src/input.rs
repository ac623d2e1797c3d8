//! Secret things that are read: from a prompt without echo, from stdin, from a file.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use zeroize::Zeroizing;

use crate::failure::{Failure, Result};

/// What is typed behind `prompt` on a terminal, without echo; where stdin is no terminal, all that comes from there.
pub(crate) fn typed_or_piped(prompt: &str) -> Result<Zeroizing<Vec<u8>>> {
    if io::stdin().is_terminal() {
        let typed = rpassword::prompt_password(prompt);
        let typed = typed.map_err(|error| Failure::failed(format!("nothing could be read: {error}")))?;
        Ok(Zeroizing::new(typed.into_bytes()))
    } else {
        all_of(io::stdin().lock(), "stdin")
    }
}

/// What is in a file.
pub(crate) fn of_file(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| Failure::failed(format!("{name} could not be opened: {error}")))?;
    all_of(file, &name)
}

/// `bytes` without the line end behind them, which is the editor's or the shell's.
pub(crate) fn without_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

fn all_of(source: impl Read, name: &str) -> Result<Zeroizing<Vec<u8>>> {
    // Room for all of it from the beginning: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LIMIT + 1));
    let read = source.take(LIMIT as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::failed(format!("{name} could not be read: {error}")))?;
    if bytes.len() > LIMIT {
        return Err(Failure::failed(format!("{name} has more than {LIMIT} bytes: that is no token and no secret")));
    }
    Ok(bytes)
}

/// More than any token or secret has.
const LIMIT: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_is_nobodys() {
        assert_eq!(without_line_end(b"s \r\n"), b"s ");
        assert_eq!(without_line_end(b"s\n\n"), b"s\n");
        assert_eq!(without_line_end(b""), b"");
    }

    #[test]
    fn what_does_not_end_is_not_read_to_the_end() {
        assert!(all_of(io::repeat(b'a'), "endless").is_err());
    }
}
