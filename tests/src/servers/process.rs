//! A process and whatever it started.

use std::fs;
use std::process::{Child, Command};

use rustix::process::{Pid, Signal, kill_process};

use super::eventually;

/// A process with its descendants; killed when it is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
}

impl Process {
    /// Starts it. It dies with the thread that starts it, even if that is killed, where `command` went through
    /// [`Programs::command`](super::Programs::command).
    pub fn start(command: &mut Command) -> Self {
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child }
    }

    pub const fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Stops it in its tracks: it answers nobody, and its connections stay open.
    pub fn pause(&self) {
        self.signal_all(Signal::STOP);
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal_all(Signal::CONT);
    }

    /// Kills it and all that it started, and waits until they are gone.
    pub fn kill(&mut self) {
        let all = self.all();
        // The first one first, so that it starts no others.
        all.iter().for_each(|pid| signal(*pid, Signal::KILL));
        let _ = self.child.wait();
        let started = all.get(1..).unwrap_or_default();
        eventually("killed processes are gone", || started.iter().all(|pid| is_gone(*pid)));
    }

    /// Asks it to end, and waits until it has.
    pub fn end(&mut self, how: Signal) {
        let all = self.all();
        signal(self.pid(), how);
        let _ = self.child.wait();
        eventually("ended processes are gone", || all.iter().all(|pid| is_gone(*pid)));
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    fn pid(&self) -> i32 {
        self.child.id().try_into().expect("a process id is small")
    }

    fn signal_all(&self, what: Signal) {
        // Again until there are no more: it may start others while we look.
        let mut known = Vec::new();
        loop {
            let new: Vec<i32> = self.all().into_iter().filter(|pid| !known.contains(pid)).collect();
            if new.is_empty() {
                return;
            }
            new.iter().for_each(|pid| signal(*pid, what));
            known.extend(new);
        }
    }

    /// It, its children, their children.
    fn all(&self) -> Vec<i32> {
        let parents: Vec<(i32, i32)> = fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter_map(|pid| Some((pid, stat(pid)?.1)))
            .collect();
        let mut all = vec![self.pid()];
        let mut at = 0;
        while let Some(parent) = all.get(at).copied() {
            all.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
            at += 1;
        }
        all
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn signal(pid: i32, what: Signal) {
    // Whoever is gone needs no signal.
    let _ = Pid::from_raw(pid).map(|pid| kill_process(pid, what));
}

fn is_gone(pid: i32) -> bool {
    // Whose parent is gone may wait for somebody to take notice of its end.
    stat(pid).is_none_or(|(state, _)| matches!(state, 'Z' | 'X'))
}

/// The state of a process and its parent (proc(5), `/proc/pid/stat`).
fn stat(pid: i32) -> Option<(char, i32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}
