//! Bodies taken as text or bytes, whatever is in them.

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;

use super::sink::Sink;
use crate::explain::BodyChange;

/// Changes of blanks that are there, which a JSON writer would make too, with many others.
pub(super) const BLANKS: &[BodyChange] = &[
    BodyChange::NoFinalNewline,
    BodyChange::NoOuterBlanks,
    BodyChange::NoByteOrderMark,
    BodyChange::LineFeeds,
    BodyChange::Crlf,
];

/// All others, from most to least likely.
pub(super) const OTHERS: &[BodyChange] = &[
    BodyChange::FinalNewline,
    BodyChange::Decompressed,
    BodyChange::ByteOrderMark,
    BodyChange::Base64Decoded,
    BodyChange::JsonString,
    BodyChange::Latin1,
    BodyChange::Utf8,
    BodyChange::Empty,
];

/// The body with this change; `None` where it does not apply.
pub(super) fn changed(body: &[u8], change: BodyChange) -> Option<Vec<u8>> {
    Some(match change {
        BodyChange::NoFinalNewline => {
            let line = body.strip_suffix(b"\n")?;
            line.strip_suffix(b"\r").unwrap_or(line).to_vec()
        }
        BodyChange::FinalNewline => [body, b"\n"].concat(),
        BodyChange::LineFeeds => without_carriage_returns(body),
        BodyChange::Crlf => {
            let lines = without_carriage_returns(body);
            lines.split(|byte| *byte == b'\n').collect::<Vec<_>>().join(b"\r\n".as_slice())
        }
        BodyChange::NoOuterBlanks => body.trim_ascii().to_vec(),
        BodyChange::Decompressed => decompressed(body)?,
        BodyChange::NoByteOrderMark => body.strip_prefix(MARK)?.to_vec(),
        BodyChange::ByteOrderMark => [MARK, body].concat(),
        BodyChange::Base64Decoded => STANDARD.decode(body.trim_ascii()).ok()?,
        BodyChange::JsonString => serde_json::from_slice::<String>(body).ok()?.into_bytes(),
        BodyChange::Latin1 => {
            let text = std::str::from_utf8(body).ok()?;
            text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<_>>()?
        }
        BodyChange::Utf8 => body.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes(),
        BodyChange::Empty => Vec::new(),
        _ => return None,
    })
}

fn without_carriage_returns(body: &[u8]) -> Vec<u8> {
    let followed = body.iter().skip(1).map(Some).chain([None]);
    let kept = body.iter().zip(followed).filter(|(byte, next)| !(**byte == b'\r' && *next == Some(&b'\n')));
    kept.map(|(byte, _)| *byte).collect()
}

/// RFC 1952, all members of it.
fn decompressed(body: &[u8]) -> Option<Vec<u8>> {
    body.starts_with(&[0x1f, 0x8b]).then_some(())?;
    let limit = Sink::for_body(body.len()).limit();
    let mut plain = Vec::new();
    MultiGzDecoder::new(body).take(limit as u64 + 1).read_to_end(&mut plain).ok()?;
    (plain.len() <= limit).then_some(plain)
}

/// The byte order mark in UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_made() {
        for (body, change, expected) in [
            (&b"a\r\n"[..], BodyChange::NoFinalNewline, Some(&b"a"[..])),
            (b"a\n\n", BodyChange::NoFinalNewline, Some(b"a\n")),
            (b"a", BodyChange::NoFinalNewline, None),
            (b"a", BodyChange::FinalNewline, Some(b"a\n")),
            (b"a\r\nb\rc\n", BodyChange::LineFeeds, Some(b"a\nb\rc\n")),
            (b"a\r\nb\nc", BodyChange::Crlf, Some(b"a\r\nb\r\nc")),
            (b"\n a \t", BodyChange::NoOuterBlanks, Some(b"a")),
            (b"\x1f\x8b\x08 broken", BodyChange::Decompressed, None),
            (b"plain", BodyChange::Decompressed, None),
            (b"\xef\xbb\xbfa", BodyChange::NoByteOrderMark, Some(b"a")),
            (b"a", BodyChange::ByteOrderMark, Some(b"\xef\xbb\xbfa")),
            (b"YWI=\n", BodyChange::Base64Decoded, Some(b"ab")),
            (br#""{\"a\":1}""#, BodyChange::JsonString, Some(br#"{"a":1}"#)),
            ("é".as_bytes(), BodyChange::Latin1, Some(b"\xe9")),
            ("€".as_bytes(), BodyChange::Latin1, None),
            (b"\xe9", BodyChange::Utf8, Some("é".as_bytes())),
            (b"a", BodyChange::Empty, Some(b"")),
        ] {
            assert_eq!(changed(body, change).as_deref(), expected, "{change:?} of {body:?}");
        }
    }

    #[test]
    fn what_is_compressed_cannot_become_arbitrarily_long() {
        let compress = |len: usize| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            std::io::Write::write_all(&mut encoder, &vec![b'a'; len]).unwrap();
            encoder.finish().unwrap()
        };
        assert_eq!(changed(&compress(1000), BodyChange::Decompressed), Some(vec![b'a'; 1000]));
        assert_eq!(changed(&compress(10 << 20), BodyChange::Decompressed), None);
    }
}
