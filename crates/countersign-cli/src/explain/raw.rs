//! HTTP/1.1 as it stands on a socket, or as an editor keeps it.

use std::borrow::Cow;

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};

use super::incoming::{Incoming, head};
use crate::failure::{Failure, Result};

/// Reads a head, with line ends of either kind, and takes the rest for the body.
pub(super) fn read(bytes: &[u8]) -> Result<Incoming> {
    let bytes = as_http1(bytes);
    let (head, start) = match parse(&bytes)? {
        Some(parsed) => parsed,
        // A file that ends with the last field.
        None => {
            let ended = [&*bytes, b"\r\n\r\n"].concat();
            let (head, _) =
                parse(&ended)?.ok_or_else(|| Failure::usage("that is no HTTP/1.1 request: its head does not end"))?;
            (head, bytes.len())
        }
    };
    let mut body = bytes.get(start..).unwrap_or_default().to_vec();
    let mut notes = Vec::new();
    let declared = head.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.trim().parse::<usize>().ok());
    if let Some(declared) = declared.filter(|declared| *declared != body.len()) {
        let is_line_end = matches!(body.get(declared..), Some(b"\n" | b"\r\n"));
        if is_line_end {
            body.truncate(declared);
            notes.push("the line end behind the body was left out, as Content-Length has it".to_owned());
        } else {
            notes.push(format!(
                "Content-Length is {declared}, and the body has {} bytes: is all of it there?",
                body.len()
            ));
        }
    }
    if head.headers.contains_key(TRANSFER_ENCODING) {
        notes.push("the body is taken as it stands: if it is still in chunks, save it without them".to_owned());
    }
    Ok(Incoming { head, body, notes })
}

fn parse(bytes: &[u8]) -> Result<Option<(http::request::Parts, usize)>> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    let status =
        request.parse(bytes).map_err(|error| Failure::usage(format!("that is no HTTP/1.1 request: {error}")))?;
    let httparse::Status::Complete(start) = status else { return Ok(None) };
    let fields = request.headers.iter().map(|field| (field.name, field.value));
    Ok(Some((head(request.method.unwrap_or_default(), request.path.unwrap_or_default(), fields)?, start)))
}

/// Some tools write HTTP/2 into the first line, which is the only difference.
fn as_http1(bytes: &[u8]) -> Cow<'_, [u8]> {
    let bytes = bytes.trim_ascii_start();
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (line, rest) = bytes.split_at_checked(end).unwrap_or((bytes, b""));
    let (line, end) = line.strip_suffix(b"\r").map_or((line, &b""[..]), |line| (line, &b"\r"[..]));
    let versionless =
        [&b" HTTP/2"[..], b" HTTP/2.0", b" HTTP/3", b" HTTP/3.0"].iter().find_map(|end| line.strip_suffix(*end));
    match versionless {
        None => Cow::Borrowed(bytes),
        Some(line) => Cow::Owned([line, b" HTTP/1.1", end, rest].concat()),
    }
}

const MAX_FIELDS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_of_either_kind_end_a_head() {
        for text in [
            "POST /a?b HTTP/1.1\r\nX-A: 1\r\n\r\nbody",
            "POST /a?b HTTP/1.1\nX-A: 1\n\nbody",
            "\nPOST /a?b HTTP/2\nX-A: 1\n\nbody",
        ] {
            let read = read(text.as_bytes()).unwrap();
            assert_eq!((read.head.method.as_str(), read.head.uri.to_string().as_str()), ("POST", "/a?b"));
            assert_eq!((&read.head.headers["x-a"].as_bytes(), &*read.body), (&&b"1"[..], &b"body"[..]));
            assert!(read.notes.is_empty());
        }
    }

    #[test]
    fn what_an_editor_adds_is_left_out_where_the_length_tells() {
        let body = |text: &str| {
            let read = read(text.as_bytes()).unwrap();
            (String::from_utf8(read.body).unwrap(), read.notes.len())
        };
        assert_eq!(body("POST / HTTP/1.1\nContent-Length: 2\n\nab\n"), ("ab".to_owned(), 1));
        assert_eq!(body("POST / HTTP/1.1\nContent-Length: 2\n\nabc"), ("abc".to_owned(), 1));
        assert_eq!(body("POST / HTTP/1.1\nContent-Length: 9\n\nabc"), ("abc".to_owned(), 1));
        assert_eq!(body("POST / HTTP/1.1\nA: b\n\nab\n"), ("ab\n".to_owned(), 0));
        assert_eq!(body("GET / HTTP/1.1\nA: b"), (String::new(), 0));
        assert_eq!(body("GET / HTTP/1.1"), (String::new(), 0));
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for bad in ["", "hello", "GET /", "GET / HTTP/1.1\nno field\n\n", "GET /\u{1} HTTP/1.1\n\n"] {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
        let many = format!("GET / HTTP/1.1\n{}\n", "a: b\n".repeat(300));
        assert!(read(many.as_bytes()).is_err());
    }
}
