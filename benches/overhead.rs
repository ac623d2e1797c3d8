//! Measures every row of every group and prints what it costs.

use std::error::Error;
use std::process::Command;

use clap::Parser;
use countersign_benches::groups;
use countersign_benches::measure::{Allocations, Effort, Times};
use countersign_benches::report::Report;

/// What the layers cost, beside what people would use instead.
#[derive(Parser)]
struct Options {
    /// Show that everything runs; the numbers mean little.
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
    let chosen = groups().into_iter().zip(0..).filter(|(group, _)| group.name.contains(&options.group));
    if let Some(name) = &options.run {
        for (mut group, _) in chosen {
            for row in group.rows.iter_mut().filter(|row| row.name == name) {
                row.run(&group.template, options.times);
            }
        }
        return Ok(());
    }
    let counted = Command::new(env!("CARGO_BIN_EXE_count-allocations")).output()?;
    let counted: Vec<Vec<Allocations>> = serde_json::from_slice(&counted.stdout)?;
    let effort = if options.quick { Effort::quick() } else { Effort::full() };
    let mut report = Report::new();
    for (mut group, at) in chosen {
        let times = Times::of(&mut group, effort);
        report.add(&group, &times, counted.get::<usize>(at).map_or(&[], Vec::as_slice));
    }
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}
