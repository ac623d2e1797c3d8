//! The body of a request that is signed.

use std::fs::File;
use std::io::Read;

use crate::failure::{Failure, Result};

/// A body, and how the command that sends it names it.
pub(super) enum Body {
    /// It stands in the command.
    Text(String),
    /// It stands in this file.
    File { name: String, bytes: Vec<u8> },
}

impl Body {
    /// Reads what `--data` says.
    pub(super) fn read(data: &str) -> Result<Self> {
        let Some(name) = data.strip_prefix('@') else {
            if data.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
                return Err(Failure::usage(
                    "there are control characters in the data: put it in a file, and give @FILE",
                ));
            }
            return Ok(Self::Text(data.to_owned()));
        };
        if name.is_empty() || name == "-" || name.chars().any(char::is_control) {
            return Err(Failure::usage("behind the @ stands the name of a file, which curl will read too"));
        }
        let mut bytes = Vec::new();
        let file = File::open(name).map_err(|error| Failure::failed(format!("{name} could not be opened: {error}")))?;
        file.take(LIMIT + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| Failure::failed(format!("{name} could not be read: {error}")))?;
        match bytes.len() as u64 > LIMIT {
            true => Err(Failure::failed(format!("{name} has more than 1 GiB"))),
            false => Ok(Self::File { name: name.to_owned(), bytes }),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::File { bytes, .. } => bytes,
        }
    }
}

const LIMIT: u64 = 1 << 30;
