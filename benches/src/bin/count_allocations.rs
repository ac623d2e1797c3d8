//! Prints what each row of each group allocates, as JSON. A process of its own, because the counting allocator costs time
//! that would be held against whatever allocates most.

use countersign_benches::measure::Allocations;

fn main() -> Result<(), serde_json::Error> {
    let counted = countersign_benches::groups().into_iter().map(|mut group| {
        let template = group.template;
        group.rows.iter_mut().map(|row| Allocations::of(row, &template, count)).collect::<Vec<_>>()
    });
    serde_json::to_writer(std::io::stdout(), &counted.collect::<Vec<_>>())
}

fn count(run: &mut dyn FnMut()) -> (u64, u64) {
    let counted = allocation_counter::measure(run);
    (counted.count_total, counted.bytes_total)
}
