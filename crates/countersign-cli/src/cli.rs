//! The command line.

use clap::{Args, Parser, Subcommand};

use crate::completions::Completions;
use crate::explain::Explain;
use crate::migrate::Migrate;
use crate::secret::SecretCommand;
use crate::sign::Sign;
use crate::store::InsecureWays;
use crate::time::Period;
use crate::token::TokenCommand;
use crate::vectors::Vectors;

/// Issues, lists, revokes and rotates the API tokens and shared secrets that countersign's layers let in; signs requests.
///
/// A token is shown once, when it is issued; stores keep its SHA-256. Shared secrets are kept as they are, since signatures are
/// computed with them, and are shown once all the same.
#[derive(Parser)]
#[command(name = "countersign", version, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// Where tokens and secrets are kept: sqlite:FILE, postgres://HOST/DATABASE or redis://HOST
    ///
    /// A password in it can be read by every user of the machine while the command runs; in the environment it cannot.
    #[arg(long, global = true, env = "COUNTERSIGN_STORE", hide_env_values = true, value_name = "STORE")]
    pub(crate) store: Option<String>,

    /// What the names of the store's tables (PostgreSQL) or keys (Redis) begin with
    #[arg(
        long,
        global = true,
        env = "COUNTERSIGN_STORE_PREFIX",
        visible_aliases = ["table-prefix", "key-prefix"],
        value_name = "PREFIX"
    )]
    pub(crate) store_prefix: Option<String>,

    /// Put up with a Redis that may lose what it acknowledged, in these ways: evicting, hidden, volatile
    ///
    /// evicting: it throws keys away when its memory is full, revocations among them. volatile: it writes no append-only file,
    /// so that a crash takes revocations back. hidden: it does not say which, since INFO is not allowed.
    #[arg(long, global = true, env = "COUNTERSIGN_INSECURE_REDIS", value_name = "WAYS", hide_short_help = true)]
    pub(crate) insecure_redis: Option<InsecureWays>,

    /// How long to wait for an answer of the store
    #[arg(long, global = true, default_value = "60s", value_name = "PERIOD")]
    pub(crate) timeout: Period,

    /// Print one JSON document instead of text; times are RFC 3339 in UTC
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Say nothing but what was asked for, and errors; lists print one id a line
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one, for the time of the program")]
pub(crate) enum Command {
    #[command(subcommand)]
    Token(TokenCommand),
    #[command(subcommand)]
    Secret(SecretCommand),
    Migrate(Migrate),
    Sign(Sign),
    Explain(Explain),
    Vectors(Vectors),
    Completions(Completions),
}

const AFTER_HELP: &str = "\
Examples:
  countersign migrate --store sqlite:auth.sqlite
  export COUNTERSIGN_STORE=sqlite:auth.sqlite
  TOKEN=$(countersign token issue --subject ada --expires-in 90d)
  countersign token list --subject ada

Exit status: 0 when everything was done, 1 when something was not (a line on stderr says what, and what to do), 2 when the \
command line was wrong.";
