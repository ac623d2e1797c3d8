//! What the engine locks with; the tests of its interleavings put their own in its place.

pub(super) use std::sync::atomic::{AtomicBool, Ordering};
pub(super) use std::sync::{Mutex, MutexGuard, PoisonError};

/// Something with locks of its own, which the tests cannot see into: they must know when it is touched.
pub(super) struct Opaque<T>(T);

impl<T> Opaque<T> {
    pub(super) const fn new(inside: T) -> Self {
        Self(inside)
    }

    #[inline]
    pub(super) const fn touch(&self) -> &T {
        &self.0
    }
}
