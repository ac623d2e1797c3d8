//! Tokens from a cache: whatever is presented comes to what it would come to without one.

use libtest_mimic::Trial;

use crate::corpus::{CORPUS, Case};
use crate::judge::judge;
use crate::target::Target;
use crate::{Checked, named};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        named("kept::every_case_of_tokens_comes_out_alike", || alike(&["cache_ttl_s=60", "neg_ttl_s=60"])),
        named("kept::an_open_server_does_not", || match alike(&["insecure_unguarded=true"]) {
            Ok(()) => Err("nobody notices that nothing is guarded".into()),
            Err(_) => Ok(()),
        }),
    ]
}

/// All cases, twice, at one server. How often the store was asked is not what they say, and once it was asked it is not
/// asked for the same again.
fn alike(settings: &[&str]) -> Checked {
    let settings: Vec<String> = settings.iter().map(|setting| (*setting).to_owned()).collect();
    let target = Target::start("bearer", &settings);
    let cases: Vec<&Case> =
        CORPUS.iter().filter(|case| case.scheme == "bearer" && case.raw.is_some() && case.config.is_empty()).collect();
    for round in 0..2 {
        let mut asked = 0;
        for case in &cases {
            let outcome = target.attack(case)?;
            asked += outcome.store_calls;
            let faults = judge(case, &outcome);
            if let Some(fault) = faults.iter().find(|(what, _)| !["store calls", "memory"].contains(what)) {
                return Err(format!("{}, in round {round}: {fault:?}", case.id));
            }
        }
        if cases.len() < 30 || (asked == 0) != (round == 1) {
            return Err(format!("{} cases, and the store was asked {asked} times in round {round}", cases.len()));
        }
    }
    Ok(())
}
