//! Rows of vectors that come out otherwise than they say: each has to be listed, with what comes out and why.

use std::collections::BTreeMap;

/// A row, what we answer instead of what it says, and why.
pub type Deviation = (&'static str, (u16, &'static str), &'static str);

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

#[cfg(test)]
mod tests {
    use super::*;

    const ADMITTED: (u16, &str) = (200, "");
    const BAD_REQUEST: (u16, &str) = (400, "Bad Request");
    const UNAUTHORIZED: (u16, &str) = (401, "Unauthorized");
    const WORD: &str = "why";

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
}
