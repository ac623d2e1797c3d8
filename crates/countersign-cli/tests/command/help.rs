//! Help that teaches: every command says what it is for, and its examples run as printed.

use std::fs;
use std::time::Duration;

use countersign_core::{Clock, SystemClock, TokenFormat};

use crate::explain;
use crate::support::{PROGRAM, Place, Ran};

/// All commands, as they are typed.
fn commands() -> Vec<Vec<String>> {
    fn below(command: &clap::Command, path: &[String], found: &mut Vec<Vec<String>>) {
        for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
            let path = [path, &[command.get_name().to_owned()]].concat();
            below(command, &path, found);
            found.push(path);
        }
    }
    let mut found = vec![Vec::new()];
    below(&countersign_cli::command(), &[], &mut found);
    found
}

fn help(place: &Place, command: &[String]) -> String {
    Ran::of(place.command(PROGRAM).args(command).arg("--help")).succeeded().to_owned()
}

/// The lines under `Examples:`, as printed.
fn examples(help: &str) -> Vec<&str> {
    let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1);
    lines.take_while(|line| line.starts_with("  ")).map(str::trim).collect()
}

/// A store, files and variables that the examples speak of.
fn setting() -> Place {
    let place = Place::new();
    for subject in ["ada", "ada", "eve"] {
        place.issue(subject, &["--client", "dashboard", "--organisation", "acme"]);
    }
    for label in ["2026-01", "2026-07"] {
        place.run(&["secret", "add", "partner", "--label", label]).succeeded();
    }
    place.matched("partner", "2026-01", Duration::from_secs(3 * 86_400));
    place.matched("partner", "2026-07", Duration::ZERO);
    let token = TokenFormat::vendor_checksum("rbp").unwrap().mint(SystemClock::new().now());
    let tokens = format!("user_id,token,expires,valid,policy\n7,{},,t,\n", token.expose_secret());
    let key = "0123456789abcdef0123456789abcdef01234567";
    let keys = format!("user_api_key_id,user_id,api_key,expires\n1,7,{key},-1\n");
    let users = format!("user_id,api_key\n7,{}\n", key.replace('0', "f"));
    for (name, contents) in [
        ("tokens.csv", tokens),
        ("keys.csv", keys),
        ("users.csv", users),
        ("secret.txt", "a secret of theirs".to_owned()),
        ("order.json", "{}".to_owned()),
        ("request.http", explain::request(r#"{"action":"opened"}"#)),
        ("requests.har", explain::har(r#"{"action":"opened"}"#)),
        ("github.json", include_str!("../../../../tests/vectors/github.json").to_owned()),
    ] {
        fs::write(place.path(name), contents).unwrap();
    }
    place
}

#[test]
fn every_command_says_what_it_is_for() {
    let place = Place::empty();
    for command in commands() {
        let help = help(&place, &command);
        let purpose = help.split("\n\nUsage:").next().unwrap();
        assert!(purpose.len() > 40, "{command:?}: {purpose}");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{command:?} is too wide: {help}");
    }
}

#[test]
#[cfg(unix)]
fn every_example_runs_as_printed() {
    let mut run = 0;
    for command in commands() {
        let place = setting();
        let help = help(&place, &command);
        let examples = examples(&help);
        // A group of commands has none of its own.
        let is_group = help.contains("\nCommands:\n") && !command.is_empty();
        assert!(is_group || examples.len() > 1, "{command:?} has no examples:\n{help}");
        assert!(examples.iter().all(|line| line.len() <= 78), "{command:?}: a wrapped line cannot be pasted");
        // One after the other in one shell: an example may use what one above it set.
        let ran = Ran::of(shell(&place).args(["-c", &examples.join("\n")]));
        assert_eq!(ran.code, 0, "{command:?} {examples:#?}: {ran:#?}");
        run += examples.len();
    }
    assert!(run > 30, "only {run} examples were found");
    let ran = Ran::of(shell(&setting()).args(["-c", "countersign token show nothing"]));
    assert_eq!(ran.code, 1, "the check itself must be able to fail");
}

/// A shell that stops at what fails, also within a pipe.
#[cfg(unix)]
fn shell(place: &Place) -> std::process::Command {
    let mut shell = place.command("bash");
    let bin = std::path::Path::new(PROGRAM).parent().unwrap();
    let path = std::env::join_paths(
        std::iter::once(bin.to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let token = TokenFormat::new("acme").unwrap().mint(SystemClock::new().now());
    shell.args(["-e", "-u", "-o", "pipefail"]).env("PATH", path.unwrap()).env("HOME", place.path(""));
    shell.env("TOKEN", token.expose_secret()).env("SECRET", "a secret of theirs");
    shell
}

#[test]
fn alone_it_prints_its_help() {
    let place = Place::empty();
    let alone = place.run(&[]);
    assert!(alone.succeeded().contains("Usage: countersign [OPTIONS] <COMMAND>"));
    assert_eq!(alone.stderr, "");
    assert_eq!(place.run(&["--version"]).succeeded(), concat!("countersign ", env!("CARGO_PKG_VERSION")));
    for wrong in [&["token"][..], &["tokens"], &["token", "isue"], &["token", "issue"], &["migrate", "now"]] {
        let ran = place.run(wrong);
        assert_eq!((ran.code, &*ran.stdout), (2, ""), "{wrong:?}");
    }
}

#[test]
fn help_does_not_show_the_environment() {
    let place = Place::empty();
    let mut command = place.command(PROGRAM);
    command.args(["token", "list", "--help"]).env("COUNTERSIGN_STORE", "postgres://ada:hunter2@db/auth");
    assert!(!Ran::of(&mut command).succeeded().contains("hunter2"));
}

#[test]
fn completions_are_made_for_every_shell() {
    let place = Place::empty();
    for (shell, part) in [
        ("bash", "complete -F _countersign"),
        ("zsh", "#compdef countersign"),
        ("fish", "complete -c countersign"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ] {
        let ran = place.run(&["completions", shell]);
        assert!(ran.succeeded().contains(part), "{shell}");
        assert!(ran.stdout.contains("all-of-subject") && ran.stderr.is_empty(), "{shell}");
    }
    assert_eq!(place.run(&["completions", "tcsh"]).code, 2);
}

#[test]
#[cfg(unix)]
fn bash_takes_its_completions() {
    let place = Place::empty();
    let script = format!(
        "source <({PROGRAM} completions bash) && COMP_WORDS=(countersign token rev) COMP_CWORD=2 && \
         _countersign countersign rev token && echo ${{COMPREPLY[@]}}"
    );
    assert_eq!(Ran::of(place.command("bash").args(["-c", &script])).succeeded(), "revoke");
}
