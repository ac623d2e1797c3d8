//! How characters are spelled in JSON's strings (RFC 8259 §7).

use super::sink::Sink;

/// Which characters are escaped that need not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// Those that were.
    AsItIs,
    /// All that are not ASCII, in lower-case digits: Python, Ruby's and PHP's default.
    Ascii,
    /// The same in upper-case digits: .NET.
    AsciiUpper,
    /// All that are not ASCII, and slashes: PHP's default.
    AsciiAndSlashes,
    /// Slashes.
    Slashes,
    /// `<`, `>`, `&` and the two line separators of Unicode: Go's default.
    Html,
    /// None.
    Plain,
}

/// Writes a string, its quotes included, in another spelling.
pub(super) fn spell(string: &str, spelling: Spelling, sink: &mut Sink) -> Option<()> {
    if spelling == Spelling::AsItIs {
        return sink.push(string);
    }
    let mut rest = string;
    while let Some(c) = rest.chars().next() {
        if c == '\\' {
            let (escape, character) = read_escape(rest);
            match character {
                Some(plain) if spelling == Spelling::Plain => sink.push(plain.encode_utf8(&mut [0; 4]))?,
                _ => sink.push(escape)?,
            }
            rest = rest.get(escape.len()..).unwrap_or_default();
            continue;
        }
        let ascii =
            matches!(spelling, Spelling::Ascii | Spelling::AsciiUpper | Spelling::AsciiAndSlashes) && c >= '\u{7f}';
        let html = spelling == Spelling::Html && matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
        if ascii || html {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let upper = spelling == Spelling::AsciiUpper;
                sink.push(&if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") })?;
            }
        } else if c == '/' && matches!(spelling, Spelling::Slashes | Spelling::AsciiAndSlashes) {
            sink.push("\\/")?;
        } else {
            sink.push(c.encode_utf8(&mut [0; 4]))?;
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    Some(())
}

/// The escape at the beginning of a text, and the character that could stand there without one.
fn read_escape(text: &str) -> (&str, Option<char>) {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let escape = |len: usize| text.get(..len).unwrap_or(text);
    let plain = |c: &char| !c.is_control() && !matches!(c, '"' | '\\');
    match (text.as_bytes().get(1), unit(0), unit(6)) {
        (Some(b'/'), ..) => (escape(2), Some('/')),
        (Some(b'u'), Some(high @ 0xd800..=0xdbff), Some(low)) => match char::decode_utf16([high, low]).next() {
            Some(Ok(c)) => (escape(12), Some(c)),
            _ => (escape(6), None),
        },
        (Some(b'u'), Some(unit), _) => (escape(6), char::from_u32(unit.into()).filter(plain)),
        // Whatever it is that is escaped, it is one character.
        _ => (escape(1 + text.chars().nth(1).map_or(0, char::len_utf8)), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(string: &str, spelling: Spelling) -> String {
        let mut sink = Sink::for_body(string.len());
        spell(string, spelling, &mut sink).unwrap();
        String::from_utf8(sink.into_bytes()).unwrap()
    }

    #[test]
    fn characters_are_escaped_and_unescaped() {
        let plain = r#""Zoë / <b>&\n\"\\ 😀""#;
        for (spelling, expected) in [
            (Spelling::AsItIs, plain),
            (Spelling::Plain, plain),
            (Spelling::Ascii, r#""Zo\u00eb / <b>&\n\"\\ \ud83d\ude00""#),
            (Spelling::AsciiUpper, r#""Zo\u00EB / <b>&\n\"\\ \uD83D\uDE00""#),
            (Spelling::AsciiAndSlashes, r#""Zo\u00eb \/ <b>&\n\"\\ \ud83d\ude00""#),
            (Spelling::Slashes, r#""Zoë \/ <b>&\n\"\\ 😀""#),
            (Spelling::Html, r#""Zoë / \u003cb\u003e\u0026\n\"\\ 😀""#),
        ] {
            assert_eq!(spelled(plain, spelling), expected);
            assert_eq!(spelled(expected, Spelling::Plain), plain);
        }
    }

    #[test]
    fn what_has_to_be_escaped_stays_so() {
        for string in [r#""\u0000\u0022\u005c\u007f""#, r#""\ud83d\ud83d""#, r#""\ud83dx""#, r#""\\/""#, "\"\\é"] {
            assert_eq!(spelled(string, Spelling::Plain), string);
        }
    }
}
