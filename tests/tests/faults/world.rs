//! What the trials have in common.

use std::collections::BTreeSet;
use std::future::Future;
use std::path::PathBuf;

use countersign_tests::guards::Checked;
use countersign_tests::servers::{PostgresTemplate, Programs};
use libtest_mimic::{Failed, Trial};

/// The programs, and what is made once for all trials. Clones share it.
#[derive(Clone)]
pub(crate) struct World {
    pub programs: Programs,
    pub postgres: PostgresTemplate,
}

/// What a trial needs.
#[derive(Clone, Copy)]
pub(crate) enum Needs {
    Nothing,
    /// To start programs of the tests' own.
    Processes,
    Postgres,
    Redis,
    /// To start programs on a disk that can be full.
    Disk,
    /// The same, PostgreSQL among them.
    DiskAndPostgres,
    /// The same, Redis among them.
    DiskAndRedis,
}

impl World {
    pub(crate) fn new() -> Self {
        let programs = Programs::find();
        let missing = [programs.postgres_is_missing(), programs.redis_is_missing(), programs.disk_is_missing()];
        for reason in missing.into_iter().flatten().collect::<BTreeSet<_>>() {
            eprintln!("some trials are ignored: {reason}");
        }
        Self { postgres: PostgresTemplate::new(&programs), programs }
    }

    /// A trial; ignored where what it needs is not there.
    pub(crate) fn trial<F>(&self, name: &str, needs: Needs, check: impl FnOnce(Self) -> F + Send + 'static) -> Trial
    where
        F: Future<Output = Checked>,
    {
        let programs = &self.programs;
        let missing = match needs {
            Needs::Nothing => None,
            Needs::Processes => programs.are_missing(),
            Needs::Postgres => programs.postgres_is_missing(),
            Needs::Redis => programs.redis_is_missing(),
            Needs::Disk => programs.disk_is_missing(),
            Needs::DiskAndPostgres => programs.disk_is_missing().or_else(|| programs.postgres_is_missing()),
            Needs::DiskAndRedis => programs.disk_is_missing().or_else(|| programs.redis_is_missing()),
        };
        let (world, ignored) = (self.clone(), missing.is_some());
        let run = move || match missing {
            None => in_runtime(check(world)).map_err(Failed::from),
            // Somebody asked for ignored trials to be run.
            Some(reason) => Err(Failed::from(reason)),
        };
        Trial::test(name, run).with_ignored_flag(ignored)
    }

    pub(crate) fn instance() -> PathBuf {
        env!("CARGO_BIN_EXE_instance").into()
    }

    pub(crate) fn victim() -> PathBuf {
        env!("CARGO_BIN_EXE_victim").into()
    }
}

/// On a runtime of its own. What `check` itself does is done on this thread, which outlives the processes it starts.
fn in_runtime(check: impl Future<Output = Checked>) -> Checked {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime can be made").block_on(check)
}

/// A check that has to fail, since something is wrong.
pub(crate) fn noticed(what: &str, checked: &Checked) -> Checked {
    if checked.is_err() { Ok(()) } else { Err(format!("{what} is not noticed")) }
}
