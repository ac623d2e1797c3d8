//! The command itself.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::SystemTime;

use clap::Args;
use countersign_core::{PresentedToken, Scope, TokenDigest, TokenInfo, new_token_id};
use csv::StringRecord;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::Offset;

use super::source::{Columns, Row, Source, Terms};
use super::summary::Summary;
use super::times;
use crate::context::{Context, Session};
use crate::failure::{Failure, Result};
use crate::formats::recognise;
use crate::text;
use crate::token::issue::{scope, union};

/// Take over the tokens of Djblets or Kallithea
///
/// Reads a table that was exported as CSV, with the names of its columns in the first line. The tokens go on working: of each
/// only the SHA-256 is stored, with its subject, note, times, and whether and why it was revoked. Rows that are there already
/// are passed over, so that an import which stopped half-way can be run again.
///
/// Neither Djblets' policies nor users can be carried over. A token with a policy is left out unless --scope or
/// --insecure-drop-policies says what becomes of it; keys of Kallithea's inactive users are left out where the table says so.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Import {
    /// The exported table, or - for stdin
    file: PathBuf,

    /// Whose table it is
    #[arg(long, value_enum, value_name = "PROGRAM")]
    from: Source,

    /// The column from which the subject is taken
    #[arg(long, value_name = "COLUMN", default_value = "user_id")]
    subject_column: String,

    /// What the imported tokens may be used for; several scopes are separated by blanks, or the option is repeated
    #[arg(long, value_name = "SCOPE", value_parser = scope)]
    scope: Vec<Scope>,

    /// Import tokens with a policy too, good for all that tokens without a scope are good for
    #[arg(long)]
    insecure_drop_policies: bool,

    /// The offset from UTC of times that do not say theirs
    #[arg(long, value_name = "OFFSET", default_value = "+00:00", value_parser = times::offset, allow_hyphen_values = true)]
    utc_offset: Offset,

    /// Say what would be done, and store nothing
    #[arg(long)]
    dry_run: bool,
}

impl Import {
    pub(in crate::token) async fn run(self, context: &Context) -> Result {
        let (source, size) = self.open()?;
        let scope = union(&self.scope);
        let terms = Terms {
            subject_column: self.subject_column,
            offset: self.utc_offset,
            without_policy: self.insecure_drop_policies || !scope.is_empty(),
        };
        let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(source);
        let names = rows.headers().map_err(|error| unreadable(&error))?.clone();
        let columns = Columns::new(self.from, &names, &terms)?;
        let bar = bar(size, context.out.quiet);
        context
            .with_store(async |session| {
                let mut import = Run {
                    session,
                    scope,
                    now: context.now(),
                    seen: HashSet::new(),
                    summary: Summary::new(self.dry_run),
                };
                let mut record = StringRecord::new();
                let ended = loop {
                    bar.set_position(rows.position().byte());
                    let row = match rows.read_record(&mut record) {
                        Ok(false) => break Ok(()),
                        Ok(true) => columns.read(&record, &terms),
                        Err(error) if error.is_io_error() => break Err(unreadable(&error)),
                        Err(_) => Err("it is not UTF-8".to_owned()),
                    };
                    // Behind an error the record's own place is that of the row before.
                    let line = record.position().unwrap_or_else(|| rows.position()).line();
                    match row {
                        Err(why) => import.summary.bad(line, why),
                        Ok(Row::LeftOut(reason)) => import.summary.leave_out(reason),
                        Ok(Row::Token { token, info, had_policy }) => {
                            if let Err(failure) = import.take(&token, info, had_policy).await {
                                break Err(failure);
                            }
                        }
                    }
                };
                bar.finish_and_clear();
                let reported = import.summary.report(context);
                if ended.is_err() {
                    text::error("the import stopped half-way; run it again, and it goes on");
                }
                ended.and(reported)
            })
            .await
    }

    /// The file, and how many bytes it has.
    fn open(&self) -> Result<(Box<dyn Read>, Option<u64>)> {
        if self.file.as_os_str() == "-" {
            return Ok((Box::new(io::stdin()), None));
        }
        let file = File::open(&self.file);
        let file = file.map_err(|error| Failure::failed(format!("{}: {error}", self.file.display())))?;
        let size = file.metadata().ok().map(|data| data.len());
        Ok((Box::new(file), size))
    }
}

struct Run<'s> {
    session: &'s Session,
    scope: Scope,
    now: SystemTime,
    /// What a dry run has seen, since it stores nothing.
    seen: HashSet<TokenDigest>,
    summary: Summary,
}

impl Run<'_> {
    async fn take(&mut self, token: &PresentedToken, info: TokenInfo, had_policy: bool) -> Result {
        let store = self.session.store();
        let known = self.session.ask(store.token(token)).await?.is_some();
        if known || (self.summary.dry_run && !self.seen.insert(*token.digest())) {
            self.summary.already_there += 1;
            return Ok(());
        }
        if !self.summary.dry_run {
            let id = new_token_id(info.created_at().unwrap_or(self.now));
            let info = info.with_scope(self.scope.clone()).with_id(id);
            self.session.ask(store.add_token(token.digest(), &info)).await?;
        }
        self.summary.imported += 1;
        self.summary.policies_dropped += u64::from(had_policy);
        self.summary.unknown_format += u64::from(recognise(token.expose_secret()).is_empty());
        Ok(())
    }
}

/// How far it is, on a terminal.
fn bar(size: Option<u64>, quiet: bool) -> ProgressBar {
    let bar = match size {
        _ if quiet => return ProgressBar::hidden(),
        Some(size) => ProgressBar::new(size),
        None => ProgressBar::new_spinner(),
    };
    let style = if size.is_some() { "{bar:40} {percent:>3} %  {eta} left" } else { "{spinner} {bytes} read" };
    bar.with_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn unreadable(error: &csv::Error) -> Failure {
    let why = match error.kind() {
        csv::ErrorKind::Io(error) => error.to_string(),
        // Whatever else it says may quote the file.
        _ => "it is no CSV in UTF-8".to_owned(),
    };
    Failure::failed(format!("the table could not be read: {why}"))
}

const AFTER_HELP: &str = "\
Examples:
  countersign token import --from djblets --dry-run tokens.csv
  countersign token import --from djblets --scope reviews:read tokens.csv
  countersign token import --from kallithea --utc-offset +02:00 keys.csv
  countersign token import --from kallithea - < users.csv

In PostgreSQL's psql, \\copy webapi_webapitoken TO 'tokens.csv' CSV HEADER exports a table; in sqlite3, .headers on and \
.mode csv do. The file has tokens in it that work: remove it when you are done.";
