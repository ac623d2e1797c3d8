//! The request, however it was kept.

use std::fs::File;
use std::io::{self, Read};

use clap::ValueEnum;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request};

use super::{curl, har, raw};
use crate::failure::{Failure, Result};

/// What a request was kept as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// A curl command line
    Curl,
    /// A HAR file: what browsers and proxies save
    Har,
    /// HTTP/1.1: a head, an empty line, the body
    Http,
}

/// A request that arrived, and what should be known about how it was read.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) head: Parts,
    pub(super) body: Vec<u8>,
    pub(super) notes: Vec<String>,
}

/// Reads the request of a file, or of stdin.
pub(super) fn read(file: &str, kind: Option<Kind>, entry: Option<usize>) -> Result<Incoming> {
    let bytes = match file {
        "-" => all_of(io::stdin().lock(), "stdin"),
        name => match File::open(name) {
            Ok(file) => all_of(file, name),
            Err(error) => Err(Failure::usage(format!("{name} could not be opened: {error}"))),
        },
    }?;
    let kind = kind.unwrap_or_else(|| recognised(&bytes));
    if entry.is_some() && kind != Kind::Har {
        return Err(Failure::usage("--entry is for HAR files, and this is none"));
    }
    match kind {
        Kind::Curl => curl::read(text(&bytes)?),
        Kind::Har => har::read(&bytes, entry),
        Kind::Http => raw::read(&bytes),
    }
}

fn recognised(bytes: &[u8]) -> Kind {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    match start {
        [b'{', ..] => Kind::Har,
        [b'c', b'u', b'r', b'l', blank, ..] if blank.is_ascii_whitespace() || *blank == b'\\' => Kind::Curl,
        _ => Kind::Http,
    }
}

fn text(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes)
        .map_err(|_| Failure::usage("the command is not UTF-8: put the body in a file of its own"))
}

pub(super) fn all_of(source: impl Read, name: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = source.take(LIMIT + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::usage(format!("{name} could not be read: {error}")))?;
    match bytes.len() as u64 > LIMIT {
        true => Err(Failure::usage(format!("{name} has more than 64 MiB"))),
        false => Ok(bytes),
    }
}

/// A head of texts.
pub(super) fn head<'f>(
    method: &str,
    target: &str,
    fields: impl IntoIterator<Item = (&'f str, &'f [u8])>,
) -> Result<Parts> {
    let request = Request::builder().method(method).uri(target).body(());
    let request =
        request.map_err(|error| Failure::usage(format!("the method or the target cannot be read: {error}")))?;
    let (mut head, ()) = request.into_parts();
    for (name, value) in fields {
        let field = HeaderName::try_from(name).ok().zip(HeaderValue::from_bytes(value).ok());
        let (name, value) = field.ok_or_else(|| Failure::usage(format!("the field {name} cannot be read")))?;
        head.headers.append(name, value);
    }
    Ok(head)
}

const LIMIT: u64 = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_recognised_by_its_beginning() {
        for (text, kind) in [
            ("POST / HTTP/1.1\n\n", Kind::Http),
            (" \n{\"log\":{}}", Kind::Har),
            ("\u{feff}{\"log\":{}}", Kind::Har),
            ("curl https://example.com", Kind::Curl),
            ("\ncurl \\\n -X POST", Kind::Curl),
            ("curly", Kind::Http),
            ("", Kind::Http),
        ] {
            assert_eq!(recognised(text.as_bytes()), kind, "{text}");
        }
    }

    #[test]
    fn what_does_not_end_is_not_read_to_the_end() {
        assert!(all_of(io::repeat(b'a'), "endless").is_err());
    }
}
