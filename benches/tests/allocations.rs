//! What our rows allocate beyond the service without any layer, held against what they allocated when this was written.
//!
//! Counts depend neither on how fast nor on how busy a machine is; bytes are those of 64-bit machines. When a row comes to
//! allocate less, lower its bound.

use countersign_benches::case::{Group, Row};
use countersign_benches::cases;
use countersign_benches::measure::Allocations;

const CACHED: &str = "countersign, keys cached";
const UNCACHED: &str = "countersign, no cache";
const REPLAY: &str = "countersign, keys cached, replay protection";

/// Request, row, allocations and bytes of one operation, at most.
const BOUNDS: [(&str, &str, f64, f64); 5] = [
    ("bearer, GET", "countersign, warm cache", 3.0, 236.0),
    ("bearer, GET", UNCACHED, 6.0, 388.0),
    ("bearer, GET", "countersign, last use recorded", 6.0, 388.0),
    ("bearer, gRPC unary", "countersign", 4.0, 208.0),
    ("Sentry message, 4 KiB", CACHED, 16.0, 492.0),
];

/// Allocations and bytes with each of the bodies.
type Bounds = [(f64, f64); BODIES.len()];

/// The same of each format, row by row.
#[rustfmt::skip]
const FORMATS: [(&str, &str, Bounds); 13] = [
    ("USTUDIO-HMAC-V2", CACHED, [(4.0, 268.0), (5.0, 284.0), (5.0, 284.0), (6.0, 412.0), (5.0, 284.0), (10.0, 4252.0), (5.0, 284.0), (14.0, 65692.0)]),
    ("USTUDIO-HMAC-V2", UNCACHED, [(9.0, 772.0), (10.0, 788.0), (10.0, 788.0), (11.0, 916.0), (10.0, 788.0), (15.0, 4756.0), (10.0, 788.0), (19.0, 66196.0)]),
    ("USTUDIO-HMAC-V2", REPLAY, [(7.0, 652.0), (8.0, 668.0), (8.0, 668.0), (9.0, 796.0), (8.0, 668.0), (13.0, 4636.0), (8.0, 668.0), (17.0, 66076.0)]),
    ("Standard Webhooks", CACHED, [(4.0, 246.0), (5.0, 262.0), (5.0, 262.0), (6.0, 390.0), (5.0, 262.0), (10.0, 4230.0), (5.0, 262.0), (14.0, 65670.0)]),
    ("Standard Webhooks", REPLAY, [(7.0, 630.0), (8.0, 646.0), (8.0, 646.0), (9.0, 774.0), (8.0, 646.0), (13.0, 4614.0), (8.0, 646.0), (17.0, 66054.0)]),
    ("RFC 9421", CACHED, [(8.0, 1225.0), (13.0, 5653.0), (13.0, 5653.0), (14.0, 5781.0), (13.0, 5653.0), (18.0, 9621.0), (13.0, 5653.0), (22.0, 71061.0)]),
    ("RFC 9421", REPLAY, [(11.0, 1609.0), (16.0, 6037.0), (16.0, 6037.0), (17.0, 6165.0), (16.0, 6037.0), (21.0, 10005.0), (16.0, 6037.0), (25.0, 71445.0)]),
    ("SigV4", CACHED, [(9.0, 1576.0), (11.0, 2616.0), (11.0, 2616.0), (12.0, 2744.0), (11.0, 2616.0), (16.0, 6584.0), (11.0, 2616.0), (20.0, 68024.0)]),
    ("SigV4", REPLAY, [(12.0, 1960.0), (14.0, 3000.0), (14.0, 3000.0), (15.0, 3128.0), (14.0, 3000.0), (19.0, 6968.0), (14.0, 3000.0), (23.0, 68408.0)]),
    ("Stripe", CACHED, [(4.0, 246.0), (5.0, 262.0), (5.0, 262.0), (6.0, 390.0), (5.0, 262.0), (10.0, 4230.0), (5.0, 262.0), (14.0, 65670.0)]),
    ("Stripe", REPLAY, [(7.0, 630.0), (8.0, 646.0), (8.0, 646.0), (9.0, 774.0), (8.0, 646.0), (13.0, 4614.0), (8.0, 646.0), (17.0, 66054.0)]),
    ("GitHub", CACHED, [(3.0, 236.0), (4.0, 252.0), (4.0, 252.0), (5.0, 380.0), (4.0, 252.0), (9.0, 4220.0), (4.0, 252.0), (13.0, 65660.0)]),
    ("GitHub", REPLAY, [(6.0, 620.0), (7.0, 636.0), (7.0, 636.0), (8.0, 764.0), (7.0, 636.0), (12.0, 4604.0), (7.0, 636.0), (16.0, 66044.0)]),
];
const BODIES: [&str; 8] = [
    "0 B",
    "1 KiB",
    "64 KiB, one chunk",
    "64 KiB, 16 KiB chunks",
    "1 MiB, one chunk",
    "1 MiB, 16 KiB chunks",
    "16 MiB, one chunk",
    "16 MiB, 16 KiB chunks",
];

#[test]
fn no_row_allocates_more_than_it_did() {
    let mut left = bounds();
    for (request, row, added) in measure(|row| row) {
        let at = left.iter().position(|bound| (bound.0.as_str(), bound.1) == (request.as_str(), row));
        let at = at.unwrap_or_else(|| panic!("{request}: {row} has no bound: {added:?}"));
        let (.., count, bytes) = left.swap_remove(at);
        assert!(is_within(added, count, bytes), "{request}: {row}: {added:?}, not {count} of {bytes} bytes");
    }
    assert_eq!(left, [], "bounds of rows that there are not");
}

#[test]
fn one_allocation_of_one_byte_more_is_noticed_in_every_row() {
    let (plain, planted) = (measure(|row| row), measure(Row::with_planted_allocation));
    assert_eq!((plain.len(), planted.len()), (bounds().len(), bounds().len()));
    for ((request, row, bound), (.., added)) in plain.into_iter().zip(planted) {
        assert!(is_within(bound, bound.count, bound.bytes));
        assert!(!is_within(added, bound.count, f64::MAX), "{request}: {row}: {added:?} passes for {bound:?}");
        assert!(!is_within(added, f64::MAX, bound.bytes), "{request}: {row}: {added:?} passes for {bound:?}");
    }
}

fn is_within(added: Allocations, count: f64, bytes: f64) -> bool {
    added.count <= count && added.bytes <= bytes
}

fn bounds() -> Vec<(String, &'static str, f64, f64)> {
    let formats = FORMATS.into_iter().flat_map(|(format, row, bounds)| {
        let bodies = BODIES.into_iter().zip(bounds);
        bodies.map(move |(body, (count, bytes))| (format!("{format}, {body}"), row, count, bytes))
    });
    BOUNDS
        .into_iter()
        .map(|(request, row, count, bytes)| (request.to_owned(), row, count, bytes))
        .chain(formats)
        .collect()
}

/// What each of our rows allocates beyond the first of its group.
fn measure(change: impl Fn(Row) -> Row) -> Vec<(String, &'static str, Allocations)> {
    let mut measured = Vec::new();
    for case in cases() {
        let Group { template, rows, .. } = case.group();
        let mut rows = rows.into_iter();
        let bare = rows.next().map(|mut row| Allocations::of(&mut row, &template, count)).unwrap_or_default();
        for mut row in rows.filter(|row| row.name.starts_with("countersign")).map(&change) {
            let added = Allocations::of(&mut row, &template, count).beyond(bare);
            measured.push((case.name.clone(), row.name, added));
        }
    }
    measured
}

fn count(run: &mut dyn FnMut()) -> (u64, u64) {
    let counted = allocation_counter::measure(run);
    (counted.count_total, counted.bytes_total)
}
