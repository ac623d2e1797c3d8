//! `countersign migrate`.

use clap::Args;
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::store::{Migrated, Migration};

/// Make a store, or bring one that is there up to date
///
/// Nothing is ever made over a store that is damaged, or another program's: that is refused, and the refusal says what to do.
/// But where there is none, an empty one is made, without the revocations of one that should have been there. So at every
/// deployment after the first use --no-create. A Redis is also asked whether its settings lose anything.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Migrate {
    /// Refuse if there is no store, instead of making one
    #[arg(long)]
    no_create: bool,

    /// Make or check a Redis that is to keep nothing but nonces: it need not write an append-only file
    #[arg(long)]
    nonces_only: bool,

    /// Let a Redis accept nonces from now on, although it may have lost spent ones
    ///
    /// On your word that it lost none, or that no signature of the time before is fresh any more: otherwise what was accepted
    /// once is accepted again. Without this, it accepts none until such signatures are stale.
    #[arg(long)]
    insecure_end_nonce_guard: bool,
}

#[derive(Serialize)]
struct View {
    store: String,
    outcome: &'static str,
    from_version: Option<u32>,
    to_version: Option<u32>,
}

impl Migrate {
    pub(crate) async fn run(self, context: &Context) -> Result {
        let (address, timeout) = (context.address()?, context.timeout()?);
        let how = Migration {
            create: !self.no_create,
            nonces_only: self.nonces_only,
            end_nonce_guard: self.insecure_end_nonce_guard,
        };
        let migrated = tokio::time::timeout(timeout, address.migrate(how)).await;
        let migrated = migrated.map_err(|_| {
            Failure::failed(format!("{address} did not answer in time; run this again, with a longer --timeout"))
        })??;
        let (outcome, versions) = match migrated {
            Migrated::Created => ("created", None),
            Migrated::Upgraded { from, to } => ("upgraded", Some((from, to))),
            Migrated::UpToDate => ("up-to-date", None),
        };
        if context.out.json {
            let (from_version, to_version) = versions.unzip();
            return context.out.document(&View { store: address.to_string(), outcome, from_version, to_version });
        }
        context.out.done(match migrated {
            Migrated::Created => format!("{address} was made"),
            Migrated::Upgraded { from, to } => format!("{address} was brought from version {from} to {to}"),
            Migrated::UpToDate => format!("{address} is up to date"),
        })
    }
}

const AFTER_HELP: &str = "\
Examples:
  countersign migrate --store sqlite:new.sqlite
  countersign migrate --no-create
  countersign migrate --json";
