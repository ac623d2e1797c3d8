//! The `countersign` command as a library: what its binary runs, and what its tests and packagers ask.
//!
//! One file for each command, in `token/` and `secret/`; beside them what several commands share: reading times,
//! formats and secrets from the command line, opening stores, and writing tables and JSON.
//!
//! ```
//! # use std::process::ExitCode;
//! let code = countersign_cli::run(["countersign", "token", "check", "acme_mistyped"]);
//! assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::FAILURE));
//! ```

#![cfg_attr(
    not(any(feature = "postgres", feature = "redis", feature = "sqlite")),
    allow(dead_code, unused_imports, unused_variables, reason = "without a store there is nothing but `token check`")
)]

mod cli;
mod completions;
mod confirm;
mod context;
mod explain;
mod failure;
mod formats;
mod input;
mod migrate;
mod output;
mod run;
mod secret;
mod sign;
mod store;
mod table;
mod text;
mod time;
mod token;
mod vectors;

pub use run::{command, run};
