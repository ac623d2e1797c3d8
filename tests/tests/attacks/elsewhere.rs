//! Cases that no request on a socket can show: which test shows them.

use std::path::Path;

use crate::Checked;

/// A file, and the name of a test in it.
pub(crate) type Shown = (&'static str, &'static str);

/// What shows the case.
pub(crate) fn of(id: &str) -> Option<Shown> {
    CASES.iter().find(|(own, _)| *own == id).map(|(_, shown)| *shown)
}

const CASES: &[(&str, Shown)] = &[
    ("G-disk-full", ("crates/countersign-sqlx/src/sqlite/store.rs", "a_full_disk_is_an_error_and_reading_goes_on")),
    ("G-empty-file", ("crates/countersign-sqlx/tests/opening.rs", "an_empty_file_is_refused")),
    ("G-kill9-issued", ("tests/tests/faults/kills/app.rs", "promises_are_kept")),
    ("G-pg-async-commit", ("tests/tests/faults/kills/server.rs", "kept_without_waiting")),
    ("R05-kill9-app", ("tests/tests/faults/kills/replayed.rs", "is_not_admitted_again_by_the_next_process")),
    ("R06-kill9-redis-no-aof", ("tests/tests/faults/matrix/redis.rs", "restarted")),
    ("R09-clock-back", ("tests/tests/replay/freshness.rs", "a_clock_set_back_revives_nothing")),
    ("W-clone-ready", ("tests/tests/readiness/checks.rs", "every_layer_calls_only_what_is_ready")),
    ("W-drop-mid-verify", ("tests/tests/readiness/dropped.rs", "the_nonce_of_a_dropped_request_is_spent_once_at_most")),
    ("W-inner-error", ("tests/tests/readiness/passing.rs", "errors_of_the_inner_service_pass_through")),
    ("W-inner-not-ready", ("tests/tests/readiness/passing.rs", "not_ready_and_errors_of_readiness_pass_through")),
    ("X-www-auth-injection", ("crates/countersign/src/auth/challenge.rs", "nothing_breaks_out_of_a_challenge")),
];

/// A test that was renamed or taken away shows nothing any more.
pub(crate) fn exists(file: &str, name: &str) -> Checked {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    let source = std::fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
    if source.contains(&format!("fn {name}(")) { Ok(()) } else { Err(format!("{file} has no test {name}")) }
}
