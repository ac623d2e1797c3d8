//! `countersign token check`.

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::formats::{FormatOptions, Recognised, is_nearly_well_formed, recognise};
use crate::input;
use crate::output::Output;

/// Say whether a string is a well-formed token, and of which format
///
/// Looks at its shape and, where the format has one, its checksum; no store is asked, so whether such a token was ever issued
/// remains open. The token is read from stdin, or from a prompt that does not show it. As an argument every user of
/// the machine can read it while the command runs.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Check {
    /// The token, or - for stdin
    #[arg(value_name = "TOKEN", allow_hyphen_values = true)]
    // Several are taken and refused here: the parser would repeat the one that is too many.
    tokens: Vec<String>,

    #[command(flatten)]
    format: FormatOptions,
}

impl Check {
    pub(super) fn run(self, context: &Context) -> Result {
        let text = self.text()?;
        let formats = match self.format.named() {
            None => recognise(&text),
            Some(format) if format.matches(&text) => {
                recognise(&text).into_iter().filter(|seen| seen.format == format.id()).collect()
            }
            Some(_) => Vec::new(),
        };
        answer(context.out, &formats, &text, self.format.named().is_some())
    }

    fn text(&self) -> Result<Zeroizing<String>> {
        let bytes = match &*self.tokens {
            [] => input::typed_or_piped("Token: ")?,
            [dash] if dash == "-" => input::typed_or_piped("Token: ")?,
            [token] => return Ok(Zeroizing::new(token.clone())),
            _ => return Err(Failure::usage("one token at a time")),
        };
        let text = std::str::from_utf8(input::without_line_end(&bytes));
        text.map(|text| Zeroizing::new(text.to_owned()))
            .map_err(|_| Failure::failed("not well formed: it is not UTF-8"))
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    well_formed: bool,
    formats: Vec<FormatView<'a>>,
}

#[derive(Serialize)]
struct FormatView<'a> {
    format: &'a str,
    prefix: Option<&'a str>,
}

impl<'a> FormatView<'a> {
    fn of(seen: &'a Recognised) -> Self {
        Self { format: seen.format, prefix: seen.prefix.as_deref() }
    }
}

fn answer(out: Output, formats: &[Recognised], text: &str, named: bool) -> Result {
    if out.json {
        out.document(&Answer {
            well_formed: !formats.is_empty(),
            formats: formats.iter().map(FormatView::of).collect(),
        })?;
        return if formats.is_empty() { Err(Failure::Told) } else { Ok(()) };
    }
    if formats.is_empty() {
        return Err(Failure::failed(format!("not well formed: {}", why(text, named))));
    }
    out.done(format!("well formed: {}", formats.iter().map(describe).collect::<Vec<_>>().join(", or ")))
}

fn describe(seen: &Recognised) -> String {
    match &seen.prefix {
        Some(prefix) => format!("{} with the prefix {prefix}; the checksum holds", seen.format),
        None => format!("{} (no checksum)", seen.format),
    }
}

/// What a person can do about it, without a character of the text.
fn why(text: &str, named: bool) -> &'static str {
    if text.is_empty() {
        "it is empty"
    } else if text.contains(char::is_whitespace) {
        "there are blanks or line ends in it"
    } else if named && !recognise(text).is_empty() {
        "it is of another format, or has another prefix"
    } else if is_nearly_well_formed(text) {
        "it has the shape of a token, and its checksum is wrong: it was mistyped, or made up"
    } else {
        "it has the shape of no known format: is all of it there?"
    }
}

const AFTER_HELP: &str = "\
Examples:
  countersign token issue --subject ada | countersign token check
  printenv TOKEN | countersign token check --prefix acme
  printenv TOKEN | countersign token check --json

Exit status: 0 when it is well formed, 1 when it is not.";
