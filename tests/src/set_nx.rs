//! How nonces are claimed in Redis by those who do not think of its losing them.

use std::time::SystemTime;

use countersign::{Claim, Nonce, NonceStore, StoreError, async_trait};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

/// `SET … NX`, atomic and forgetful: planted.
#[derive(Debug)]
pub struct SetNx {
    address: String,
    connection: Mutex<Option<BufReader<TcpStream>>>,
}

impl SetNx {
    /// In the Redis at `host:port`.
    pub fn new(address: &str) -> Self {
        Self { address: address.to_owned(), connection: Mutex::default() }
    }

    async fn ask(&self, connection: &mut BufReader<TcpStream>, command: &str) -> std::io::Result<String> {
        connection.write_all(command.as_bytes()).await?;
        let mut answer = String::new();
        match connection.read_line(&mut answer).await? {
            0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(answer),
        }
    }
}

#[async_trait]
impl NonceStore for SetNx {
    async fn claim(&self, nonce: &Nonce, _: SystemTime, _: SystemTime) -> Result<Claim, StoreError> {
        let mut kept = self.connection.lock().await;
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => BufReader::new(TcpStream::connect(&self.address).await.map_err(StoreError::new)?),
        };
        let name: String = nonce.fingerprint().iter().map(|byte| format!("{byte:02x}")).collect();
        let answer = self.ask(&mut connection, &format!("SET nonce:{name} 1 NX EX 3600\r\n")).await;
        let claim = match answer.map_err(StoreError::new)?.trim_end() {
            "+OK" => Claim::Fresh,
            "$-1" => Claim::Seen,
            other => return Err(StoreError::new(other.to_owned())),
        };
        *kept = Some(connection);
        Ok(claim)
    }
}
