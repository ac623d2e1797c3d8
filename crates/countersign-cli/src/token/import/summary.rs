//! What an import came to.

use serde::Serialize;

use super::source::Reason;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::text;
use crate::token::revoke::tokens;

/// What an import came to, in numbers of rows.
#[derive(Serialize, Default)]
pub(super) struct Summary {
    pub(super) dry_run: bool,
    pub(super) imported: u64,
    pub(super) already_there: u64,
    left_out: LeftOut,
    /// Of those imported: how many had a policy, and how many are of no known format.
    pub(super) policies_dropped: u64,
    pub(super) unknown_format: u64,
    bad_rows: u64,
    /// The first of them.
    bad: Vec<Bad>,
}

#[derive(Serialize, Default)]
struct LeftOut {
    policy: u64,
    inactive_user: u64,
    default_user: u64,
}

#[derive(Serialize)]
struct Bad {
    line: u64,
    why: String,
}

impl Summary {
    pub(super) fn new(dry_run: bool) -> Self {
        Self { dry_run, ..Self::default() }
    }

    pub(super) fn leave_out(&mut self, reason: Reason) {
        match reason {
            Reason::DefaultUser => self.left_out.default_user += 1,
            Reason::InactiveUser => self.left_out.inactive_user += 1,
            Reason::Policy => self.left_out.policy += 1,
        }
    }

    pub(super) fn bad(&mut self, line: u64, why: String) {
        self.bad_rows += 1;
        if self.bad.len() < MENTIONED {
            self.bad.push(Bad { line, why });
        }
    }

    /// Says what was done; a failure if there was a row that was not understood.
    pub(super) fn report(&self, context: &Context) -> Result {
        for Bad { line, why } in &self.bad {
            text::error(format!("line {line}: {why}"));
        }
        let unmentioned = self.bad_rows.saturating_sub(MENTIONED as u64);
        if unmentioned > 0 {
            text::error(format!("{unmentioned} more rows are bad"));
        }
        self.warn();
        if context.out.json {
            context.out.document(self)?;
        } else {
            context.out.done(self.line())?;
        }
        if self.bad_rows > 0 { Err(Failure::Told) } else { Ok(()) }
    }

    fn line(&self) -> String {
        let done = if self.dry_run { "would import" } else { "imported" };
        let mut line = format!("{done} {}", tokens(self.imported));
        let left_out = self.left_out.policy + self.left_out.inactive_user + self.left_out.default_user;
        let parts = [(self.already_there, "there already"), (left_out, "left out"), (self.bad_rows, "not understood")];
        for (count, what) in parts.iter().filter(|(count, _)| *count > 0) {
            line.push_str(&format!(", {count} {what}"));
        }
        line
    }

    fn warn(&self) {
        let say = |count: u64, text: &str| {
            if count > 0 {
                text::warning(format!("{} {text}", tokens(count)));
            }
        };
        say(
            self.left_out.policy,
            "left out: a policy cannot be carried over, and without it the token would be good for more than it was; \
             --scope gives such tokens a scope instead",
        );
        say(self.policies_dropped, "had a policy, which was not carried over");
        say(self.left_out.inactive_user, "left out: the user is inactive");
        say(self.left_out.default_user, "left out: the user `default` is nobody");
        say(
            self.unknown_format,
            "of no known format: layers that were told the formats (`with_token_formats`) will refuse them",
        );
    }
}

/// How many bad rows are mentioned one by one.
const MENTIONED: usize = 20;
