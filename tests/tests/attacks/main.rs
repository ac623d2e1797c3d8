//! The attack corpus against a real server: every case by its name. What is shown by another test says by which.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "whatever is unexpected stops a test"
)]

mod client;
mod corpus;
mod crowd;
mod elsewhere;
mod groups;
mod judge;
mod kept;
mod leaks;
mod oauth;
mod planted;
mod scripts;
mod settings;
mod styles;
mod target;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial, run};

use crate::corpus::{CORPUS, Case};
use crate::judge::judge;
use crate::target::Target;

type Checked = Result<(), String>;

fn main() -> ExitCode {
    let mut trials: Vec<Trial> = CORPUS.iter().map(trial).collect();
    trials.extend(groups::trials());
    trials.extend(kept::trials());
    trials.extend(oauth::trials());
    trials.extend(planted::trials());
    trials.extend(settings::trials());
    trials.extend(styles::trials());
    run(&Arguments::from_args(), trials).exit_code()
}

/// The one way in which a case is looked at.
fn trial(case: &'static Case) -> Trial {
    if case.scheme == "oauth" {
        return named(&case.id, || oauth::attack(case));
    }
    if case.raw.is_some() {
        return named(&case.id, || attack(case));
    }
    if !case.steps.is_empty() {
        return named(&case.id, || scripts::steps(case));
    }
    if let Some(script) = scripts::of(&case.id) {
        return named(&case.id, script);
    }
    match elsewhere::of(&case.id) {
        Some((file, name)) => named(&case.id, move || elsewhere::exists(file, name)),
        None => named(&case.id, || Err("nobody looks at this case".into())),
    }
}

fn named(name: &str, check: impl FnOnce() -> Checked + Send + 'static) -> Trial {
    Trial::test(name, move || check().map_err(Failed::from))
}

fn attack(case: &Case) -> Checked {
    let target = Target::start(&case.scheme, &case.config);
    let faults = judge(case, &target.attack(case)?);
    if faults.is_empty() { Ok(()) } else { Err(format!("{}: {faults:?}", case.title)) }
}
