//! `$'…'`: how browsers spell what they copy as a curl command.

/// A command without such words, each written in plain single quotes; `None` where one does not end, or is not text.
pub(super) fn plain(command: &str) -> Option<String> {
    let mut out = String::with_capacity(command.len());
    let mut rest = command.chars();
    let mut quote = None;
    while let Some(c) = rest.next() {
        match (quote, c) {
            (None, '$') if rest.as_str().starts_with('\'') => {
                rest.next();
                out.push('\'');
                out.push_str(&word(&mut rest)?.replace('\'', r"'\''"));
                out.push('\'');
                continue;
            }
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None | Some('"'), '\\') => {
                out.push(c);
                out.extend(rest.next());
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    Some(out)
}

/// Up to the closing quote (Bash's manual, "ANSI-C Quoting").
fn word(rest: &mut std::str::Chars<'_>) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let c = match rest.next()? {
            '\'' => return String::from_utf8(bytes).ok(),
            '\\' => match rest.next()? {
                'a' => '\x07',
                'b' => '\x08',
                'e' | 'E' => '\x1b',
                'f' => '\x0c',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\x0b',
                'x' => {
                    bytes.push(u8::try_from(number(rest, 2)?).ok()?);
                    continue;
                }
                'u' => unit(rest)?,
                'U' => char::from_u32(number(rest, 8)?)?,
                same @ ('\\' | '\'' | '"' | '?') => same,
                _ => return None,
            },
            c => c,
        };
        bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// A character, or the two halves of one that browsers write as two.
fn unit(rest: &mut std::str::Chars<'_>) -> Option<char> {
    let high = number(rest, 4)?;
    if !(0xd800..0xdc00).contains(&high) {
        return char::from_u32(high);
    }
    *rest = rest.as_str().strip_prefix("\\u")?.chars();
    let halves = [u16::try_from(high).ok()?, u16::try_from(number(rest, 4)?).ok()?];
    char::decode_utf16(halves).next()?.ok()
}

/// As many hexadecimal digits as there are, `max` at most and one at least.
fn number(rest: &mut std::str::Chars<'_>, max: usize) -> Option<u32> {
    let digits: String = rest.clone().take(max).take_while(char::is_ascii_hexdigit).collect();
    *rest = rest.as_str().get(digits.len()..)?.chars();
    u32::from_str_radix(&digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_shell_become_plain_ones() {
        for (command, expected) in [
            (r#"curl -d 'a' \"x\""#, r#"curl -d 'a' \"x\""#),
            (r"-d $'a\n\'b\\\u0021\x41\ud83d\ude00'", "-d 'a\n'\\''b\\!A😀'"),
            (r#"'$' "$'x'" \$'y'"#, r#"'$' "$'x'" \$'y'"#),
        ] {
            assert_eq!(plain(command).as_deref(), Some(expected), "{command}");
        }
        for bad in [r"$'a", r"$'\q'", r"$'\xff'", r"$'\ud83d'", r"$'\u'", r"$'\"] {
            assert_eq!(plain(bad), None, "{bad}");
        }
    }
}
