//! What a filter asks, in SQL that both databases understand.

use countersign_core::{StoreError, TokenFilter, TokenState, micros};

/// Conditions on a row of the table of tokens, and what is bound to them, in order.
pub(crate) struct Conditions {
    sql: String,
    next: usize,
    values: Vec<Value>,
}

/// What is bound. The databases keep texts in columns of different types.
pub(crate) enum Value {
    Id(Box<str>),
    Micros(i64),
    Text(Box<str>),
}

impl Conditions {
    /// Those of `filter`, with parameters numbered from `first` on. Fails for a time too far from now.
    ///
    /// Here rows are chosen by the time that the filter brings. Whether a token is good is judged elsewhere.
    pub(crate) fn of(filter: &TokenFilter, first: usize) -> Result<Self, StoreError> {
        let mut conditions = Self::none(first);
        let texts = [
            ("subject = #", filter.subject()),
            ("organisation = #", filter.organisation()),
            ("client_id = #", filter.client_id()),
        ];
        for (condition, text) in texts {
            if let Some(text) = text {
                conditions.push(condition, Value::Text(text.into()));
            }
        }
        if let Some((state, now)) = filter.state() {
            conditions.push(in_state(state), Value::Micros(micros::floor(now)?));
        }
        Ok(conditions)
    }

    /// None yet, with parameters numbered from `first` on.
    pub(crate) fn none(first: usize) -> Self {
        Self { sql: "TRUE".to_owned(), next: first, values: Vec::new() }
    }

    /// And this one, if there is something to bind in the place of `#`.
    pub(crate) fn and(mut self, condition: &str, value: Option<Value>) -> Self {
        if let Some(value) = value {
            self.push(condition, value);
        }
        self
    }

    /// And this one, for which nothing is bound.
    pub(crate) fn and_fixed(mut self, condition: &str) -> Self {
        self.sql += " AND ";
        self.sql += condition;
        self
    }

    /// And below this id, if there is one.
    pub(crate) fn and_below(self, id: Option<&str>) -> Self {
        self.and("id < #", id.map(|id| Value::Id(id.into())))
    }

    pub(crate) fn sql(&self) -> &str {
        &self.sql
    }

    pub(crate) fn into_values(self) -> Vec<Value> {
        self.values
    }

    fn push(&mut self, condition: &str, value: Value) {
        self.sql += " AND ";
        self.sql += &condition.replace('#', &format!("${}", self.next));
        self.next += 1;
        self.values.push(value);
    }
}

/// As [`TokenState::of`] judges; `#` is the time. Both databases want what is bound to be used.
const fn in_state(state: TokenState) -> &'static str {
    match state {
        TokenState::Active => {
            "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > #) AND (not_before IS NULL OR not_before <= #)"
        }
        TokenState::Expired => "revoked_at IS NULL AND expires_at <= #",
        TokenState::NotYetValid => "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > #) AND not_before > #",
        TokenState::Revoked => "revoked_at IS NOT NULL AND # IS NOT NULL",
    }
}
