//! Forms (`application/x-www-form-urlencoded`), written in other ways.

use crate::explain::BodyChange;
use crate::explain::escapes::{in_case, respelled, sorted};

/// Whether this can be a form: pairs without a blank, a quote or a bracket.
pub(super) fn is_form(body: &[u8]) -> bool {
    let stands = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'{' | b'}' | b'<' | b'>');
    body.contains(&b'=') && body.iter().all(stands)
}

/// The form in every other way, from most to least likely.
pub(super) fn forms(form: &str) -> impl Iterator<Item = (BodyChange, Vec<u8>)> {
    type Way = (BodyChange, fn(&str) -> String);
    let ways: [Way; 7] = [
        (BodyChange::FormBlanksEscaped, |form| form.replace('+', "%20")),
        (BodyChange::FormBlanksAsPlus, |form| form.replace("%20", "+")),
        (BodyChange::FormEscapes, |form| in_case(form, true)),
        (BodyChange::FormEscapes, |form| in_case(form, false)),
        (BodyChange::FormEscapes, |form| respelled(form, true)),
        (BodyChange::FormEscapes, |form| respelled(form, false)),
        (BodyChange::FormSorted, sorted),
    ];
    ways.into_iter().map(move |(change, write)| (change, write(form).into_bytes()))
}
