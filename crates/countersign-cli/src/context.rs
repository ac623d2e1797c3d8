//! What a command works with.

use std::error::Error;
use std::time::{Duration, SystemTime};

use countersign_core::{Clock, StoreError, SystemClock};

use crate::cli::Globals;
use crate::failure::{Failure, Result, chain};
use crate::output::Output;
use crate::store::{Address, Store, StoreOptions};
use crate::time;

/// The options that every command has, and the time.
pub(crate) struct Context {
    pub(crate) out: Output,
    globals: Globals,
    clock: SystemClock,
}

impl Context {
    pub(crate) fn new(globals: Globals) -> Self {
        let out = Output { json: globals.json, quiet: globals.quiet };
        Self { out, globals, clock: SystemClock::new() }
    }

    /// The time, in whole microseconds: what is shown is what is kept.
    pub(crate) fn now(&self) -> SystemTime {
        time::storable(self.clock.now())
    }

    /// The store that was named.
    ///
    /// # Errors
    /// When none was, or its name cannot be understood.
    pub(crate) fn address(&self) -> Result<Address> {
        let named = self.globals.store.as_deref().filter(|named| !named.is_empty()).ok_or_else(|| {
            Failure::usage("no store is named: give --store sqlite:FILE, or set COUNTERSIGN_STORE in the environment")
        })?;
        let options = StoreOptions {
            prefix: self.globals.store_prefix.clone().filter(|prefix| !prefix.is_empty()),
            timeout: self.timeout()?,
            insecure_redis: self.globals.insecure_redis.clone().unwrap_or_default().0,
        };
        Address::parse(named, options)
    }

    /// How long to wait for an answer of the store.
    pub(crate) fn timeout(&self) -> Result<Duration> {
        self.globals.timeout.from(self.now())
    }

    /// Opens the store, does the work, and closes the store, whatever came of it.
    pub(crate) async fn with_store(&self, work: impl AsyncFnOnce(&Session) -> Result) -> Result {
        let (address, timeout) = (self.address()?, self.timeout()?);
        let opened = tokio::time::timeout(timeout, address.open()).await;
        let store = opened.map_err(|_| Failure::failed(format!("{address} did not answer in time")))??;
        let session = Session { store, address, timeout };
        let done = work(&session).await;
        // A store that does not close in time has nothing left to lose: what it acknowledged is durable.
        let _ = tokio::time::timeout(timeout, session.store.close()).await;
        done
    }
}

/// An open store.
pub(crate) struct Session {
    store: Box<dyn Store>,
    address: Address,
    timeout: Duration,
}

impl Session {
    pub(crate) fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// Waits for an answer of the store, but not for ever.
    ///
    /// # Errors
    /// When it cannot answer, and when it does not in time: what it was asked to do may be done then or not.
    pub(crate) async fn ask<T>(&self, answer: impl Future<Output = std::result::Result<T, StoreError>>) -> Result<T> {
        match tokio::time::timeout(self.timeout, answer).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(Failure::failed(self.address.without_password(&cause(&error)))),
            Err(_) => Err(Failure::failed(format!(
                "{} did not answer in time; look whether it was done before you try again",
                self.address
            ))),
        }
    }
}

/// What is behind a store's error; the error itself says only that there is one.
fn cause(error: &StoreError) -> String {
    let cause = error.source().map_or_else(|| error.to_string(), chain);
    format!("the store could not do it: {cause}")
}
