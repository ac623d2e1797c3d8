//! `countersign vectors`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::file;
use super::judge::{Judged, judge};
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::table::{self, Column, Value};
use crate::text;

/// Hold this build against files of requests whose outcome is known
///
/// Each file is JSON with the name of a scheme and a list of vectors: a secret, a request, the time, and what is expected.
/// Each is verified twice: by the policy of the format's reference implementation, which is what is expected of it, and by
/// the policy that layers have by default, which may be stricter. What is valid is also signed again at the time it was
/// signed at. The file's secrets are used and not printed.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Vectors {
    /// The files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

impl Vectors {
    pub(crate) async fn run(self, context: &Context) -> Result {
        let (mut rows, mut failed) = (Vec::new(), false);
        for path in &self.files {
            let name = path.display().to_string();
            let vectors = match file::read(path) {
                Ok(vectors) => vectors,
                Err(why) => {
                    text::error(format!("{name}: {why}"));
                    failed = true;
                    continue;
                }
            };
            for (id, vector) in vectors {
                let vector = match vector {
                    Ok(vector) => vector,
                    Err(why) => {
                        text::error(format!("{name}: vector {id}: {why}"));
                        failed = true;
                        continue;
                    }
                };
                let row = Row::of(&name, vector.id.clone(), vector.expect.clone(), judge(&vector).await);
                failed |= !row.is_met();
                if context.out.json {
                    context
                        .out
                        .line(serde_json::to_string(&row).map_err(|error| Failure::failed(error.to_string()))?)?;
                }
                rows.push(row);
            }
        }
        if !context.out.json {
            print(context.out, &rows)?;
        }
        let unmet = rows.iter().filter(|row| !row.is_met()).count();
        context.out.note(format!("{} vectors, {unmet} of them not as expected", rows.len()));
        if failed { Err(Failure::Told) } else { Ok(()) }
    }
}

#[derive(Serialize)]
struct Row {
    file: String,
    id: String,
    expect: String,
    verdict: &'static str,
    reason: Option<String>,
    default_policy: &'static str,
    sign: String,
}

impl Row {
    fn of(file: &str, id: String, expect: String, judged: Judged) -> Self {
        let word = |error: &Option<String>| if error.is_none() { VALID } else { "invalid" };
        let (verdict, default_policy) = (word(&judged.by_reference), word(&judged.by_default));
        let reason = judged.by_reference.or_else(|| judged.by_default.map(|reason| format!("by default: {reason}")));
        Self { file: file.to_owned(), id, expect, verdict, reason, default_policy, sign: judged.sign }
    }

    /// Whether it came out as expected, where something is.
    fn is_met(&self) -> bool {
        match &*self.expect {
            "valid" => self.verdict == VALID,
            expect if expect == "invalid" || expect.starts_with("invalid:") => self.verdict != VALID,
            _ => true,
        }
    }

    fn cells(&self) -> Vec<Value> {
        let verdict = if self.is_met() { Value::good(self.verdict) } else { Value::bad(self.verdict) };
        let default = if self.verdict == self.default_policy { Value::from } else { Value::doubtful };
        vec![
            Value::from(&*self.file),
            Value::from(&*self.id),
            Value::from(&*self.expect),
            verdict,
            default(self.default_policy),
            Value::from(&*self.sign),
            Value::from(self.reason.as_deref().unwrap_or_default()),
        ]
    }
}

fn print(out: Output, rows: &[Row]) -> Result {
    if out.quiet {
        return rows.iter().filter(|row| !row.is_met()).try_for_each(|row| out.line(text::visible(&row.id)));
    }
    if rows.is_empty() {
        return Ok(());
    }
    let columns = [
        Column::text("FILE", 3),
        Column::whole("ID", 0),
        Column::text("EXPECTED", 0),
        Column::whole("VERDICT", 0),
        Column::whole("DEFAULT", 1),
        Column::text("SIGN", 2),
        Column::text("REASON", 1),
    ];
    table::print(out, &columns, rows.iter().map(Row::cells))
}

const VALID: &str = "valid";

const AFTER_HELP: &str = "\
Examples:
  countersign vectors github.json
  countersign vectors --json github.json | grep '\"verdict\":\"valid\"'

A vector is expected to be `valid`, or `invalid` for a reason that is for the reader; of any other expectation, such as
`policy:…`, the verdict is printed and not judged. Signing again comes to `same` (byte for byte), `different`, `not
deterministic` (the format has a nonce), or why it was not done.

Exit status: 0 when every verdict is as expected, 1 when one is not, or a file could not be read. With --quiet, the ids of
those that are not.";
