//! A Redis server.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;

use super::{Process, Programs, SmallDisk, eventually_async, free_port};

/// What a Redis keeps on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "for tests")]
pub enum Persistence {
    /// Every change, waited for once a second: what is recommended.
    Aof,
    /// A snapshot now and then; none during a test, unless it asks for one.
    Rdb,
    Nothing,
}

/// A server with data of its own.
#[derive(Debug)]
pub struct Redis {
    programs: Programs,
    folder: TempDir,
    port: u16,
    settings: Vec<String>,
    disk: Option<SmallDisk>,
    process: Option<Process>,
}

impl Redis {
    /// Starts a server, and waits until it answers.
    pub async fn start(programs: &Programs, persistence: Persistence) -> Self {
        Self::start_with(programs, persistence, &[]).await
    }

    /// With settings as in `redis.conf`: `maxmemory-policy allkeys-lru`.
    pub async fn start_with(programs: &Programs, persistence: Persistence, settings: &[&str]) -> Self {
        let kept = match persistence {
            Persistence::Aof => ["appendonly yes", "appendfsync everysec", "save \"\""],
            Persistence::Rdb => ["appendonly no", "save 3600 1", "stop-writes-on-bgsave-error no"],
            Persistence::Nothing => ["appendonly no", "save \"\"", "shutdown-on-sigterm nosave"],
        };
        let settings = kept.iter().chain(settings).map(|setting| (*setting).to_owned()).collect();
        let folder = tempfile::tempdir().unwrap();
        let mut server =
            Self { programs: programs.clone(), folder, port: free_port(), settings, disk: None, process: None };
        server.start_again().await;
        server
    }

    /// With an append-only file on a small disk, which is empty again each time it is started.
    pub async fn start_on(programs: &Programs, disk: SmallDisk) -> Self {
        let mut server = Self::start_with(programs, Persistence::Aof, &[]).await;
        server.kill();
        server.disk = Some(disk);
        server.start_again().await;
        server
    }

    /// Starts it over the data it left, on the same port.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_again(&mut self) {
        let folder = self.folder.path();
        let port = self.port;
        let data = self.disk.as_ref().map_or(folder, SmallDisk::path).display();
        let own = format!("bind 127.0.0.1\nport {port}\ndaemonize no\ndir {data}\n{}", self.settings.join("\n"));
        std::fs::write(folder.join("redis.conf"), own).unwrap();
        let log = File::options().create(true).append(true).open(folder.join("log")).unwrap();
        let mut command = self.programs.command(self.programs.redis());
        command.arg(folder.join("redis.conf"));
        if let Some(disk) = &self.disk {
            command = disk.around(&command);
        }
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let process = self.process.insert(Process::start(&mut command));
        eventually_async("Redis answers", async || {
            let ended = process.has_ended();
            assert!(!ended, "Redis did not start: {}", log_of(folder));
            say(&mut connect(port)?, "PING").filter(|answer| answer == "+PONG")
        })
        .await;
    }

    /// Where it is, as a URL.
    pub fn url(&self) -> String {
        self.url_through(self.port)
    }

    /// The same by way of a proxy on another port.
    pub fn url_through(&self, port: u16) -> String {
        format!("redis://127.0.0.1:{port}")
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The folder with its files.
    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// The first line of what it answers to a command, past every store.
    ///
    /// # Panics
    /// When it does not answer, or with an error.
    pub fn say(&self, command: &str) -> String {
        self.connect().say(command)
    }

    /// A connection past every store.
    ///
    /// # Panics
    /// When there is none to be had.
    pub fn connect(&self) -> RedisConnection {
        RedisConnection(connect(self.port).expect("Redis listens"))
    }

    /// The disk that it was started on, and its process.
    ///
    /// # Panics
    /// When it was started on no disk of its own, or is stopped.
    pub fn disk(&mut self) -> (&SmallDisk, &mut Process) {
        let disk = self.disk.as_ref().expect("it was started on a small disk");
        (disk, self.process.as_mut().expect("the server is running"))
    }

    /// The server's process.
    ///
    /// # Panics
    /// When it is stopped.
    pub fn process(&mut self) -> &mut Process {
        self.process.as_mut().expect("the server is running")
    }

    /// Kills it in the midst of whatever it does.
    pub fn kill(&mut self) {
        self.process().kill();
        self.process = None;
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // Before its folder is removed.
        self.process = None;
    }
}

/// A connection over which commands are said as people type them.
#[derive(Debug)]
pub struct RedisConnection(TcpStream);

impl RedisConnection {
    /// The first line of the answer.
    ///
    /// # Panics
    /// When there is none, or it is an error.
    pub fn say(&mut self, command: &str) -> String {
        let answer = say(&mut self.0, command).expect("Redis answers");
        assert!(!answer.starts_with('-'), "{command}: {answer}");
        answer
    }
}

fn connect(port: u16) -> Option<TcpStream> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    stream.set_read_timeout(Some(STUCK)).ok()?;
    Some(stream)
}

fn say(stream: &mut TcpStream, command: &str) -> Option<String> {
    stream.write_all(format!("{command}\r\n").as_bytes()).ok()?;
    let (mut line, mut byte) = (Vec::new(), [0]);
    while !line.ends_with(b"\r\n") {
        stream.read_exact(&mut byte).ok()?;
        line.extend(byte);
    }
    Some(String::from_utf8_lossy(&line).trim_end().to_owned())
}

fn log_of(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}

/// Nothing takes so long: it is only there so that a fault does not hang the tests.
const STUCK: Duration = Duration::from_secs(60);
