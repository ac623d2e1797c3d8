//! A thousand identical requests at once.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use countersign::hmac::schemes::UstudioV2;
use countersign::{Claim, HmacAuthLayer, Nonce, NonceStore, StoreError, async_trait};
use http::Request;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tower::Layer as _;

use crate::{Inner, Server, again, signed, store};

/// How many of a thousand, which differ from those of the last call, are admitted by a real server with this nonce store.
///
/// # Panics
/// When any other is answered with something else than 401.
pub async fn admitted_of_a_thousand(nonces: impl NonceStore) -> usize {
    static CALLED: AtomicUsize = AtomicUsize::new(0);
    let inner = Inner::new();
    let layer = HmacAuthLayer::new(UstudioV2::new(), store())
        .with_replay_protection_for(nonces, Duration::from_secs(3600))
        // That many have to wait for one another.
        .with_store_timeout(Duration::from_secs(60));
    let server = Server::start(layer.layer(inner.clone())).await;
    let uri = format!("http://h/{}", CALLED.fetch_add(1, Ordering::Relaxed));
    let request = signed(&UstudioV2::new(), Request::post(uri), b"body");
    let mut answers = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let stream = TokioIo::new(TcpStream::connect(server.address()).await.unwrap());
        let (client, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
        tokio::spawn(connection);
        for _ in 0..STREAMS {
            let (mut client, request) = (client.clone(), again(&request, b"body"));
            answers.spawn(async move { client.send_request(request).await.unwrap().status().as_u16() });
        }
    }
    let answers = answers.join_all().await;
    let count = |status| answers.iter().filter(|answer| **answer == status).count();
    assert_eq!(count(200) + count(401), CONNECTIONS * STREAMS);
    assert_eq!(count(200), inner.calls());
    inner.calls()
}

/// A nonce store that looks first and remembers later, as late as it takes for another to look too: planted.
#[derive(Debug, Default)]
pub struct Racy {
    spent: Mutex<HashSet<[u8; 32]>>,
    looked: AtomicUsize,
}

#[async_trait]
impl NonceStore for Racy {
    async fn claim(&self, nonce: &Nonce, _: SystemTime, _: SystemTime) -> Result<Claim, StoreError> {
        if self.spent.lock().unwrap().contains(&nonce.fingerprint()) {
            return Ok(Claim::Seen);
        }
        self.looked.fetch_add(1, Ordering::SeqCst);
        while self.looked.load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
        }
        self.spent.lock().unwrap().insert(nonce.fingerprint());
        Ok(Claim::Fresh)
    }
}

const CONNECTIONS: usize = 10;
const STREAMS: usize = 100;
