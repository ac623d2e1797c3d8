//! The session that the README shows is one that was had.

use crate::support::{PROGRAM, Place, Ran};

const README: &str = include_str!("../../README.md");

/// A command and what it prints, stderr and stdout.
struct Step {
    command: String,
    printed: Vec<String>,
}

fn session() -> Vec<Step> {
    let block = README.split("```console\n").nth(1).unwrap().split("\n```").next().unwrap();
    let mut steps: Vec<Step> = Vec::new();
    for line in block.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => steps.push(Step { command: command.to_owned(), printed: Vec::new() }),
            None => steps.last_mut().unwrap().printed.push(line.to_owned()),
        }
    }
    steps
}

/// A line without what is different each time: tokens, ids, times, and the blanks that depend on them.
fn masked(line: &str) -> String {
    line.split_whitespace().map(mask).collect::<Vec<_>>().join(" ")
}

fn mask(word: &str) -> &str {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    match word.len() {
        41 if word.starts_with("acme_") => "(token)",
        32 if word.bytes().all(|byte| byte.is_ascii_hexdigit()) => "(id)",
        44 if word.ends_with('=') => "(secret)",
        4 if word.bytes().all(|byte| byte.is_ascii_alphanumeric()) && word != "name" => "(four)",
        5 | 10 | 20.. if digits >= 4 => "(time)",
        _ => word,
    }
}

#[test]
#[cfg(unix)]
fn the_session_in_the_readme_is_true() {
    let place = Place::empty();
    let steps = session();
    assert!(steps.len() > 5);
    let marks: Vec<String> = steps.iter().map(|step| format!("{}\necho '--- end of step'\n", step.command)).collect();
    let bin = std::path::Path::new(PROGRAM).parent().unwrap().to_owned();
    let path = std::env::join_paths([bin, "/usr/local/bin".into(), "/usr/bin".into(), "/bin".into()]).unwrap();
    let mut shell = place.command("bash");
    let ran = Ran::of(shell.args(["-c", &format!("exec 2>&1\n{}", marks.concat())]).env("PATH", path));
    let printed: Vec<&str> = ran.stdout.split("--- end of step\n").collect();
    assert_eq!(printed.len(), steps.len() + 1, "{ran:#?}");
    for (step, printed) in steps.iter().zip(printed) {
        let wanted: Vec<String> = step.printed.iter().map(|line| masked(line)).collect();
        let printed: Vec<String> = printed.lines().map(masked).collect();
        assert_eq!(printed, wanted, "$ {}", step.command);
    }
}
