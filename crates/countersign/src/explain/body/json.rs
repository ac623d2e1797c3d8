//! JSON, written in other ways: everything stays as it was spelled, but for what is meant to change.

use serde::de::IgnoredAny;

use super::sink::Sink;
use super::spelling::{Spelling, spell};

/// A text that is JSON (RFC 8259), nested no deeper than anybody's parser goes.
#[derive(Clone, Copy)]
pub(super) struct Json<'t>(&'t str);

/// Where the blanks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Where they were.
    AsItIs,
    /// Nowhere.
    Compact,
    /// After commas and colons: what Python writes.
    Spaced,
    /// On several lines, indented by this.
    Pretty(&'static str),
}

impl<'t> Json<'t> {
    /// `None` for what is something else, or an object or array nested too deeply.
    pub(super) fn read(bytes: &'t [u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        serde_json::from_str::<IgnoredAny>(text).ok()?;
        let mut depth = 0_usize;
        for token in tokens(text) {
            match token {
                "{" | "[" => depth += 1,
                "}" | "]" => depth = depth.saturating_sub(1),
                _ => continue,
            }
            if depth > MAX_DEPTH {
                return None;
            }
        }
        Some(Self(text))
    }

    /// Whether there is more to it than one value without parts.
    pub(super) fn is_composite(self) -> bool {
        self.0.trim_ascii_start().starts_with(['{', '['])
    }

    pub(super) const fn text(self) -> &'t str {
        self.0
    }

    /// The same in another form; `None` where that would be longer than the sink takes.
    pub(super) fn write(self, layout: Layout, spelling: Spelling, mut sink: Sink) -> Option<Vec<u8>> {
        let mut depth = 0_usize;
        let mut tokens = tokens(self.0).peekable();
        while let Some(token) = tokens.next() {
            if is_blank(token) {
                if layout == Layout::AsItIs {
                    sink.push(token)?;
                }
                continue;
            }
            if layout != Layout::AsItIs {
                while tokens.next_if(|next| is_blank(next)).is_some() {}
            }
            let line = |sink: &mut Sink, depth: usize| match layout {
                Layout::Pretty(indent) => {
                    sink.push("\n")?;
                    (0..depth).try_for_each(|_| sink.push(indent))
                }
                _ => Some(()),
            };
            match token {
                "{" | "[" => {
                    sink.push(token)?;
                    depth += 1;
                    match tokens.next_if(|next| layout != Layout::AsItIs && matches!(*next, "}" | "]")) {
                        // What is empty stays on one line.
                        Some(close) => {
                            sink.push(close)?;
                            depth = depth.saturating_sub(1);
                        }
                        None => line(&mut sink, depth)?,
                    }
                }
                "}" | "]" => {
                    depth = depth.saturating_sub(1);
                    line(&mut sink, depth)?;
                    sink.push(token)?;
                }
                "," => {
                    sink.push(if layout == Layout::Spaced { ", " } else { "," })?;
                    line(&mut sink, depth)?;
                }
                ":" => sink.push(if matches!(layout, Layout::Spaced | Layout::Pretty(_)) { ": " } else { ":" })?,
                string if string.starts_with('"') => spell(string, spelling, &mut sink)?,
                other => sink.push(other)?,
            }
        }
        Some(sink.into_bytes())
    }
}

/// The tokens of a text that is JSON: punctuation, strings with their quotes, other scalars, and runs of blanks.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = *rest.as_bytes().first()?;
        let len = match first {
            b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
            b'"' => string_len(rest.as_bytes()),
            b' ' | b'\t' | b'\n' | b'\r' => run(rest, |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')),
            _ => run(rest, |byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' | b'}' | b']')),
        };
        let (token, after) = rest.split_at_checked(len.max(1)).unwrap_or((rest, ""));
        rest = after;
        Some(token)
    })
}

fn run(text: &str, belongs: impl Fn(u8) -> bool) -> usize {
    text.bytes().take_while(|byte| belongs(*byte)).count()
}

/// Up to and with the closing quote.
fn string_len(bytes: &[u8]) -> usize {
    let mut escaped = false;
    let inside = bytes.iter().skip(1).take_while(|byte| {
        let closes = **byte == b'"' && !escaped;
        escaped = **byte == b'\\' && !escaped;
        !closes
    });
    (inside.count() + 2).min(bytes.len())
}

fn is_blank(token: &str) -> bool {
    token.starts_with([' ', '\t', '\n', '\r'])
}

/// As deep as serde_json reads by default.
const MAX_DEPTH: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_moves_blanks_alone() {
        let text = " {\"a b\":[1.50,{ },[ ] ,\"x\\\" , : y\"],\"c\": -1e+5,\"c\":null}\n";
        let json = Json::read(text.as_bytes()).unwrap();
        let write = |layout| {
            String::from_utf8(json.write(layout, Spelling::AsItIs, Sink::for_body(text.len())).unwrap()).unwrap()
        };
        assert_eq!(write(Layout::AsItIs), text);
        assert_eq!(write(Layout::Compact), r#"{"a b":[1.50,{},[],"x\" , : y"],"c":-1e+5,"c":null}"#);
        assert_eq!(write(Layout::Spaced), r#"{"a b": [1.50, {}, [], "x\" , : y"], "c": -1e+5, "c": null}"#);
        let pretty = "{\n  \"a b\": [\n    1.50,\n    {},\n    [],\n    \"x\\\" , : y\"\n  ],\n  \"c\": -1e+5,\n  \"c\": null\n}";
        assert_eq!(write(Layout::Pretty("  ")), pretty);
    }

    #[test]
    fn what_is_not_json_or_too_deep_is_not_read() {
        for bad in ["", "{", "{\"a\":}", "a=b", "[1,]", "\"\u{1}\"", "[1] 2"] {
            assert!(Json::read(bad.as_bytes()).is_none(), "{bad}");
        }
        let nested = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
        assert!(Json::read(nested(128).as_bytes()).is_some());
        assert!(Json::read(nested(129).as_bytes()).is_none());
        assert!(Json::read(nested(1 << 20).as_bytes()).is_none());
        assert!(Json::read(b"\"\xff\"").is_none());
    }
}
