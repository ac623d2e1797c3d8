//! The fields of a row.

use std::collections::HashMap;
use std::time::SystemTime;

use countersign_core::{PresentedToken, TokenInfo};
use csv::StringRecord;

use super::source::{BadRow, Terms};
use super::times;

/// The fields of a row, by the names of their columns.
pub(super) struct Fields<'r> {
    places: &'r HashMap<String, usize>,
    record: &'r StringRecord,
    terms: &'r Terms,
}

impl<'r> Fields<'r> {
    pub(super) const fn new(places: &'r HashMap<String, usize>, record: &'r StringRecord, terms: &'r Terms) -> Self {
        Self { places, record, terms }
    }

    /// What is in this column; `None` where there is no such column, or nothing in it as databases write nothing.
    pub(super) fn text(&self, name: &str) -> Option<&'r str> {
        let text = self.record.get(*self.places.get(name)?)?;
        (!matches!(text.trim(), "" | "NULL" | "None" | "\\N")).then_some(text)
    }

    /// The token in this column, and a record that has the subject and the last four characters.
    pub(super) fn token(&self, name: &str) -> Result<(PresentedToken, TokenInfo), BadRow> {
        let text = self.text(name).ok_or("it has no token")?;
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err("there are blanks in the token".to_owned());
        }
        let subject = self.text(&self.terms.subject_column).ok_or("it has no subject")?;
        let token = PresentedToken::new(text);
        let info = TokenInfo::new(subject).with_last_four(token.last_four());
        Ok((token, info))
    }

    pub(super) fn time(&self, name: &str) -> Result<Option<SystemTime>, BadRow> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let time = times::read(text, self.terms.offset);
        time.map(Some).ok_or_else(|| format!("{name} is not a time that is understood"))
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, BadRow> {
        match self.text(name).map(|text| text.trim().to_ascii_lowercase()).as_deref() {
            None => Ok(None),
            Some("1" | "t" | "true" | "yes" | "y") => Ok(Some(true)),
            Some("0" | "f" | "false" | "no" | "n") => Ok(Some(false)),
            Some(_) => Err(format!("{name} is neither true nor false")),
        }
    }
}

/// Sets what is known.
pub(super) fn with<T>(info: TokenInfo, value: Option<T>, with: impl FnOnce(TokenInfo, T) -> TokenInfo) -> TokenInfo {
    match value {
        Some(value) => with(info, value),
        None => info,
    }
}
