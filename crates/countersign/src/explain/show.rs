//! What of a request is shown, and what is not: secrets never, signatures never.

use std::fmt::Write as _;
use std::ops::Range;

use countersign_core::Secrets;
use zeroize::Zeroizing;

use crate::explain::head::Head;
use crate::hmac::{HmacScheme, Part, Segment, SignatureBase, same};

/// Knows what must not be shown.
pub(super) struct Curtain {
    hidden: Vec<Zeroizing<Vec<u8>>>,
    longest: usize,
    /// Whether there is so much to hide that nothing is shown.
    is_opaque: bool,
}

impl Curtain {
    /// Before the secrets of a key, the credentials of the format, wherever they stand, and what other credentials there are.
    pub(super) fn before(secrets: &Secrets, scheme: &dyn HmacScheme, head: &Head<'_>, body: &[u8]) -> Self {
        let secrets = secrets.iter().map(|version| version.secret().expose_secret().trim_ascii().to_vec());
        let presented = scheme.parse(&head.signed()).ok().flatten();
        let presented = presented.and_then(|presented| scheme.parse_body(presented, body).ok());
        let signatures = presented.into_iter().flat_map(|presented| presented.signatures);
        let signatures = signatures.map(|signature| signature.as_slice().to_vec());
        let names = scheme.profile().credentials.iter().map(http::HeaderName::as_str).chain(ALWAYS);
        let values = names.flat_map(|name| head.fields.get_all(name)).flat_map(|value| {
            // The whole value, and what stands alone in it: a signature may be signed, or written elsewhere again.
            let words = value.as_bytes().split(|byte| matches!(byte, b' ' | b',' | b';' | b'=' | b'"' | b':'));
            let long = words.filter(|word| word.len() >= LONG_WORD);
            long.chain([value.as_bytes()]).map(<[u8]>::to_vec).collect::<Vec<_>>()
        });
        Self::of(secrets.chain(signatures).chain(values))
    }

    fn of(hidden: impl Iterator<Item = Vec<u8>>) -> Self {
        let hidden: Vec<_> = hidden.filter(|hidden| hidden.len() >= SHORTEST).map(Zeroizing::new).collect();
        let lengths = hidden.iter().map(|hidden| hidden.len());
        Self { longest: lengths.clone().max().unwrap_or_default(), is_opaque: lengths.sum::<usize>() > MOST, hidden }
    }

    /// Both texts around the first byte in which they differ.
    pub(super) fn difference(&self, signed: &[u8], arrived: &[u8]) -> (String, String) {
        let at = signed.iter().zip(arrived).take_while(|(one, other)| one == other).count();
        let part = at.saturating_sub(BEFORE)..at.saturating_add(AFTER);
        (self.show(signed, part.clone()), self.show(arrived, part))
    }

    /// A part of a text on one line.
    pub(super) fn show(&self, text: &[u8], part: Range<usize>) -> String {
        if self.is_opaque {
            return "(not shown beside such long credentials)".to_owned();
        }
        let part = part.start.min(text.len())..part.end.min(text.len());
        let around = part.start.saturating_sub(self.longest)..part.end.saturating_add(self.longest).min(text.len());
        let window = text.get(around.clone()).unwrap_or_default();
        let mut is_hidden = vec![false; window.len()];
        for hidden in &self.hidden {
            for (at, piece) in window.windows(hidden.len()).enumerate() {
                if same(piece, hidden) {
                    is_hidden.iter_mut().skip(at).take(hidden.len()).for_each(|flag| *flag = true);
                }
            }
        }
        let mut shown = if part.start > 0 { "…".to_owned() } else { String::new() };
        let mut plain = Vec::new();
        let mut was_hidden = false;
        let inside = window.iter().zip(is_hidden).skip(part.start - around.start).take(part.len());
        for (byte, is_hidden) in inside {
            if is_hidden && !was_hidden {
                escape(&plain, &mut shown);
                plain.clear();
                shown.push_str("[REDACTED]");
            } else if !is_hidden {
                plain.push(*byte);
            }
            was_hidden = is_hidden;
        }
        escape(&plain, &mut shown);
        if part.end < text.len() {
            let _ = write!(shown, "… ({} bytes in all)", text.len());
        }
        shown
    }

    /// What is signed: the bytes of the head, with notes where body and digests stand.
    pub(super) fn base(&self, base: &SignatureBase<'_>, body: usize) -> String {
        let mut text = Vec::new();
        collect(&base.segments, body, &mut text);
        self.show(&text, 0..MAX_BASE)
    }
}

fn collect(segments: &[Segment<'_>], body: usize, text: &mut Vec<u8>) {
    for segment in segments {
        match &segment.part {
            Part::Bytes(bytes) => text.extend_from_slice(bytes),
            Part::Body => text.extend(format!("<body of {body} bytes>").into_bytes()),
            Part::SortedForm => text.extend(format!("<fields in order, of a body of {body} bytes>").into_bytes()),
            Part::Digest(part) => {
                text.extend(format!("<{:?} of \"", part.algorithm).into_bytes());
                collect(&part.segments, body, text);
                text.extend_from_slice(b"\">");
            }
        }
    }
}

/// Without anything that a terminal would obey, or nobody can see.
fn escape(bytes: &[u8], shown: &mut String) {
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\'' | '"' => shown.push(c),
                c => shown.extend(c.escape_debug()),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(shown, "\\x{byte:02x}");
        }
    }
}

/// Fields whose values are credentials of some kind, whatever the format.
const ALWAYS: [&str; 4] = ["authorization", "cookie", "proxy-authorization", "x-api-key"];
/// How much is shown before and behind the first difference.
const BEFORE: usize = 24;
const AFTER: usize = 56;
const MAX_BASE: usize = 2048;
/// What is shorter than this stands everywhere.
const SHORTEST: usize = 4;
/// What can be a signature or a token.
const LONG_WORD: usize = 20;
/// More would take too long to look for.
const MOST: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn curtain(hidden: &[&str]) -> Curtain {
        Curtain::of(hidden.iter().map(|text| text.as_bytes().to_vec()))
    }

    #[test]
    fn what_is_hidden_is_hidden_in_parts_too() {
        let curtain = curtain(&["hunter2hunter2", "t2h"]);
        let text = b"a hunter2hunter2 b";
        assert_eq!(curtain.show(text, 0..100), "a [REDACTED] b");
        assert_eq!(curtain.show(text, 0..4), "a [REDACTED]… (18 bytes in all)");
        assert_eq!(curtain.show(text, 8..18), "…[REDACTED] b");
        assert_eq!(curtain.show(b"hunter2", 0..7), "hunter2");
        assert_eq!(curtain.show(b"", 3..7), "");
        let long = "x".repeat(MOST + 1);
        assert_eq!(self::curtain(&[&long]).show(text, 0..1), "(not shown beside such long credentials)");
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_shown() {
        assert_eq!(curtain(&[]).show("\u{1b}[2J\n\u{202e}é\"".as_bytes(), 0..100), "\\u{1b}[2J\\n\\u{202e}é\"");
        assert_eq!(curtain(&[]).show(b"\xff\xfea", 0..100), "\\xff\\xfea");
    }

    #[test]
    fn both_texts_are_shown_around_the_first_difference() {
        let (signed, arrived) = curtain(&[]).difference(b"{\"a\": 1}", b"{\"a\":1}");
        assert_eq!((&*signed, &*arrived), ("{\"a\": 1}", "{\"a\":1}"));
        let long = "x".repeat(100);
        let (signed, _) = curtain(&[]).difference(format!("{long}y").as_bytes(), long.as_bytes());
        assert_eq!(signed, format!("…{}y", "x".repeat(24)));
    }
}
