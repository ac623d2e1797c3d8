//! What people see on a terminal: a pseudo-terminal, as Linux and its `setsid` make it.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::process::{Child, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use crate::support::{PROGRAM, Place};

/// The command on a terminal of its own.
struct Terminal {
    master: File,
    child: Child,
    seen: String,
}

impl Terminal {
    fn run(place: &Place, columns: u16, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        tcsetwinsize(&master, Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let slave = || Stdio::from(File::options().read(true).write(true).open(&name).unwrap());
        // A prompt without echo asks the terminal that controls the process, so it needs one.
        let mut command = place.command("setsid");
        command.args(["--ctty", "--wait", PROGRAM]).args(arguments).env("TERM", "xterm").env_remove("NO_COLOR");
        command.envs(variables.iter().copied()).stdin(slave()).stdout(slave()).stderr(slave());
        let child = command.spawn().unwrap();
        drop(command);
        Self { master: File::from(master), child, seen: String::new() }
    }

    /// Reads until `text` is seen.
    fn until(mut self, text: &str) -> Self {
        while !self.seen.contains(text) {
            assert!(self.more(), "{text:?} was never seen: {:?}", self.seen);
        }
        self
    }

    /// Waits until what is typed is no longer shown.
    fn until_hidden(self) -> Self {
        for _ in 0..10_000 {
            if !tcgetattr(&self.master).unwrap().local_modes.contains(LocalModes::ECHO) {
                return self;
            }
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        panic!("what is typed is still shown: {:?}", self.seen)
    }

    fn types(mut self, text: &str) -> Self {
        self.master.write_all(text.as_bytes()).unwrap();
        self
    }

    /// What was seen to the end, and the exit status.
    fn end(mut self) -> (String, i32) {
        while self.more() {}
        (self.seen, self.child.wait().unwrap().code().unwrap())
    }

    fn more(&mut self) -> bool {
        let mut bytes = [0; 4096];
        match self.master.read(&mut bytes) {
            Ok(read) => {
                self.seen.push_str(&String::from_utf8_lossy(&bytes[..read]));
                read > 0
            }
            // The last one who had the terminal open has gone.
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => false,
            Err(error) if error.kind() == ErrorKind::Interrupted => true,
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn many_are_revoked_when_somebody_says_so() {
    let place = Place::new();
    let (_, id) = place.issue("ada", &[]);
    let revoke = || Terminal::run(&place, 100, &["token", "revoke", "--all-of-subject", "ada"], &[]);
    for answer in ["n\n", "\n", "yess\n", "\u{4}"] {
        let (seen, code) = revoke().until("This revokes 1 token. Go on? [y/N] ").types(answer).end();
        assert!(code == 1 && seen.contains("error: nothing was changed"), "{answer:?}: {seen}");
        assert_eq!(place.show(&id)["state"], "active");
    }
    let (seen, code) = revoke().until("[y/N] ").types("y\n").end();
    assert!(code == 0 && seen.contains("revoked 1 token"), "{seen}");
    assert_eq!(place.show(&id)["state"], "revoked");
}

#[test]
fn what_is_typed_at_a_prompt_for_a_secret_is_not_shown() {
    let place = Place::new();
    let (token, _) = place.issue("ada", &[]);
    let terminal = Terminal::run(&place, 100, &["token", "check"], &[]);
    let (seen, code) = terminal.until("Token: ").until_hidden().types(&format!("{token}\n")).end();
    assert!(code == 0 && seen.contains("well formed: prefix_checksum") && !seen.contains(&token), "{seen}");

    let add = ["secret", "add", "partner", "--label", "theirs", "--from-stdin"];
    let terminal = Terminal::run(&place, 100, &add, &[]);
    let (seen, code) = terminal.until("Secret: ").until_hidden().types("a secret of theirs\n").end();
    assert!(code == 0 && seen.contains("added secret theirs") && !seen.contains("a secret of"), "{seen}");
}

#[test]
fn lists_are_cut_to_the_terminal_and_coloured_unless_that_is_not_wanted() {
    let place = Place::new();
    let (_, id) = place.issue("ada", &["--note", &"long ".repeat(50), "--scope", "things:read things:write"]);
    for columns in [60, 80, 120] {
        let (seen, _) = Terminal::run(&place, columns, &["token", "list"], &[("NO_COLOR", "1")]).end();
        assert!(!seen.contains('\u{1b}'), "{seen:?}");
        let lines: Vec<&str> = seen.lines().collect();
        assert!(lines.len() == 2 && lines[1].starts_with(&id), "{seen}");
        assert!(lines.iter().all(|line| line.chars().count() <= columns.into()), "{columns}: {seen}");
    }
    let (seen, _) = Terminal::run(&place, 120, &["token", "list"], &[]).end();
    assert!(seen.contains('\u{1b}'), "{seen:?}");
    let (seen, _) = Terminal::run(&place, 120, &["token", "list"], &[("TERM", "dumb")]).end();
    assert!(!seen.contains('\u{1b}'), "{seen:?}");
}

#[test]
fn an_import_shows_how_far_it_is_and_cleans_up_behind_it() {
    let place = Place::new();
    let keys: String = (0..200).map(|id| format!("{id},{id:040x}\n")).collect();
    std::fs::write(place.path("users.csv"), format!("user_id,api_key\n{keys}")).unwrap();
    let import = ["token", "import", "--from", "kallithea", "users.csv"];
    let (seen, code) = Terminal::run(&place, 100, &import, &[]).end();
    assert!(code == 0 && seen.contains(" %") && seen.trim_end().ends_with("imported 200 tokens"), "{seen:?}");
    let quietly = [&import[..], &["--quiet"]].concat();
    assert_eq!(Terminal::run(&place, 100, &quietly, &[]).end(), (String::new(), 0));
}
