//! The locks of everything here that is shared between threads.
//!
//! In this crate's own unit tests they are loom's, which try out every order in which a few threads may take them
//! (`memory/interleaved.rs`), and work inside `loom::model` only.

pub(crate) use std::sync::PoisonError;
#[cfg(not(test))]
pub(crate) use std::sync::{Mutex, MutexGuard, RwLock, RwLockWriteGuard};

#[cfg(test)]
pub(crate) use loom::sync::{Mutex, MutexGuard, RwLock, RwLockWriteGuard};
