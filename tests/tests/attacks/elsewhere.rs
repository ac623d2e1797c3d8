//! Cases that no request on a socket can show: which test shows them, or why none does.

use std::path::Path;

use crate::Checked;

#[derive(Clone, Copy)]
pub(crate) enum Shown {
    /// By the test of this name in this file.
    By(&'static str, &'static str),
    NotYet(&'static str),
}

pub(crate) fn of(id: &str) -> Option<Shown> {
    CASES.iter().find(|(own, _)| *own == id).map(|(_, shown)| *shown)
}

const CASES: &[(&str, Shown)] = &[
    (
        "G-disk-full",
        Shown::By("crates/countersign-sqlx/src/sqlite/store.rs", "a_full_disk_is_an_error_and_reading_goes_on"),
    ),
    ("G-empty-file", Shown::By("crates/countersign-sqlx/tests/opening.rs", "an_empty_file_is_refused")),
    ("G-kill9-issued", Shown::NotYet("no test kills a process while it issues and revokes")),
    ("G-pg-async-commit", Shown::NotYet("there is no PostgreSQL store")),
    (
        "R05-kill9-app",
        Shown::NotYet(
            "no test kills a process over a durable store of nonces; that those in memory are lost is documented",
        ),
    ),
    ("R06-kill9-redis-no-aof", Shown::NotYet("there is no Redis store")),
    ("W-clone-ready", Shown::By("tests/tests/readiness/checks.rs", "every_layer_calls_only_what_is_ready")),
    (
        "W-concurrency",
        Shown::NotYet(
            "ten thousand connections are for a machine of their own; what is held of them is bounded by the body budget",
        ),
    ),
    (
        "W-drop-mid-verify",
        Shown::By("tests/tests/readiness/dropped.rs", "the_nonce_of_a_dropped_request_is_spent_once_at_most"),
    ),
    ("W-inner-error", Shown::By("tests/tests/readiness/passing.rs", "errors_of_the_inner_service_pass_through")),
    (
        "W-inner-not-ready",
        Shown::By("tests/tests/readiness/passing.rs", "not_ready_and_errors_of_readiness_pass_through"),
    ),
    (
        "X-www-auth-injection",
        Shown::By("crates/countersign/src/auth/challenge.rs", "nothing_breaks_out_of_a_challenge"),
    ),
];

/// A test that was renamed or taken away shows nothing any more.
pub(crate) fn exists(file: &str, name: &str) -> Checked {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    let source = std::fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
    if source.contains(&format!("fn {name}(")) { Ok(()) } else { Err(format!("{file} has no test {name}")) }
}
