//! The suites themselves: a store with one fault fails the cases about it, and no other.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod faulty;
mod invalidations;
mod nonces;
mod oauth;
mod secret_admin;
mod secrets;
mod token_admin;
mod tokens;

use countersign_conformance::Case;

use faulty::{Fault, Faulty};

const NOTHING: [&str; 0] = [];

/// The names of the cases that the store with this fault fails, in order.
fn failing(cases: &[Case<Faulty>], fault: Fault) -> Vec<&'static str> {
    failing_of(cases, Faulty(fault))
}

/// The names of the cases that the store of this harness fails, in order.
fn failing_of<H: Copy + Send + Sync>(cases: &[Case<H>], harness: H) -> Vec<&'static str> {
    assert!(cases.len() > 10, "a suite has many cases");
    // Some wait in vain for a while: side by side.
    let of_some = |some: &[Case<H>]| -> Vec<_> {
        std::thread::scope(|scope| {
            let running: Vec<_> = some.iter().map(|case| scope.spawn(move || case.check(&harness).is_err())).collect();
            let failed = running.into_iter().map(|case| case.join().unwrap());
            some.iter().zip(failed).filter(|(_, failed)| *failed).map(|(case, _)| case.name()).collect()
        })
    };
    cases.chunks(32).flat_map(of_some).collect()
}
