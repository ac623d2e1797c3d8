//! The engine, compiled once more over [loom](https://docs.rs/loom)'s locks, and run through every interleaving of a few
//! threads. Each test has a mistake that it must notice.
#![allow(clippy::duplicate_mod, reason = "the very same source, over other locks")]
#![allow(dead_code, reason = "not all of it is tried here")]

#[path = "../engine.rs"]
mod engine;
#[path = "../flight.rs"]
mod flight;
#[path = "../gate.rs"]
mod gate;
mod model;
#[path = "../seat.rs"]
mod seat;
mod tests;
#[path = "../together.rs"]
mod together;

mod sync {
    pub(super) use std::sync::PoisonError;

    use loom::sync::atomic::AtomicUsize;
    pub(super) use loom::sync::atomic::{AtomicBool, Ordering};
    pub(super) use loom::sync::{Mutex, MutexGuard};

    pub(super) struct Opaque<T> {
        inside: T,
        touched: AtomicUsize,
    }

    impl<T> Opaque<T> {
        pub(super) fn new(inside: T) -> Self {
            Self { inside, touched: AtomicUsize::new(0) }
        }

        /// What loom sees of it: a step whose order with every other of its kind matters.
        pub(super) fn touch(&self) -> &T {
            self.touched.fetch_add(1, Ordering::AcqRel);
            &self.inside
        }
    }
}
