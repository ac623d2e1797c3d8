//! A test program for stores that need a server.
//!
//! Whether the server is there is known only when the tests run. This program shows every case by its name, runs them when
//! the server is there, and shows them as *ignored* when it is not: what was not tried is never shown as passed. It takes the
//! arguments of `cargo test`, and works under cargo-nextest.
//!
//! `tests/server.rs`, with `[[test]] name = "server"` and `harness = false` in `Cargo.toml`:
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use countersign_conformance::server::ServerSuite;
//! # use countersign_conformance::Harness;
//! # use countersign_core::MemoryStore;
//! # struct Mine { url: String }
//! # impl Harness for Mine {
//! #     type Store = MemoryStore;
//! #     type Guard = ();
//! #     async fn open(&self) -> (MemoryStore, ()) { (MemoryStore::new(), ()) }
//! # }
//! use countersign_conformance::nonces;
//!
//! fn main() -> ExitCode {
//!     let harness = std::env::var("MINE_URL").ok().map(|url| Mine { url });
//!     ServerSuite::new("MINE_URL is not set", harness).with_cases("nonces", nonces::cases()).run()
//! }
//! ```

use std::fmt;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Conclusion, Failed, Trial};

use crate::{Case, Harness};

/// The cases of a store that needs a server, as a test program; see the [module's docs](self).
#[must_use = "nothing runs before `run` is called"]
pub struct ServerSuite<H> {
    absent: &'static str,
    harness: Option<Arc<H>>,
    trials: Vec<Trial>,
}

impl<H: Harness + 'static> ServerSuite<H> {
    /// A program without cases. `harness` is `None` when there is no server, and `absent` says why.
    ///
    /// A server that should be there and does not answer is not absent: pass the harness, and the cases fail.
    pub fn new(absent: &'static str, harness: Option<H>) -> Self {
        Self { absent, harness: harness.map(Arc::new), trials: Vec::new() }
    }

    /// Adds the cases of a suite. They are shown as `suite::case`.
    pub fn with_cases(mut self, suite: &str, cases: Vec<Case<H>>) -> Self {
        self.trials.extend(cases.into_iter().map(|case| {
            let (harness, absent) = (self.harness.clone(), self.absent);
            let ignored = harness.is_none();
            let check = move || match harness {
                Some(harness) => case.check(&harness).map_err(Failed::from),
                // Somebody asked for ignored cases to be run.
                None => Err(Failed::from(absent)),
            };
            Trial::test(format!("{suite}::{}", case.name()), check).with_ignored_flag(ignored)
        }));
        self
    }

    /// Adds the cases of another harness to the same program: of the same store behind a pointer, say.
    pub fn and<G>(mut self, other: ServerSuite<G>) -> Self {
        self.trials.extend(other.trials);
        self
    }

    /// Does what the command line says: lists or runs the cases.
    #[must_use]
    pub fn run(self) -> ExitCode {
        if self.harness.is_none() {
            eprintln!("cases are ignored: {}", self.absent);
        }
        self.conclude(&Arguments::from_args()).exit_code()
    }

    fn conclude(self, arguments: &Arguments) -> Conclusion {
        libtest_mimic::run(arguments, self.trials)
    }
}

impl<H> fmt::Debug for ServerSuite<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let present = self.harness.is_some();
        f.debug_struct("ServerSuite").field("present", &present).field("cases", &self.trials.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::MemoryStore;

    struct Memory;

    impl Harness for Memory {
        type Store = MemoryStore;
        type Guard = ();

        async fn open(&self) -> (MemoryStore, ()) {
            (MemoryStore::new(), ())
        }
    }

    struct Gone;

    impl Harness for Gone {
        type Store = MemoryStore;
        type Guard = ();

        async fn open(&self) -> (MemoryStore, ()) {
            panic!("connection refused")
        }
    }

    fn conclude<H: Harness<Store = MemoryStore> + 'static>(harness: Option<H>, arguments: &[&str]) -> Conclusion {
        let suite = ServerSuite::new("no server", harness).with_cases("nonces", crate::nonces::cases());
        // Its report goes nowhere: among those of the tests around it, a planted failure would read like a real one.
        let quietly = ["program", "--quiet", "--logfile", NOWHERE];
        suite.conclude(&Arguments::from_iter(quietly.iter().chain(arguments)))
    }

    const NOWHERE: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

    #[test]
    fn without_a_server_every_case_is_ignored_and_none_passes() {
        let conclusion = conclude::<Memory>(None, &[]);
        let count = crate::nonces::cases::<Memory>().len() as u64;
        assert_eq!((conclusion.num_ignored, conclusion.num_passed, conclusion.num_failed), (count, 0, 0));
    }

    #[test]
    fn without_a_server_a_case_that_is_run_nevertheless_fails() {
        let conclusion = conclude::<Memory>(None, &["--include-ignored"]);
        assert_eq!((conclusion.num_ignored, conclusion.num_passed), (0, 0));
        assert!(conclusion.has_failed());
    }

    #[test]
    fn with_a_server_every_case_is_run() {
        let conclusion = conclude(Some(Memory), &[]);
        let count = crate::nonces::cases::<Memory>().len() as u64;
        assert_eq!((conclusion.num_ignored, conclusion.num_passed, conclusion.num_failed), (0, count, 0));
    }

    #[test]
    fn a_server_that_should_be_there_and_is_not_fails() {
        let conclusion = conclude(Some(Gone), &[]);
        assert_eq!((conclusion.num_ignored, conclusion.num_passed), (0, 0));
        assert!(conclusion.has_failed());
    }
}
