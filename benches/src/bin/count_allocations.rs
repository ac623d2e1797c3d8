//! Prints what each row of each case that is named allocates, as JSON. A process of its own, because the counting allocator costs time
//! that would be held against whatever allocates most.

use std::collections::HashSet;

use countersign_benches::case::Group;
use countersign_benches::measure::Allocations;

fn main() -> Result<(), serde_json::Error> {
    let names: HashSet<String> = std::env::args().skip(1).collect();
    let cases = countersign_benches::cases().into_iter().filter(|case| names.contains(&case.name));
    let counted = cases.map(|case| {
        let Group { template, mut rows, .. } = case.group();
        rows.iter_mut().map(|row| Allocations::of(row, &template, count)).collect::<Vec<_>>()
    });
    serde_json::to_writer(std::io::stdout(), &counted.collect::<Vec<_>>())
}

fn count(run: &mut dyn FnMut()) -> (u64, u64) {
    let counted = allocation_counter::measure(run);
    (counted.count_total, counted.bytes_total)
}
