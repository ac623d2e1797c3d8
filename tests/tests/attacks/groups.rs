//! Refusals that must not be told apart.

use std::collections::BTreeSet;

use countersign_tests::Answer;
use libtest_mimic::Trial;

use crate::corpus::{CORPUS, Case};
use crate::target::Target;
use crate::{Checked, named};

pub(crate) fn trials() -> Vec<Trial> {
    let groups: BTreeSet<&str> = CORPUS.iter().filter_map(|case| case.expect.group.as_deref()).collect();
    groups.into_iter().map(|group| named(&format!("identical_responses::{group}"), move || check(group))).collect()
}

fn check(group: &str) -> Checked {
    let members: Vec<&Case> = CORPUS.iter().filter(|case| case.expect.group.as_deref() == Some(group)).collect();
    if members.len() < 2 {
        return Err("one response is always identical to itself".into());
    }
    identical(&members)
}

/// Compares the whole responses, but for `Date`, of one server.
pub(crate) fn identical(members: &[&Case]) -> Checked {
    let target = Target::start(&members[0].scheme, &members[0].config);
    let mut first: Option<Vec<Answer>> = None;
    for member in members {
        let answers = target.attack(member)?.answers.into_iter().map(Answer::without_date).collect();
        match &first {
            None => first = Some(answers),
            Some(first) if *first == answers => {}
            Some(first) => return Err(format!("{} is told from {}: {answers:?}, {first:?}", member.id, members[0].id)),
        }
    }
    Ok(())
}
