//! All of them, in the order in which they are tried.

use std::collections::HashSet;

use super::form::{forms, is_form};
use super::text::{BLANKS, OTHERS, changed};
use super::written::Written;
use crate::explain::fingerprint::fingerprint;
use crate::explain::{BodyChange, Change};

/// The bodies that may have been signed instead of the one that arrived, from most to least likely, each once, made one
/// after the other: no more than one of them is there at a time.
pub(in crate::explain) struct Bodies<'b> {
    body: &'b [u8],
    json: Option<Written<'b>>,
    form: Option<&'b str>,
}

impl<'b> Bodies<'b> {
    pub(in crate::explain) fn of(body: &'b [u8]) -> Self {
        let form = std::str::from_utf8(body).ok().filter(|_| is_form(body));
        Self { body, json: Written::read(body), form }
    }

    /// Each with what was changed in it.
    pub(in crate::explain) fn iter(&self) -> impl Iterator<Item = (Vec<Change>, Vec<u8>)> {
        let json = self.json.iter().flat_map(Written::ways);
        let form = self.form.into_iter().flat_map(forms).map(|(change, body)| (vec![change], body));
        let text = |changes: &'static [BodyChange]| {
            changes.iter().filter_map(|change| Some((vec![*change], changed(self.body, *change)?)))
        };
        let mut seen = HashSet::from([fingerprint(self.body)]);
        let fresh = text(BLANKS)
            .chain(json)
            .chain(form)
            .chain(text(OTHERS))
            .filter(move |(_, body)| seen.insert(fingerprint(body)));
        fresh.map(|(changes, body): (Vec<BodyChange>, _)| (changes.into_iter().map(Change::from).collect(), body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(body: &[u8]) -> Vec<String> {
        let name =
            |(changes, _): (Vec<Change>, Vec<u8>)| changes.iter().map(|change| change.name()).collect::<Vec<_>>();
        Bodies::of(body).iter().map(name).map(|names| names.join("+")).collect()
    }

    #[test]
    fn nothing_is_tried_twice_and_everything_has_a_name() {
        for body in ["", "{\"b\":\"é/\",\"a\": [1, 2]}", "[]", "a=b+c%20d&A=%2f", "\u{feff}x\r\n", "eA=="] {
            let bodies = Bodies::of(body.as_bytes());
            let all: Vec<_> = bodies.iter().map(|(_, body)| body).collect();
            assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
            assert!(!all.iter().any(|other| other == body.as_bytes()), "what arrived is no change");
            assert!(names(body.as_bytes()).iter().all(|name| !name.is_empty()), "{:?}", names(body.as_bytes()));
        }
    }

    #[test]
    fn the_least_change_comes_first() {
        assert_eq!(names(b"{\"a\": 1}")[..2], ["json-compact", "json-pretty"]);
        assert_eq!(names(b"{\"a\":1}")[..2], ["json-spaced", "json-pretty"]);
        assert!(names("{\"b\":\"é\",\"a\":1}".as_bytes()).contains(&"json-keys-sorted".to_owned()));
        assert!(names("{\"b\":\"é\"}".as_bytes()).contains(&"json-spaced+json-ascii".to_owned()));
    }
}
