//! A request as a curl command, for a POSIX shell.

use std::fmt;

use http::request::Parts;

use super::body::Body;

/// Prints the command that sends this request, and nothing else, byte for byte.
pub(super) struct Curl<'a> {
    pub(super) head: &'a Parts,
    pub(super) body: Option<&'a Body>,
}

impl fmt::Display for Curl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { method, uri, headers, .. } = self.head;
        let url = uri.to_string();
        match method.as_str() {
            // With `--request HEAD` curl would wait for a body.
            "HEAD" => f.write_str("curl --head")?,
            method => write!(f, "curl --request {}", quoted(method))?,
        }
        // Without these, curl resolves `..` and makes several requests of `[…]` and `{…}`.
        if url.contains("/.") {
            f.write_str(" --path-as-is")?;
        }
        if url.contains(['[', ']', '{', '}']) {
            f.write_str(" --globoff")?;
        }
        for (name, value) in headers {
            // They were made of text, ours and the caller's.
            let value = value.to_str().map_err(|_| fmt::Error)?;
            let field = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
            write!(f, " \\\n  --header {}", quoted(&field))?;
        }
        match self.body {
            None => {}
            Some(Body::Text(text)) => write!(f, " \\\n  --data-raw {}", quoted(text))?,
            Some(Body::File { name, .. }) => write!(f, " \\\n  --data-binary {}", quoted(&format!("@{name}")))?,
        }
        write!(f, " \\\n  {}", quoted(&url))
    }
}

/// One word for the shell, whatever is in it (POSIX.1-2024 §2.2.2).
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b':' | b'@');
    match !text.is_empty() && text.bytes().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stays_one_word() {
        for (text, expected) in [
            ("POST", "POST"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$HOME `x` \\ \"", "'$HOME `x` \\ \"'"),
            ("a\nb", "'a\nb'"),
            ("!", "'!'"),
            ("~", "'~'"),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }
}
