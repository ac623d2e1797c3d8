//! A thousand identical requests at once.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use countersign::hmac::schemes::UstudioV2;
use countersign::{Claim, HmacAuthLayer, MemoryStore, Nonce, NonceStore, StoreError, async_trait};
use countersign_tests::{Inner, Server, again, signed, store};
use http::Request;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tower::Layer as _;

const CONNECTIONS: usize = 10;
const STREAMS: usize = 100;

/// How many of them are admitted by a real server. All others must be 401.
async fn admitted(nonces: impl NonceStore) -> usize {
    let inner = Inner::new();
    let layer =
        HmacAuthLayer::new(UstudioV2::new(), store()).with_replay_protection_for(nonces, Duration::from_secs(3600));
    let server = Server::start(layer.layer(inner.clone())).await;
    let request = signed(&UstudioV2::new(), Request::post("http://h/x"), b"body");
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

/// Looks first and remembers later: as late as it takes for another to look too.
#[derive(Default)]
struct Racy {
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn exactly_one_of_a_thousand_is_admitted() {
    for _ in 0..3 {
        assert_eq!(admitted(MemoryStore::new()).await, 1);
    }
    assert!(admitted(Racy::default()).await > 1, "a store that is not atomic is found out");
}
