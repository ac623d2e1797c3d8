//! What only a Redis of one's own can show: one that is killed, stopped, emptied, full, or set up badly.
//!
//! The tests start `redis-server` (`COUNTERSIGN_REDIS_SERVER` names another program, Valkey's say) on a free port in a
//! temporary folder, and are shown as ignored where there is none.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod durability;
mod faults;
mod invalidations;
mod nonces;
mod opening;
mod redis_server;
mod tokens;

use std::future::Future;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let (server, compiler) = (redis_server::is_there(), runs("cc"));
    if !server {
        eprintln!("tests are ignored: there is no redis-server");
    }
    let tests = [
        opening::tests(),
        nonces::tests(),
        durability::tests(),
        invalidations::tests(),
        faults::tests(),
        tokens::tests(),
    ];
    let trials = tests.into_iter().flatten().map(|(name, run)| {
        // A slow disk is a library that is made for the purpose.
        let absent = !server || (!compiler && name.contains("slow"));
        // Somebody may ask for ignored tests to be run.
        let run = move || if absent { Err("what it needs is not there".into()) } else { run().map_err(Failed::from) };
        Trial::test(name, run).with_ignored_flag(absent)
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// A test by its name.
type Test = (String, fn() -> Result<(), String>);

/// Names `async fn`s of a module as tests of it.
macro_rules! tests {
    ($($name:ident)*) => {
        /// Every test in this module.
        pub(crate) fn tests() -> Vec<$crate::Test> {
            let module = module_path!().rsplit("::").next().unwrap();
            vec![$((format!("{module}::{}", stringify!($name)), || $crate::run($name()))),*]
        }
    };
}
use tests;

fn runs(program: &str) -> bool {
    let mut command = std::process::Command::new(program);
    command.arg("--version").stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn run(test: impl Future<Output = ()> + 'static) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    let bounded = async { tokio::time::timeout(std::time::Duration::from_secs(120), test).await };
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtime.block_on(bounded)));
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err("not done after two minutes: something hangs".to_owned()),
        Err(panic) => {
            let text =
                panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
            Err(text.unwrap_or("panicked").to_owned())
        }
    }
}
