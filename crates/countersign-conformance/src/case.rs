//! A case by its name, and the runtime on which cases run.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::time::Duration;

/// One case: its name is the rule that it holds a store to.
///
/// For runners other than the macros; each case is a plain `async fn` too.
pub struct Case<H> {
    name: &'static str,
    run: Run<H>,
}

type Run<H> = for<'h> fn(&'h H) -> Pin<Box<dyn Future<Output = ()> + Send + 'h>>;

impl<H> Case<H> {
    pub(crate) const fn new(name: &'static str, run: Run<H>) -> Self {
        Self { name, run }
    }

    /// The rule.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Runs the case on a runtime of its own.
    ///
    /// # Errors
    /// When the store, or the harness, is not up to it.
    ///
    /// # Panics
    /// When no runtime can be started.
    pub fn check(&self, harness: &H) -> Result<(), CaseFailed> {
        catch_unwind(AssertUnwindSafe(|| run((self.run)(harness)))).map_err(|panic| CaseFailed(text_of(&*panic)))
    }
}

impl<H> Clone for Case<H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H> Copy for Case<H> {}

impl<H> fmt::Debug for Case<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Case").field(&self.name).finish()
    }
}

/// Why a case failed, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFailed(String);

impl fmt::Display for CaseFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for CaseFailed {}

/// Runs one case to its end, on a new runtime with four threads.
///
/// # Panics
/// When the case fails, when it is not done after a minute, and when no runtime can be started.
pub fn run(case: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
    // Not a measurement: without it a store that waits for itself would stop the whole test run.
    let bounded = async { tokio::time::timeout(PATIENCE, case).await };
    let done = runtime.expect("the system has threads to spare").block_on(bounded);
    assert!(done.is_ok(), "the case was not done after {} s: the store hangs", PATIENCE.as_secs());
}

const PATIENCE: Duration = Duration::from_secs(60);

fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("the case panicked").to_owned()
}
