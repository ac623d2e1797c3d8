//! An HTTP/1.1 client that sends bytes as they are.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A connection.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    read: Vec<u8>,
}

/// A response, interim or final.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "for tests")]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a field, if it is there.
    pub fn field(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields.into_iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The response without the one field that differs from second to second.
    #[must_use]
    pub fn without_date(mut self) -> Self {
        self.head = self.head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("date:")).collect();
        self
    }
}

impl Wire {
    pub async fn connect(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), read: Vec::new() }
    }

    /// One request on a connection of its own.
    pub async fn exchange(address: SocketAddr, request: &[u8]) -> Answer {
        let mut wire = Self::connect(address).await;
        wire.send(request).await;
        wire.answer().await
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// The next response; `100 Continue` is one.
    ///
    /// # Panics
    /// When the connection ends before, or nothing comes for so long that nothing will.
    pub async fn answer(&mut self) -> Answer {
        let mut answer = self.answer_to_head().await;
        let length = answer.field("content-length").map_or(0, |length| length.parse().unwrap());
        while self.read.len() < length {
            self.more().await;
        }
        answer.body = self.take(length);
        answer
    }

    /// The next response, to a `HEAD` request: its fields tell of a body that is not sent.
    pub async fn answer_to_head(&mut self) -> Answer {
        let head = loop {
            match self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                Some(end) => break self.take(end + 4),
                None => self.more().await,
            }
        };
        let head = String::from_utf8(head).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head, body: Vec::new() }
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        self.read.drain(..length).collect()
    }

    async fn more(&mut self) {
        let mut bytes = [0; 4096];
        let read = timeout(STUCK, self.stream.read(&mut bytes)).await.expect("an answer comes").unwrap();
        assert!(read > 0, "the connection ended after {:?}", String::from_utf8_lossy(&self.read));
        self.read.extend_from_slice(&bytes[..read]);
    }
}

/// Nothing here takes so long: it is only there so that a fault does not hang the tests.
const STUCK: Duration = Duration::from_secs(60);
