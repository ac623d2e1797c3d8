//! Asking before something that cannot be undone.

use std::io::{self, IsTerminal, Write};

use crate::failure::{Failure, Result};
use crate::text::visible;

/// Asks whether to go on with what `does` something: "revokes 3 tokens".
///
/// # Errors
/// When the answer is not yes, or there is no terminal to ask on.
pub(crate) fn confirm(does: &str) -> Result {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(Failure::usage(format!("this {does}, and there is no terminal to ask on: add --yes to go on")));
    }
    let mut answer = String::new();
    let asked = write!(io::stderr(), "This {}. Go on? [y/N] ", visible(does));
    let asked = asked.and_then(|()| io::stdin().read_line(&mut answer));
    match (asked, answer.trim()) {
        (Ok(_), "y" | "Y" | "yes" | "Yes") => Ok(()),
        _ => Err(Failure::failed("nothing was changed")),
    }
}
