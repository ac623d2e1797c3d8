//! Foreign text, cut to what a page can take.

/// The words in one line, of so many characters at most; an ellipsis is the last of them where there was more. Line breaks,
/// control characters and runs of blanks are one blank, and so is what would turn the letters of others around.
pub(crate) fn one_line(text: &str, limit: usize) -> String {
    let is_between = |c: char| c.is_whitespace() || c.is_control() || is_override(c);
    let words = text.split(is_between).filter(|word| !word.is_empty());
    let mut line = String::new();
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        // In bytes, of which no character has more than four.
        if line.len() > limit * 4 {
            break;
        }
    }
    cut(&line, limit).0
}

/// Unicode's embeddings, overrides and isolates.
fn is_override(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// So many characters at most, and whether there were more; then the last one is an ellipsis.
pub(crate) fn cut(text: &str, limit: usize) -> (String, bool) {
    match text.char_indices().nth(limit) {
        None => (text.to_owned(), false),
        Some(_) => {
            let end = text.char_indices().nth(limit.saturating_sub(1)).map_or(0, |(at, _)| at);
            (format!("{}…", text.get(..end).unwrap_or_default().trim_end()), true)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_cut_at_characters() {
        assert_eq!(one_line("  a\r\n\u{7}b \u{2028} c ", 10), "a b c");
        assert_eq!(one_line("a \u{202e}b\u{202c}", 10), "a b");
        assert_eq!(one_line("☃☃☃☃", 4), "☃☃☃☃");
        assert_eq!(one_line("☃☃☃☃☃", 4), "☃☃☃…");
        assert_eq!(one_line("ab cdef", 4), "ab…");
        assert_eq!(one_line(&"☃ ".repeat(10_000), 200).chars().count(), 200);
        assert_eq!(cut("abc", 3), ("abc".to_owned(), false));
        assert_eq!(cut("a\nbcd", 4), ("a\nb…".to_owned(), true));
    }
}
