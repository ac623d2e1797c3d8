//! Texts of others on a terminal, and what is said on stderr.

use std::fmt::Display;
use std::io::Write;

/// `text` without anything that a terminal would obey: control characters, and others that cannot be seen, are spelled out.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // Of what `escape_debug` escapes, quotes and backslashes are harmless.
        match c {
            '\'' | '"' | '\\' => out.push(c),
            c => out.extend(c.escape_debug()),
        }
    }
    out
}

/// Says on stderr what is wrong. One line, whatever is in it.
pub(crate) fn error(text: impl Display) {
    say("error: ", &text);
}

/// Says on stderr what should be looked at.
pub(crate) fn warning(text: impl Display) {
    say("warning: ", &text);
}

/// Says something on stderr.
pub(crate) fn say(prefix: &str, text: &dyn Display) {
    // There is nobody left to be told that stderr is closed.
    let _ = writeln!(std::io::stderr(), "{prefix}{}", visible(&text.to_string()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_gets_through() {
        let shown = visible("a\u{1b}[31m\r\n\u{202e}é \"b\" c\\d");
        assert_eq!(shown, "a\\u{1b}[31m\\r\\n\\u{202e}é \"b\" c\\d");
    }
}
