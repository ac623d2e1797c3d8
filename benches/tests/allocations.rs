//! What our rows allocate beyond the service without any layer, held against what they allocated when this was written.
//!
//! Counts depend neither on how fast nor on how busy a machine is; bytes are those of 64-bit machines. When a row comes to
//! allocate less, lower its bound.

use countersign_benches::case::{Group, Row};
use countersign_benches::groups;
use countersign_benches::measure::Allocations;

const CACHED: &str = "countersign, keys cached";
const UNCACHED: &str = "countersign, no cache";
const REPLAY: &str = "countersign, keys cached, replay protection";

/// Group, row, allocations and bytes of one operation, at most.
#[rustfmt::skip]
const BOUNDS: [(&str, &str, f64, f64); 21] = [
    ("bearer, GET", "countersign", 6.0, 404.0),
    ("bearer, gRPC unary", "countersign", 4.0, 224.0),
    ("Sentry message, 4 KiB", CACHED, 18.0, 2348.0),
    ("HMAC-SHA-256, 0 B", CACHED, 4.0, 284.0),
    ("HMAC-SHA-256, 0 B", UNCACHED, 8.0, 1244.0),
    ("HMAC-SHA-256, 0 B", REPLAY, 7.0, 668.0),
    ("HMAC-SHA-256, 1 KiB", CACHED, 7.0, 2140.0),
    ("HMAC-SHA-256, 1 KiB", UNCACHED, 11.0, 3100.0),
    ("HMAC-SHA-256, 1 KiB", REPLAY, 10.0, 2524.0),
    ("HMAC-SHA-256, 64 KiB, one frame", CACHED, 7.0, 2140.0),
    ("HMAC-SHA-256, 64 KiB, one frame", UNCACHED, 11.0, 3100.0),
    ("HMAC-SHA-256, 64 KiB, one frame", REPLAY, 10.0, 2524.0),
    ("HMAC-SHA-256, 64 KiB, 16 KiB frames", CACHED, 8.0, 2268.0),
    ("HMAC-SHA-256, 64 KiB, 16 KiB frames", UNCACHED, 12.0, 3228.0),
    ("HMAC-SHA-256, 64 KiB, 16 KiB frames", REPLAY, 11.0, 2652.0),
    ("HMAC-SHA-256, 1 MiB, one frame", CACHED, 7.0, 2140.0),
    ("HMAC-SHA-256, 1 MiB, one frame", UNCACHED, 11.0, 3100.0),
    ("HMAC-SHA-256, 1 MiB, one frame", REPLAY, 10.0, 2524.0),
    ("HMAC-SHA-256, 1 MiB, 16 KiB frames", CACHED, 12.0, 6108.0),
    ("HMAC-SHA-256, 1 MiB, 16 KiB frames", UNCACHED, 16.0, 7068.0),
    ("HMAC-SHA-256, 1 MiB, 16 KiB frames", REPLAY, 15.0, 6492.0),
];

#[test]
fn no_row_allocates_more_than_it_did() {
    let mut left = BOUNDS.to_vec();
    for (group, row, added) in measure(|row| row) {
        let at = left.iter().position(|bound| (bound.0, bound.1) == (group, row));
        let at = at.unwrap_or_else(|| panic!("{group}: {row} has no bound: {added:?}"));
        let (.., count, bytes) = left.swap_remove(at);
        assert!(is_within(added, count, bytes), "{group}: {row}: {added:?}, not {count} of {bytes} bytes");
    }
    assert_eq!(left, [], "bounds of rows that there are not");
}

#[test]
fn one_allocation_of_one_byte_more_is_noticed_in_every_row() {
    let (plain, planted) = (measure(|row| row), measure(Row::with_planted_allocation));
    assert_eq!((plain.len(), planted.len()), (BOUNDS.len(), BOUNDS.len()));
    for ((group, row, bound), (.., added)) in plain.into_iter().zip(planted) {
        assert!(is_within(bound, bound.count, bound.bytes));
        assert!(!is_within(added, bound.count, f64::MAX), "{group}: {row}: {added:?} passes for {bound:?}");
        assert!(!is_within(added, f64::MAX, bound.bytes), "{group}: {row}: {added:?} passes for {bound:?}");
    }
}

fn is_within(added: Allocations, count: f64, bytes: f64) -> bool {
    added.count <= count && added.bytes <= bytes
}

/// What each of our rows allocates beyond the first of its group.
fn measure(change: impl Fn(Row) -> Row) -> Vec<(&'static str, &'static str, Allocations)> {
    let mut measured = Vec::new();
    for Group { name, template, rows, .. } in groups() {
        let mut rows = rows.into_iter();
        let bare = rows.next().map(|mut row| Allocations::of(&mut row, &template, count)).unwrap_or_default();
        for mut row in rows.filter(|row| row.name.starts_with("countersign")).map(&change) {
            measured.push((name, row.name, Allocations::of(&mut row, &template, count).beyond(bare)));
        }
    }
    measured
}

fn count(run: &mut dyn FnMut()) -> (u64, u64) {
    let counted = allocation_counter::measure(run);
    (counted.count_total, counted.bytes_total)
}
