//! What goes to stdout, and what is said beside it.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;
use zeroize::Zeroizing;

use crate::failure::{Failure, Result};
use crate::text::{self, visible};

/// Results go to stdout, everything else to stderr.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
}

impl Output {
    /// A line of the result. What is not ours to write must be made visible first.
    pub(crate) fn line(self, line: impl Display) -> Result {
        let mut out = io::stdout().lock();
        writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|error| Failure::of_output(&error))
    }

    /// That it was done, on stdout: what nobody needs to hear who wants quiet.
    pub(crate) fn done(self, text: impl Display) -> Result {
        if self.quiet { Ok(()) } else { self.line(visible(&text.to_string())) }
    }

    /// The result as one JSON document.
    pub(crate) fn document(self, document: &impl Serialize) -> Result {
        // There may be a token in it that was just issued.
        let text = serde_json::to_string_pretty(document).map(Zeroizing::new);
        self.line(&*text.map_err(|error| Failure::failed(error.to_string()))?)
    }

    /// What a person wants to know and a program does not.
    pub(crate) fn note(self, text: impl Display) {
        if !self.quiet {
            text::say("", &text);
        }
    }
}
