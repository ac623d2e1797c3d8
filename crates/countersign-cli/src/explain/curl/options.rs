//! curl's options: those that change nothing in a request are known too, so that commands need not be cleaned of them.

use crate::failure::{Failure, Result};

/// What stands behind an option.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    Nothing,
    Value,
}

/// What an option takes; those that make a request which cannot be told from the command alone are refused.
pub(super) fn option(name: &str) -> Result<Takes> {
    if FLAGS.contains(&name) {
        Ok(Takes::Nothing)
    } else if VALUES.contains(&name) {
        Ok(Takes::Value)
    } else {
        Err(unknown(&format!("--{name}")))
    }
}

pub(super) fn unknown(option: &str) -> Failure {
    Failure::usage(format!("{option} is not understood here: leave it out if it changes nothing in the request"))
}

/// The name of which a letter is short.
pub(super) const fn long(letter: char) -> Option<&'static str> {
    Some(match letter {
        'A' => "user-agent",
        'G' => "get",
        'H' => "header",
        'I' => "head",
        'L' => "location",
        'N' => "no-buffer",
        'S' => "show-error",
        'X' => "request",
        'b' => "cookie",
        'c' => "cookie-jar",
        'd' => "data",
        'e' => "referer",
        'f' => "fail",
        'g' => "globoff",
        'i' => "include",
        'k' => "insecure",
        'm' => "max-time",
        'o' => "output",
        's' => "silent",
        'u' => "user",
        'v' => "verbose",
        'w' => "write-out",
        'x' => "proxy",
        '#' => "progress-bar",
        '4' => "ipv4",
        '6' => "ipv6",
        _ => return None,
    })
}

const FLAGS: [&str; 22] = [
    "compressed",
    "fail",
    "fail-with-body",
    "get",
    "globoff",
    "head",
    "http1.1",
    "http2",
    "include",
    "insecure",
    "ipv4",
    "ipv6",
    "location",
    "no-buffer",
    "no-progress-meter",
    "path-as-is",
    "progress-bar",
    "show-error",
    "silent",
    "ssl-reqd",
    "tlsv1.2",
    "verbose",
];
const VALUES: [&str; 24] = [
    "cacert",
    "cert",
    "connect-timeout",
    "connect-to",
    "cookie",
    "cookie-jar",
    "data",
    "data-ascii",
    "data-binary",
    "data-raw",
    "header",
    "json",
    "key",
    "max-time",
    "output",
    "proxy",
    "referer",
    "request",
    "resolve",
    "retry",
    "url",
    "user",
    "user-agent",
    "write-out",
];
