//! What our rows allocate beyond the service without any layer, held against what they allocated when this was written.
//!
//! Counts do not depend on how fast or how busy the machine is. When one falls, lower its bound.

use countersign_benches::case::{Group, Row};
use countersign_benches::groups;
use countersign_benches::measure::Allocations;

/// Group, row, allocations and bytes of one operation, at most.
const BOUNDS: [(&str, &str, f64, f64); 1] = [("bearer, GET", "countersign", 6.0, 412.0)];

#[test]
fn no_row_allocates_more_than_it_did() {
    let mut left = BOUNDS.to_vec();
    for (group, row, added) in measure(|row| row) {
        let at = left.iter().position(|bound| (bound.0, bound.1) == (group, row));
        let (.., count, bytes) =
            left.swap_remove(at.unwrap_or_else(|| panic!("{group}: {row} has no bound: {added:?}")));
        assert!(added.count <= count && added.bytes <= bytes, "{group}: {row}: {added:?}, not ({count}, {bytes})");
    }
    assert_eq!(left, [], "bounds of rows that there are not");
}

#[test]
fn one_allocation_more_is_noticed_in_every_row() {
    for (group, row, added) in measure(Row::with_planted_allocation) {
        let bound = BOUNDS.iter().find(|bound| (bound.0, bound.1) == (group, row));
        let (.., count, bytes) = *bound.unwrap_or_else(|| panic!("{group}: {row} has no bound"));
        assert!(added.count > count && added.bytes > bytes, "{group}: {row}: {added:?} passes for ({count}, {bytes})");
    }
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
