//! The plain spelling, in which nearly everybody sends: one signature, none but the parameters known here, no escapes. It is
//! read where it stands, without a copy. Whatever is spelled in another way is left to the parser of structured fields, which
//! reads whatever is read here likewise.

use std::borrow::Cow;

use super::component::{Component, Components, QUERY_PARAM, add};
use super::input::{ALGORITHM, Input, time};
use crate::hmac::Encoding;
use crate::hmac::schemes::text::{is_spelled, number};

/// The input of the one signature and the signature itself, in base64, if it is the one that is wanted and plain.
pub(super) fn read<'t>(
    inputs: &'t str,
    signatures: &'t str,
    tag: Option<&str>,
    label: Option<&str>,
) -> Option<(Input<'t>, &'t str)> {
    let (key, signature) = bytes(signatures)?;
    let spelled = inputs.strip_prefix(key)?.strip_prefix('=')?;
    let (input, tagged) = member(spelled)?;
    let wanted = label.is_none_or(|label| key == label) && tag.is_none_or(|tag| tagged == Some(tag));
    (wanted && is_digest(signature)).then_some((input, signature))
}

/// The one digest of a `Content-Digest`, if it is one of SHA-256.
pub(super) fn sha256(text: &str) -> Option<&str> {
    bytes(text).filter(|(key, digest)| *key == "sha-256" && is_digest(digest)).map(|(_, digest)| digest)
}

/// A dictionary of one member, which is a sequence of bytes: its key, and its base64.
fn bytes(text: &str) -> Option<(&str, &str)> {
    let (key, rest) = text.split_once("=:")?;
    let is_key = key.starts_with(|first: char| first == '*' || first.is_ascii_lowercase())
        && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'.' | b'*'));
    Some((key, rest.strip_suffix(':')?)).filter(|_| is_key)
}

/// Whether this is the base64 of 32 bytes. The last character but one has two bits that belong to no byte.
fn is_digest(text: &str) -> bool {
    let last = text.as_bytes().iter().nth_back(1);
    is_spelled(text.as_bytes(), Encoding::Base64, 32) && last.is_some_and(|last| b"AEIMQUYcgkosw048".contains(last))
}

/// A list of components with parameters, and its tag.
fn member(spelled: &str) -> Option<(Input<'_>, Option<&str>)> {
    let (components, mut rest) = components(spelled)?;
    let (mut created, mut expires) = (None, None);
    let (mut nonce, mut key_id, mut algorithm, mut tag) = (None, None, None, None);
    while let Some(parameter) = rest.strip_prefix(';') {
        let (name, value) = parameter.split_once('=')?;
        let is_repeated = if let "created" | "expires" = name {
            let (digits, after) = value.split_at(value.find(';').unwrap_or(value.len()));
            rest = after;
            let place = if name == "created" { &mut created } else { &mut expires };
            place.replace(time(number(digits)?.try_into().ok()?).ok()?).is_some()
        } else {
            let (text, after) = string(value)?;
            rest = after;
            let place = match name {
                "nonce" => &mut nonce,
                "keyid" => &mut key_id,
                "alg" => &mut algorithm,
                "tag" => &mut tag,
                _ => return None,
            };
            place.replace(text).is_some()
        };
        if is_repeated {
            return None;
        }
    }
    let (nonce, key_id) = (nonce.map(Cow::Borrowed), key_id.map(Cow::Borrowed));
    let input = Input { spelled: spelled.into(), components, created, expires, nonce, key_id };
    (rest.is_empty() && algorithm.is_none_or(|name| name == ALGORITHM)).then_some((input, tag))
}

/// The components in their parentheses, and what follows.
fn components(spelled: &str) -> Option<(Components, &str)> {
    let mut components = Components::new();
    let mut rest = spelled.strip_prefix('(')?;
    loop {
        if let Some(rest) = rest.strip_prefix(')') {
            return Some((components, rest));
        }
        if !components.is_empty() {
            rest = rest.strip_prefix(' ')?;
        }
        let (name, after) = string(rest)?;
        let (component, after) = match name {
            QUERY_PARAM => {
                let (parameter, after) = string(after.strip_prefix(";name=")?)?;
                (Component::of_parameter(parameter), after)
            }
            name => (Component::new(name), after),
        };
        add(&mut components, component).ok()?;
        rest = after;
    }
}

/// A string without escapes, and what follows.
fn string(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('"')?;
    // One pass: what ends it is the end, or what must not be there.
    let end = text.bytes().position(|byte| !matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~'))?;
    let (string, rest) = text.split_at_checked(end)?;
    Some((string, rest.strip_prefix('"')?))
}

#[cfg(all(test, feature = "sign"))]
mod tests;
