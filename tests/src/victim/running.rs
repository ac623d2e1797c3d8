//! The victim, in a process of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::Promise;
use crate::servers::{Process, Programs, eventually};

/// Works until it is killed.
#[derive(Debug)]
pub struct Victim {
    process: Process,
    heard: Arc<Mutex<Vec<Promise>>>,
    listener: Option<JoinHandle<()>>,
}

impl Victim {
    /// `program` is the victim's, which works on the store of this URL; `run` sets its nonces apart from others'.
    pub fn start(programs: &Programs, program: &Path, store: &str, run: &str, more: &[&str]) -> Self {
        let mut command = programs.command(program);
        command.args(["--store", store, "--run", run]).args(more).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = Process::start(&mut command);
        let stdout = BufReader::new(process.child().stdout.take().expect("it is piped"));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let listener = std::thread::spawn({
            let heard = heard.clone();
            move || listen(stdout, &heard)
        });
        Self { process, heard, listener: Some(listener) }
    }

    /// How many promises it was given so far.
    pub fn heard(&self) -> usize {
        self.heard.lock().unwrap().len()
    }

    /// Waits until it was given so many promises more.
    ///
    /// # Panics
    /// When it ends before, or gets none.
    pub fn wait_for(&mut self, more: usize) {
        let goal = self.heard() + more;
        eventually("the victim is given promises", || {
            assert!(!self.process.has_ended(), "the victim ended by itself");
            self.heard() >= goal
        });
    }

    pub const fn process(&self) -> &Process {
        &self.process
    }

    /// What it was promised so far.
    pub fn promises(&self) -> Vec<Promise> {
        self.heard.lock().unwrap().clone()
    }

    /// Kills it in the midst of its work; returns what it had been promised.
    pub fn kill(mut self) -> Vec<Promise> {
        self.process.kill();
        self.listener.take().expect("it is killed once").join().expect("it listens to the end");
        self.promises()
    }
}

fn listen(mut stdout: impl BufRead, heard: &Mutex<Vec<Promise>>) {
    let mut line = String::new();
    // Half a line is no promise.
    while stdout.read_line(&mut line).is_ok() && line.ends_with('\n') {
        let promise = line.trim_end().parse().unwrap_or_else(|line| panic!("the victim says {line:?}"));
        heard.lock().unwrap().push(promise);
        line.clear();
    }
}
