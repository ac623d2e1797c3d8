//! Running the command.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use countersign_core::{Clock, SecretAdmin, SecretMatch, SystemClock};
use countersign_sqlx::SqliteStore;
use serde_json::Value;
use tempfile::TempDir;

/// A folder with a store in it, in which the command runs.
pub(crate) struct Place {
    folder: TempDir,
}

/// What a run of the command came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    /// A folder without a store.
    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A folder with an empty store.
    pub(crate) fn new() -> Self {
        let place = Self::empty();
        place.run(&["migrate"]).succeeded();
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command, which will use the store in this folder, and nothing of the environment of the tests.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        for name in ["STORE_PREFIX", "TOKEN_PREFIX", "INSECURE_REDIS"] {
            command.env_remove(format!("COUNTERSIGN_{name}"));
        }
        command.current_dir(self.folder.path()).env("COUNTERSIGN_STORE", "sqlite:auth.sqlite").stdin(Stdio::null());
        command
    }

    /// Runs the command.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(PROGRAM).args(arguments))
    }

    /// Runs the command with this on its stdin.
    pub(crate) fn run_with(&self, arguments: &[&str], stdin: &str) -> Ran {
        let mut command = self.command(PROGRAM);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that does not read it to the end is no fault of the test.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        Ran::from(child.wait_with_output().unwrap())
    }

    /// Issues a token to this subject; the token and its id.
    pub(crate) fn issue(&self, subject: &str, more: &[&str]) -> (String, String) {
        let arguments = [&["token", "issue", "--json", "--subject", subject], more].concat();
        let issued = self.run(&arguments).json();
        (issued["token"].as_str().unwrap().to_owned(), issued["id"].as_str().unwrap().to_owned())
    }

    /// Records that a version of a secret matched so long ago, as servers do.
    pub(crate) fn matched(&self, key_id: &str, label: &str, ago: Duration) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = SqliteStore::open(self.path("auth.sqlite")).await.unwrap();
            let at = SystemClock::new().now() - ago;
            let matched = SecretMatch { key_id: key_id.parse().unwrap(), label: label.into(), at };
            store.record_matches(&[matched]).await.unwrap();
            store.close().await;
        });
    }

    /// What `token show` says of this token.
    pub(crate) fn show(&self, id: &str) -> Value {
        self.run(&["token", "show", "--json", id]).json()
    }
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::from(command.output().unwrap())
    }

    /// It exits with 0; what it wrote to stdout, without the last line end.
    #[track_caller]
    pub(crate) fn succeeded(&self) -> &str {
        assert_eq!(self.code, 0, "{self:#?}");
        self.stdout.trim_end_matches('\n')
    }

    /// It exits with 1, and says why in one line.
    #[track_caller]
    pub(crate) fn failed(&self) -> &str {
        self.refused(1)
    }

    /// It exits with 2, and says why in one line.
    #[track_caller]
    pub(crate) fn misused(&self) -> &str {
        self.refused(2)
    }

    #[track_caller]
    fn refused(&self, code: i32) -> &str {
        assert_eq!(self.code, code, "{self:#?}");
        let error = self.stderr.strip_suffix('\n').unwrap();
        assert!(error.starts_with("error: ") && !error.contains('\n'), "{self:#?}");
        error
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:#?}");
        self.document()
    }

    /// The JSON document on stdout, whatever the exit status.
    #[track_caller]
    pub(crate) fn document(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

impl From<std::process::Output> for Ran {
    fn from(output: std::process::Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_countersign");
