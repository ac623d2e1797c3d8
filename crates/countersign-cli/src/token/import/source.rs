//! What a row of another program's table comes to.

use std::collections::HashMap;

use clap::ValueEnum;
use countersign_core::{PresentedToken, TokenInfo};
use csv::StringRecord;
use jiff::tz::Offset;

use super::fields::Fields;
use super::{djblets, kallithea};
use crate::failure::{Failure, Result};

/// Whose table it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Source {
    /// Djblets' table of API tokens (Review Board's is webapi_webapitoken)
    Djblets,
    /// Kallithea's table user_api_keys or users
    Kallithea,
}

/// How rows are to be understood.
pub(super) struct Terms {
    pub(super) subject_column: String,
    /// Of times that do not say theirs.
    pub(super) offset: Offset,
    /// What becomes of a token whose policy is lost; `None` if it is left out.
    pub(super) without_policy: bool,
}

/// A row that was understood.
pub(super) enum Row {
    /// A token, without scope and id.
    Token { token: PresentedToken, info: TokenInfo, had_policy: bool },
    /// A token that is not to be imported.
    LeftOut(Reason),
}

/// Why a token is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// It belongs to Kallithea's user `default`, who cannot log in with it.
    DefaultUser,
    /// Its user is inactive.
    InactiveUser,
    /// It has a policy, which would be lost.
    Policy,
}

/// What is wrong with a row; never what is in it.
pub(super) type BadRow = String;

/// The columns of a table, by name.
pub(super) struct Columns {
    source: Source,
    places: HashMap<String, usize>,
}

impl Columns {
    /// Reads the first line. Its contents are not repeated: in a file without names these are a token's.
    pub(super) fn new(source: Source, names: &StringRecord, terms: &Terms) -> Result<Self> {
        let places: HashMap<_, _> = names.iter().enumerate().map(|(at, name)| (name.trim().to_owned(), at)).collect();
        let there = |name: &str| places.contains_key(name);
        let needed = match source {
            Source::Djblets => djblets::needed(terms),
            Source::Kallithea => kallithea::needed(there),
        };
        let missing = [&*terms.subject_column].into_iter().chain(needed).find(|name| !there(name));
        match missing {
            None => Ok(Self { source, places }),
            Some(name) => Err(Failure::failed(format!(
                "the first line names no column {name}{}",
                if name == terms.subject_column {
                    "; --subject-column says which one the subject is taken from"
                } else {
                    ""
                }
            ))),
        }
    }

    /// Understands a row.
    pub(super) fn read(&self, record: &StringRecord, terms: &Terms) -> std::result::Result<Row, BadRow> {
        if record.len() != self.places.len() {
            return Err(format!("it has {} fields, and the first line {}", record.len(), self.places.len()));
        }
        let fields = Fields::new(&self.places, record, terms);
        match self.source {
            Source::Djblets => djblets::read(&fields, terms),
            Source::Kallithea => kallithea::read(&fields),
        }
    }
}
