//! Where output goes, and what happens when nobody reads it.

use std::process::Stdio;

use crate::support::{PROGRAM, Place, Ran};

#[test]
fn lists_are_aligned_and_whole_where_there_is_no_terminal() {
    let place = Place::new();
    let note =
        "a note that is far longer than any terminal is wide, and is not cut for anybody who reads it with a program";
    let (_, id) = place.issue("ada", &["--note", note, "--expires-at", "2100-01-31T12:00:00Z"]);
    place.issue("a longer subject", &[]);
    let listed = place.run(&["token", "list"]);
    let lines: Vec<&str> = listed.succeeded().lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("ID                                SUBJECT           STATE   EXPIRES "), "{listed:?}");
    assert!(lines[2].starts_with(&format!("{id}  ada               active  2100-01-31 12:00  -  ")), "{listed:?}");
    assert!(lines[2].contains(note));
    assert!(!listed.stdout.contains('\u{1b}') && lines.iter().all(|line| line.trim_end() == *line));
}

#[test]
fn an_empty_list_is_said_beside_the_output() {
    let listed = Place::new().run(&["token", "list"]);
    assert_eq!((listed.succeeded(), &*listed.stderr), ("", "There is no such token.\n"));
}

#[test]
fn nothing_that_a_terminal_obeys_is_printed() {
    let place = Place::new();
    let (_, id) = place.issue("a\u{1b}]0;evil\u{7}b", &["--note", "one\ntwo\u{202e}"]);
    for arguments in [&["token", "list"][..], &["token", "show", &id]] {
        let ran = place.run(arguments);
        assert!(ran.succeeded().contains("a\\u{1b}]0;evil\\u{7}b"), "{ran:?}");
        assert!(ran.stdout.contains("one\\ntwo\\u{202e}"), "{ran:?}");
        assert!(!ran.stdout.chars().any(|c| c.is_control() && c != '\n'));
    }
    let error = place.run(&["token", "show", "x\u{1b}[31m"]);
    assert!(error.failed().contains("x\\u{1b}[31m"));
}

#[test]
#[cfg(unix)]
fn a_reader_that_has_heard_enough_is_no_error() {
    let place = Place::new();
    (0..3).for_each(|_| drop(place.issue("ada", &[])));
    for arguments in ["token list", "token list --json", "secret list --json", "completions bash", "token issue --help"]
    {
        // `true` reads nothing: whether it is gone before or after the first line is the system's choice.
        let script = format!("{PROGRAM} {arguments} | true; exit ${{PIPESTATUS[0]}}");
        let ran = Ran::of(place.command("bash").args(["-c", &script]));
        assert_eq!((ran.code, &*ran.stderr), (0, ""), "{arguments}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_token_that_could_not_be_printed_is_told() {
    let place = Place::new();
    let full = || Stdio::from(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    for (arguments, what) in [
        (&["token", "issue", "--subject", "ada"][..], "revoke it and issue another"),
        (&["token", "issue", "--subject", "ada", "--json"], "revoke it and issue another"),
        (&["secret", "create", "partner"], "retire it and add another"),
        (&["token", "list"], "the output could not be written"),
    ] {
        let child = place.command(PROGRAM).args(arguments).stdout(full()).stderr(Stdio::piped()).spawn().unwrap();
        let ran = Ran::from(child.wait_with_output().unwrap());
        assert!(ran.failed().contains(what), "{ran:?}");
    }
}

#[test]
#[cfg(unix)]
fn a_token_that_nobody_read_is_told() {
    let place = Place::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = place.command(PROGRAM);
    command.args(["token", "issue", "--subject", "ada"]).stdout(writer).stderr(Stdio::piped());
    let ran = Ran::from(command.spawn().unwrap().wait_with_output().unwrap());
    assert!(ran.failed().contains("nobody read the output"), "{ran:?}");
}
