//! Measures every row of every group and prints what it costs.

use std::error::Error;
use std::process::Command;

use clap::Parser;
use countersign_benches::case::{Case, Group};
use countersign_benches::cases;
use countersign_benches::measure::{Allocations, Effort, Times};
use countersign_benches::report::Report;

/// What the layers cost, beside what people would use instead.
#[derive(Parser)]
struct Options {
    /// Show that everything runs, without large bodies; the numbers mean little.
    #[arg(long)]
    quick: bool,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Only groups whose name contains this.
    #[arg(long, default_value = "")]
    group: String,
    /// Measure nothing: only run the rows of this very name, --times times each, under a profiler say.
    #[arg(long)]
    run: Option<String>,
    /// How often.
    #[arg(long, default_value_t = 10_000)]
    times: u64,
    /// What cargo passes.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let is_chosen = |case: &Case| case.name.contains(&options.group) && !(options.quick && case.is_large);
    let chosen: Vec<Case> = cases().into_iter().filter(is_chosen).collect();
    if let Some(name) = &options.run {
        for Group { template, mut rows, .. } in chosen.iter().map(Case::group) {
            rows.iter_mut().filter(|row| row.name == name).for_each(|row| row.run(&template, options.times));
        }
        return Ok(());
    }
    let names = chosen.iter().map(|case| &case.name);
    let counted = Command::new(env!("CARGO_BIN_EXE_count-allocations")).args(names).output()?;
    let counted: Vec<Vec<Allocations>> = serde_json::from_slice(&counted.stdout)?;
    let mut report = Report::new();
    for (case, allocations) in chosen.iter().zip(&counted) {
        let effort = match (options.quick, case.is_large) {
            (true, _) => Effort::quick(),
            (false, true) => Effort::large(),
            (false, false) => Effort::full(),
        };
        let mut group = case.group();
        let times = Times::of(&mut group, effort);
        report.add(&case.name, &group, &times, allocations);
    }
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}
