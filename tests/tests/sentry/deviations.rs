//! Rows that come out otherwise than they say: each has to be listed, with what comes out and why.

use std::collections::BTreeMap;

/// A row, what we answer instead of what it says, and why.
pub type Deviation = (&'static str, (u16, &'static str), &'static str);

pub const ADMITTED: (u16, &str) = (200, "");
pub const BAD_REQUEST: (u16, &str) = (400, "Bad Request");
pub const NO_TIMESTAMP: (u16, &str) = (400, "Invalid timestamp");
pub const UNAUTHORIZED: (u16, &str) = (401, "Unauthorized");
pub const BAD_SIGNATURE: (u16, &str) = (403, "Invalid signature");

pub const BOTH_FIELDS: &str =
    "credentials in both fields are refused: which of them count must not depend on who reads";
pub const BOTH_RENDERINGS: &str = "the timestamp as it was sent is signed from Sentry 2.0 on, and both are accepted";
pub const BOTH_SPELLINGS: &str =
    "the field is read under the name that it has in HTTP, which 1.7.5 did not, and no other";
pub const DECIMAL: &str = "a timestamp is decimal digits with a point at most";
pub const DECODING: &str = "what the body means is for the service behind the layer";
pub const FORMER_500: &str = "the original fell over it";
pub const FUTURE: &str = "more than 60 seconds ahead is refused";
pub const LATER_EQUALS: &str = "a later = belongs to the value";
pub const NO_FORM: &str = "the older form with its key in the body is not accepted";
pub const ONCE: &str = "a parameter occurs once";
pub const WORD: &str = "the auth-scheme is the word Sentry";
pub const X_SENTRY_AUTH: &str = "X-Sentry-Auth is read, as from Sentry 2.0 on";

/// Compares what came out with what the rows say and with the list.
#[derive(Debug, Default)]
pub struct Compared {
    deviating: BTreeMap<String, (u16, String)>,
    visited: usize,
}

impl Compared {
    /// Notes a row: what it says, and what came out.
    pub fn note(&mut self, row: &str, says: (u16, &str), comes: (u16, &str)) {
        self.visited += 1;
        if says != comes {
            let first = self.deviating.insert(row.to_owned(), (comes.0, comes.1.to_owned()));
            assert_eq!(first, None, "two rows of one name: {row}");
        }
    }

    /// Nothing but what is listed deviates, all that is listed does, and so many rows were looked at.
    #[track_caller]
    pub fn agrees_with(self, listed: &[Deviation], visited: usize) {
        let listed: BTreeMap<String, (u16, String)> =
            listed.iter().map(|(row, (status, body), _)| ((*row).to_owned(), (*status, (*body).to_owned()))).collect();
        let unlisted: Vec<_> = self.deviating.iter().filter(|(row, comes)| listed.get(*row) != Some(comes)).collect();
        assert!(unlisted.is_empty(), "deviates and is not listed, or not so: {unlisted:#?}");
        let agreeing: Vec<_> = listed.keys().filter(|row| !self.deviating.contains_key(*row)).collect();
        assert!(agreeing.is_empty(), "listed and does not deviate: {agreeing:#?}");
        assert_eq!(self.visited, visited, "rows that were looked at");
    }
}

#[test]
#[should_panic(expected = "deviates and is not listed")]
fn a_row_that_deviates_has_to_be_listed() {
    let mut compared = Compared::default();
    compared.note("row", ADMITTED, UNAUTHORIZED);
    compared.agrees_with(&[], 1);
}

#[test]
#[should_panic(expected = "deviates and is not listed, or not so")]
fn a_row_that_deviates_otherwise_has_to_be_listed_so() {
    let mut compared = Compared::default();
    compared.note("row", ADMITTED, UNAUTHORIZED);
    compared.agrees_with(&[("row", BAD_REQUEST, WORD)], 1);
}

#[test]
#[should_panic(expected = "listed and does not deviate")]
fn a_listed_row_has_to_deviate() {
    let mut compared = Compared::default();
    compared.note("row", ADMITTED, ADMITTED);
    compared.agrees_with(&[("row", UNAUTHORIZED, WORD)], 1);
}

#[test]
#[should_panic(expected = "rows that were looked at")]
fn every_row_has_to_be_looked_at() {
    Compared::default().agrees_with(&[], 1);
}
