//! A Redis of one's own.

use std::env;
use std::future::Future;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use countersign_core::{KeyId, Nonce, StoreError};
use countersign_redis::{RedisOptions, RedisStore};
use tempfile::TempDir;

/// A running `redis-server`, killed when dropped.
pub(crate) struct RedisServer {
    child: Child,
    port: u16,
    folder: TempDir,
    arguments: Vec<String>,
    preload: Option<String>,
}

impl RedisServer {
    /// One that keeps what it acknowledges, as a store wants it.
    pub(crate) fn durable() -> Self {
        Self::start(&["--appendonly", "yes", "--appendfsync", "everysec"])
    }

    /// One that writes nothing to the disk unless it is told to.
    pub(crate) fn volatile() -> Self {
        Self::start(&["--appendonly", "no"])
    }

    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, None)
    }

    /// With a shared library loaded before all others.
    pub(crate) fn start_with(arguments: &[&str], preload: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        loop {
            let port = free_port();
            let mut child = spawn(port, &folder, &arguments, preload.as_deref());
            if is_up(&mut child, port) {
                return Self { child, port, folder, arguments, preload };
            }
            // Somebody else was given the port in between.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Patient: the machine may be busy with other tests.
    pub(crate) fn options(&self) -> RedisOptions {
        RedisOptions::new(self.url()).with_response_timeout(Duration::from_secs(10))
    }

    pub(crate) async fn create(&self) -> RedisStore {
        self.options().create().await.unwrap()
    }

    pub(crate) async fn connect(&self) -> RedisStore {
        self.options().connect().await.unwrap()
    }

    /// Asks it past the store.
    pub(crate) fn ask<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        let mut connection = self.connection();
        let (name, arguments) = words.split_first().unwrap();
        redis::cmd(name).arg(arguments).query(&mut connection).unwrap()
    }

    pub(crate) fn tell(&self, words: &[&str]) {
        let _: redis::Value = self.ask(words);
    }

    /// The names of all keys, as far as they can be read.
    pub(crate) fn keys(&self) -> Vec<String> {
        let keys: Vec<Vec<u8>> = self.ask(&["KEYS", "*"]);
        keys.iter().map(|key| String::from_utf8_lossy(key).into_owned()).collect()
    }

    pub(crate) fn connection(&self) -> redis::Connection {
        redis::Client::open(self.url()).unwrap().get_connection().unwrap()
    }

    /// Ends it as a crash does (`kill -9`).
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again after it ended, over the same folder and at the same port.
    pub(crate) fn start_again(&mut self) {
        self.child = spawn(self.port, &self.folder, &self.arguments, self.preload.as_deref());
        assert!(is_up(&mut self.child, self.port), "it starts again");
    }

    pub(crate) fn kill_and_start_again(&mut self) {
        self.kill();
        self.start_again();
    }

    /// `STOP`: it is there and does not answer. `CONT`: it goes on.
    pub(crate) fn signal(&self, name: &str) {
        assert!(
            Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap().success()
        );
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn is_there() -> bool {
    crate::runs(&program())
}

/// A time that tests tell.
pub(crate) fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
}

pub(crate) fn key(name: &str) -> KeyId {
    name.parse().unwrap()
}

pub(crate) fn nonce(value: u64) -> Nonce {
    Nonce::new("test", key(&format!("key {}", value % 100)), &value.to_be_bytes())
}

/// Everything that an error says, to the operator too.
pub(crate) fn all_of(error: &(dyn std::error::Error + 'static)) -> String {
    let mut said = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(error) = source {
        said += &format!(" / {error} {error:?}");
        source = error.source();
    }
    said
}

/// Asks again until the store answers: it may have to notice first that its Redis is back.
pub(crate) async fn until_answered<T, F: Future<Output = Result<T, StoreError>>>(question: impl Fn() -> F) -> T {
    let patience = tokio::time::Instant::now() + Duration::from_secs(20);
    loop {
        match question().await {
            Ok(answer) => return answer,
            Err(error) => assert!(tokio::time::Instant::now() < patience, "no answer: {}", all_of(&error)),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    let patience = tokio::time::Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(tokio::time::Instant::now() < patience, "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn program() -> String {
    env::var("COUNTERSIGN_REDIS_SERVER").unwrap_or_else(|_| "redis-server".to_owned())
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

fn spawn(port: u16, folder: &TempDir, arguments: &[String], preload: Option<&str>) -> Child {
    let mut command = Command::new(program());
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"]).arg(folder.path());
    if let Some(library) = preload {
        command.env("LD_PRELOAD", library);
    }
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Whether it answers, with whatever word; it may ask for a password.
fn is_up(child: &mut Child, port: u16) -> bool {
    use std::io::{Read, Write};

    for _ in 0..2000 {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        let mut answer = [0; 8];
        let asked = std::net::TcpStream::connect(("127.0.0.1", port))
            .and_then(|mut stream| stream.write_all(b"PING\r\n").and_then(|()| stream.read(&mut answer)));
        if asked.is_ok() && !answer.starts_with(b"-LOADING") && answer[0] != 0 {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("redis-server does not answer");
}
