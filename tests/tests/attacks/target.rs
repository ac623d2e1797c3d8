//! The server under attack, in a process of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use countersign_tests::Answer;

use crate::client::exchange;
use crate::corpus::{self, Case};

/// Serves until it is dropped.
pub(crate) struct Target {
    child: Child,
    address: SocketAddr,
    counters: SocketAddr,
}

/// What a request brought about.
pub(crate) struct Outcome {
    pub answers: Vec<Answer>,
    pub store_calls: usize,
    pub inner_calls: usize,
    pub rss_growth_mib: Option<usize>,
}

impl Target {
    pub(crate) fn start(scheme: &str, settings: &[String]) -> Self {
        Self::start_with(scheme, settings, &corpus::path(), None)
    }

    /// With fixtures of another file, and everything logged into one.
    pub(crate) fn start_with(scheme: &str, settings: &[String], fixtures: &Path, log: Option<&Path>) -> Self {
        Self::start_as(scheme, &[], settings, fixtures, log)
    }

    /// With more arguments: a secret, say.
    pub(crate) fn start_as(
        scheme: &str,
        arguments: &[&str],
        settings: &[String],
        fixtures: &Path,
        log: Option<&Path>,
    ) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_attack-target"));
        command.arg("--fixtures").arg(fixtures).args(["--scheme", scheme, "--counters", "127.0.0.1:0"]).args(arguments);
        for setting in settings {
            command.arg("--set").arg(setting);
        }
        match log {
            None => command.stderr(Stdio::null()),
            Some(log) => command.arg("--log").stderr(std::fs::File::create(log).unwrap()),
        };
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut address = |what: &str| {
            let line = said.next().unwrap_or_else(|| panic!("the target ended: {settings:?}")).unwrap();
            line.strip_prefix(what).unwrap_or_else(|| panic!("{line}")).parse().unwrap()
        };
        let (counters, address) = (address("counting on "), address("listening on "));
        Self { child, address, counters }
    }

    pub(crate) fn attack(&self, case: &Case) -> Result<Outcome, String> {
        self.send(case.raw.as_deref().expect("the case is a request"), case.is_head())
    }

    pub(crate) fn send(&self, request: &[u8], head_only: bool) -> Result<Outcome, String> {
        let (before, memory) = (self.counters(), self.peak_memory_kib());
        let answers = exchange(self.address, request, head_only)?;
        let (after, peak) = (self.counters(), self.peak_memory_kib());
        let growth = memory.zip(peak).map(|(memory, peak)| peak.saturating_sub(memory).div_ceil(1024));
        Ok(Outcome {
            answers,
            store_calls: after[0] - before[0],
            inner_calls: after[1] - before[1],
            rss_growth_mib: growth,
        })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How often the store was asked, and the inner service called.
    pub(crate) fn counters(&self) -> [usize; 2] {
        let mut text = String::new();
        TcpStream::connect(self.counters).unwrap().read_to_string(&mut text).unwrap();
        let mut numbers = text.split_whitespace().filter_map(|word| word.parse().ok());
        [numbers.next().unwrap(), numbers.next().unwrap()]
    }

    /// The most memory the process ever had, where the system says.
    fn peak_memory_kib(&self) -> Option<usize> {
        self.status_kib("VmHWM:")
    }

    /// The memory that the process has, where the system says.
    pub(crate) fn memory_kib(&self) -> Option<usize> {
        self.status_kib("VmRSS:")
    }

    fn status_kib(&self, name: &str) -> Option<usize> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A file for this test alone.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("attacks");
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}
