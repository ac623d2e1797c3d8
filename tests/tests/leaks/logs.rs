//! Everything that is logged at TRACE, and everything that is answered, while requests of all kinds come in.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::hmac::schemes::UstudioV2;
use countersign::{
    BearerTokenLayer, HmacAuthLayer, KeyId, MemoryStore, NonceStore, Secret, SecretAdmin, SecretStore, SecretVersion,
    SentrySignatureLayer, StoreError, TokenAdmin, TokenFormat, TokenInfo, TokenStore, issue_token, store_fn,
};
use countersign_sqlx::SqliteStore;
use countersign_tests::{Inner, KEY, Logs, Server, Wire, signed_by};
use http::{Request, Response};
use hyper::body::Incoming;
use tower::Layer as _;

use crate::search::Canaries;

/// What the log must have in it, so that it is known to have been read.
const KEY_OF_NOBODY: &str = "a-key-of-nobody";

/// A server, requests to it, and what all the answers were.
struct Ear {
    canaries: Canaries,
    heard: Vec<u8>,
}

impl Ear {
    /// Sends every request to the service and keeps what it answers.
    async fn listen<S, B>(&mut self, service: S, requests: &[String], statuses: &[u16])
    where
        S: tower::Service<Request<Incoming>, Response = Response<B>, Error = std::convert::Infallible, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
        B: http_body::Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
    {
        let server = Server::start(service).await;
        for request in requests {
            let answer = Wire::exchange(server.address(), request.as_bytes()).await;
            assert!(statuses.contains(&answer.status), "{request} {answer:?}");
            self.heard.extend_from_slice(answer.head.as_bytes());
            self.heard.extend_from_slice(&answer.body);
        }
    }
}

fn http(field: &str, value: &str) -> String {
    format!("POST /x HTTP/1.1\r\nHost: h\r\n{field}: {value}\r\nContent-Length: 4\r\n\r\nbody")
}

/// Requests with good, bad and broken credentials; of each, what identifies it is a canary.
fn signed_requests(ear: &mut Ear, secret: &Secret) -> Vec<String> {
    let good = signed_by((KEY, secret), SystemTime::UNIX_EPOCH, &UstudioV2::new(), Request::post("/x"), b"body");
    let good = good.headers()["authorization"].to_str().unwrap().to_owned();
    let signature = good.rsplit(' ').next().unwrap();
    let wrong: String = signature.chars().rev().collect();
    ear.canaries.add("a good signature", signature);
    ear.canaries.add("a wrong signature", wrong.as_str());
    ear.canaries.add("broken credentials", "Canary-Broken-Credentials");
    let credentials = [
        good.clone(),
        good.replace(signature, &wrong),
        good.replace(KEY, KEY_OF_NOBODY),
        format!("{good} Canary-Broken-Credentials"),
        "USTUDIO-HMAC-V2 k Canary-Broken-Credentials".to_owned(),
        "Canary-Broken-Credentials".to_owned(),
        format!("{good}\r\nAuthorization: {good}"),
        format!("USTUDIO-HMAC-V2 k {}", "Canary-Broken-Credentials".repeat(400)),
    ];
    credentials.iter().map(|value| http("Authorization", value)).collect()
}

fn bearer_requests(ear: &mut Ear, tokens: &[&str]) -> Vec<String> {
    for token in tokens {
        ear.canaries.add("a token", *token);
    }
    let bearers = tokens.iter().map(|token| format!("Bearer {token}"));
    let broken = ["Bearer Canary-Unknown-Token", "Bearer Canary-Broken Token", "Canary-Broken-Credentials"];
    ear.canaries.add("an unknown token", "Canary-Unknown-Token");
    ear.canaries.add("a broken token", "Canary-Broken Token");
    bearers.chain(broken.map(str::to_owned)).map(|value| http("Authorization", &value)).collect()
}

/// Puts a secret and tokens into a store, asks layers over it everything, and listens.
async fn use_store<S>(ear: &mut Ear, store: S, name: &str)
where
    S: SecretStore + TokenStore + NonceStore + SecretAdmin + TokenAdmin + Clone,
{
    let text = format!("Canary-Secret-In-{name}");
    ear.canaries.add(format!("the secret in {name}"), text.as_str());
    let secret = Secret::new(text).unwrap();
    let key_id = KeyId::new(KEY).unwrap();
    store.add_secret(&key_id, &SecretVersion::new(secret.clone()).with_label("new")).await.unwrap();
    assert!(store.add_secret(&key_id, &SecretVersion::new(secret.clone()).with_label("new")).await.is_err());

    let (format, at) = (TokenFormat::new("t").unwrap(), SystemTime::UNIX_EPOCH);
    let good = issue_token(&store, &format, TokenInfo::new("user-7"), at).await.unwrap();
    let old = issue_token(&store, &format, TokenInfo::new("user-7").with_expires_at(at), at).await.unwrap();
    let revoked = issue_token(&store, &format, TokenInfo::new("user-7").with_id("r"), at).await.unwrap();
    assert!(store.revoke_token("r", at, "lost").await.unwrap());
    let tokens = [&good, &old, &revoked].map(|issued| issued.token.expose_secret());

    let (signed, bearers) = (signed_requests(ear, &secret), bearer_requests(ear, &tokens));
    let protected = HmacAuthLayer::new(UstudioV2::new(), store.clone())
        .with_replay_protection_for(store.clone(), Duration::from_secs(3600));
    let bearer = BearerTokenLayer::new(store);
    // Twice, so that the good ones are replayed.
    for _ in 0..2 {
        ear.listen(protected.layer(Inner::new()), &signed, &[200, 400, 401, 431]).await;
    }
    ear.listen(bearer.layer(Inner::new()), &bearers, &[200, 400, 401]).await;
    let all: Vec<String> = signed.into_iter().chain(bearers).collect();
    ear.listen(bearer.or(protected).layer(Inner::new()), &all, &[200, 400, 401, 431]).await;
    // Credentials of one kind at the door of another, and a store that fails.
    ear.listen(SentrySignatureLayer::new(secret).layer(Inner::new()), &all, &[400, 401, 403, 431]).await;
    let failing = store_fn(|_: KeyId| async { Err::<countersign::Secrets, _>(StoreError::new("down")) });
    ear.listen(HmacAuthLayer::new(UstudioV2::new(), failing).layer(Inner::new()), &all, &[400, 401, 431, 503]).await;
}

#[tokio::test]
async fn nothing_secret_is_logged_answered_or_filed() {
    let logs = Logs::install();
    let mut ear = Ear { canaries: Canaries::default(), heard: Vec::new() };
    use_store(&mut ear, MemoryStore::new(), "memory").await;
    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteStore::create(folder.path().join("store.sqlite")).await.unwrap();
    let before_sqlite = ear.canaries.clone();
    use_store(&mut ear, sqlite.clone(), "sqlite").await;
    sqlite.close().await;

    let text = logs.text();
    let (found, answered) = (ear.canaries.found_in(text.as_bytes()), ear.canaries.found_in(&ear.heard));
    assert_eq!((found, answered), (vec![], vec![]), "{text}");
    // The log was read: refusals are in it, with the key that was presented.
    for expected in ["countersign::rejection", "request refused", KEY_OF_NOBODY, "unknown key", "replayed"] {
        assert!(text.contains(expected), "{expected}");
    }

    // Of a store's file only the secret itself is known to be in there.
    let mut filed = Vec::new();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        filed.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    assert_eq!(ear.canaries.found_in(&filed), ["the secret in sqlite"]);
    assert!(before_sqlite.found_in(&filed).is_empty());

    // Whatever is logged, by whomever, is found.
    tracing::trace!(target: "somebody::else", credentials = ?"Bearer Canary-Unknown-Token", "planted");
    assert_eq!(ear.canaries.found_in(logs.text().as_bytes()), ["an unknown token"; 2]);
}
