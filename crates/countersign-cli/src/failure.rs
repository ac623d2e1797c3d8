//! Why a command ends without success.

use std::error::Error;
use std::io;
use std::process::ExitCode;

use crate::text;

/// Why a command ends without success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Whoever read our output has heard enough.
    BrokenPipe,
    /// Something could not be done: what, and what to do.
    Failed(String),
    /// Something could not be done, and that was said already.
    Told,
    /// The command line cannot be meant so: what to write instead.
    Usage(String),
}

pub(crate) type Result<T = ()> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Self::Failed(text.into())
    }

    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    /// What it says.
    pub(crate) fn text(self) -> String {
        match self {
            Self::BrokenPipe | Self::Told => String::new(),
            Self::Failed(text) | Self::Usage(text) => text,
        }
    }

    /// What stdout said when it was written to.
    pub(crate) fn of_output(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::Failed(format!("the output could not be written: {error}")),
        }
    }

    /// Says on stderr, in one line, what is wrong; the exit status that goes with it.
    pub(crate) fn report(self) -> ExitCode {
        let (text, code) = match self {
            Self::BrokenPipe => return ExitCode::SUCCESS,
            Self::Told => return ExitCode::FAILURE,
            Self::Failed(text) => (text, ExitCode::FAILURE),
            Self::Usage(text) => (text, ExitCode::from(2)),
        };
        text::error(&text);
        code
    }
}

/// An error with all that is behind it; what an error has already quoted is not said twice.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let errors = std::iter::successors(Some(error), |&error| error.source());
    let mut texts: Vec<String> = errors.map(ToString::to_string).collect();
    texts.dedup_by(|behind, before| before.ends_with(&**behind));
    texts.join(": ")
}
