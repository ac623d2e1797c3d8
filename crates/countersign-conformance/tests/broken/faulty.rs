//! A store with one planted fault.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use countersign_conformance::{Bounded, Breakable, Durable, Harness, SecretHarness, TokenHarness};
use countersign_core::{
    Claim, Clock, KeyId, MemoryStore, Nonce, NonceStore, PresentedToken, Scope, SecretAdmin, SecretStore,
    SecretVersion, Secrets, StoreError, SystemClock, TokenAdmin, TokenDigest, TokenInfo, TokenStore, async_trait,
};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    AnswerWhenBroken,
    CheckThenSet,
    CutDigests,
    CutKeyIds,
    EndAtNul,
    ErrOnUnknown,
    EvictWhenFull,
    FoldCase,
    FollowClockBack,
    ForgetKeyId,
    ForgetOnReopen,
    ForgetRotation,
    ForgetScheme,
    HideRevoked,
    JudgeExpiry,
    KeepSeconds,
    KeepSecretsAsText,
    NeverForget,
    None,
    OverwriteRevocation,
    RoundTimesUp,
    SortScopes,
    TrimBlanks,
}

/// The harness.
pub(crate) struct Faulty(pub(crate) Fault);

#[derive(Clone)]
pub(crate) struct FaultyStore {
    fault: Fault,
    memory: MemoryStore,
    /// Revocations, for the store that overwrites them.
    revoked: Arc<Mutex<HashMap<String, (SystemTime, String)>>>,
    nonces: Arc<Mutex<Nonces>>,
    broken: Arc<AtomicBool>,
}

struct Nonces {
    capacity: usize,
    newest: SystemTime,
    live: HashMap<[u8; 32], SystemTime>,
}

impl Harness for Faulty {
    type Store = FaultyStore;
    type Guard = ();

    async fn open(&self) -> (FaultyStore, ()) {
        self.open_bounded(1000).await
    }
}

impl SecretHarness for Faulty {
    async fn add_secret(&self, store: &FaultyStore, key_id: &KeyId, version: &SecretVersion) {
        store.add_secret(key_id, version).await.unwrap();
    }

    async fn retire_secret(&self, store: &FaultyStore, key_id: &KeyId, label: &str) {
        store.retire_secret(key_id, label).await.unwrap();
    }
}

impl TokenHarness for Faulty {
    async fn add_token(&self, store: &FaultyStore, digest: &TokenDigest, info: &TokenInfo) {
        store.add_token(digest, info).await.unwrap();
    }
}

impl Breakable for Faulty {
    async fn break_store(&self, store: &FaultyStore, _guard: &()) {
        store.broken.store(true, Ordering::SeqCst);
    }
}

impl Durable for Faulty {
    async fn reopen(&self, store: FaultyStore, _guard: &()) -> FaultyStore {
        if self.0 == Fault::ForgetOnReopen { self.open().await.0 } else { store }
    }
}

impl Bounded for Faulty {
    async fn open_bounded(&self, capacity: usize) -> (FaultyStore, ()) {
        let nonces = Nonces { capacity, newest: SystemTime::UNIX_EPOCH, live: HashMap::new() };
        let store = FaultyStore {
            fault: self.0,
            memory: MemoryStore::new(),
            revoked: Arc::default(),
            nonces: Arc::new(Mutex::new(nonces)),
            broken: Arc::default(),
        };
        (store, ())
    }
}

impl FaultyStore {
    /// Whether to answer although broken; an error if broken and without that fault.
    fn pretends(&self) -> Result<bool, StoreError> {
        match (self.broken.load(Ordering::SeqCst), self.fault) {
            (false, _) => Ok(false),
            (true, Fault::AnswerWhenBroken) => Ok(true),
            (true, _) => Err(StoreError::new("connection closed")),
        }
    }

    fn key_id(&self, key_id: &KeyId) -> KeyId {
        let name = key_id.as_str();
        let name = match self.fault {
            Fault::FoldCase => name.to_ascii_lowercase(),
            Fault::TrimBlanks if !name.trim_matches(' ').is_empty() => name.trim_matches(' ').to_owned(),
            Fault::CutKeyIds => name.chars().take(255).collect(),
            Fault::EndAtNul if !name.starts_with('\0') => name.split('\0').next().unwrap_or_default().to_owned(),
            _ => name.to_owned(),
        };
        name.parse().unwrap()
    }

    fn digest(&self, digest: &TokenDigest) -> TokenDigest {
        let mut bytes = *digest.as_bytes();
        if self.fault == Fault::CutDigests {
            bytes[8..].fill(0);
        }
        TokenDigest::from_bytes(bytes)
    }

    fn time(&self, time: SystemTime) -> SystemTime {
        let nanos = time.duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_nanos();
        match (self.fault, nanos) {
            (Fault::RoundTimesUp, 1..) => time + Duration::from_nanos(u64::from(1_000_000_000 - nanos)),
            (Fault::KeepSeconds, _) => time - Duration::from_nanos(nanos.into()),
            _ => time,
        }
    }
}

#[async_trait]
impl SecretStore for FaultyStore {
    async fn secrets(&self, key_id: &KeyId) -> Result<Secrets, StoreError> {
        if self.pretends()? {
            return Ok(Secrets::none());
        }
        let found = self.memory.secrets(&self.key_id(key_id)).await?;
        match self.fault {
            Fault::ErrOnUnknown if found.is_empty() => Err(StoreError::new("row not found")),
            Fault::ForgetRotation => {
                let mut versions: Vec<_> = found.iter().cloned().collect();
                versions.sort_by(|one, two| one.label().cmp(&two.label()));
                Ok(versions.into_iter().collect())
            }
            Fault::KeepSecretsAsText => {
                let text = |version: &SecretVersion| {
                    String::from_utf8_lossy(version.secret().expose_secret()).into_owned().into_bytes()
                };
                Ok(Secrets::from_raw(found.iter().map(text).collect::<Vec<_>>()))
            }
            _ => Ok(found),
        }
    }
}

#[async_trait]
impl SecretAdmin for FaultyStore {
    async fn add_secret(&self, key_id: &KeyId, version: &SecretVersion) -> Result<(), StoreError> {
        if self.pretends()? {
            return Ok(());
        }
        self.memory.add_secret(&self.key_id(key_id), version).await
    }

    async fn retire_secret(&self, key_id: &KeyId, label: &str) -> Result<bool, StoreError> {
        if self.pretends()? {
            return Ok(true);
        }
        self.memory.retire_secret(&self.key_id(key_id), label).await
    }
}

#[async_trait]
impl TokenStore for FaultyStore {
    async fn token(&self, token: &PresentedToken) -> Result<Option<TokenInfo>, StoreError> {
        if self.pretends()? {
            return Ok(None);
        }
        // The reference store is asked by text, and no text has a digest that was cut off.
        let found = self.memory.token(&stand_in(&self.digest(token.digest()))).await?;
        let Some(mut info) = found else {
            return if self.fault == Fault::ErrOnUnknown { Err(StoreError::new("row not found")) } else { Ok(None) };
        };
        if let Some((at, reason)) = info.id().and_then(|id| self.revoked.lock().unwrap().get(id).cloned()) {
            info = info.with_revoked_at(at).with_revoked_reason(reason);
        }
        let hidden = match self.fault {
            Fault::JudgeExpiry => info.expires_at().is_some_and(|end| end <= SystemClock::new().now()),
            Fault::HideRevoked => info.revoked_at().is_some(),
            _ => false,
        };
        Ok((!hidden).then_some(info))
    }
}

#[async_trait]
impl TokenAdmin for FaultyStore {
    async fn add_token(&self, digest: &TokenDigest, info: &TokenInfo) -> Result<(), StoreError> {
        if self.pretends()? {
            return Ok(());
        }
        let mut info = info.clone();
        if let Some(time) = info.created_at() {
            info = info.with_created_at(self.time(time));
        }
        if let Some(time) = info.not_before() {
            info = info.with_not_before(self.time(time));
        }
        if let Some(time) = info.expires_at() {
            info = info.with_expires_at(self.time(time));
        }
        if self.fault == Fault::SortScopes {
            let mut names: Vec<_> = info.scope().iter().map(str::to_owned).collect();
            names.sort();
            info = info.with_scope(Scope::new(names.iter().map(|name| &**name)).unwrap());
        }
        self.memory.add_token(stand_in(&self.digest(digest)).digest(), &info).await
    }

    async fn revoke_token(&self, id: &str, at: SystemTime, reason: &str) -> Result<bool, StoreError> {
        if self.pretends()? {
            return Ok(true);
        }
        let first = self.memory.revoke_token(id, self.time(at), reason).await?;
        if self.fault != Fault::OverwriteRevocation {
            return Ok(first);
        }
        let mut revoked = self.revoked.lock().unwrap();
        let known = first || revoked.contains_key(id);
        if known {
            revoked.insert(id.to_owned(), (at, reason.to_owned()));
        }
        Ok(known)
    }
}

#[async_trait]
impl NonceStore for FaultyStore {
    async fn claim(&self, nonce: &Nonce, now: SystemTime, expires: SystemTime) -> Result<Claim, StoreError> {
        if self.pretends()? {
            return Ok(Claim::Fresh);
        }
        let fingerprint = match self.fault {
            Fault::ForgetKeyId => Nonce::new(nonce.scheme(), "key".parse().unwrap(), nonce.digest()).fingerprint(),
            Fault::ForgetScheme => Nonce::new("scheme", nonce.key_id().clone(), nonce.digest()).fingerprint(),
            _ => nonce.fingerprint(),
        };
        if self.fault == Fault::CheckThenSet {
            if self.nonces.lock().unwrap().live.contains_key(&fingerprint) {
                return Ok(Claim::Seen);
            }
            tokio::task::yield_now().await;
            self.nonces.lock().unwrap().live.remove(&fingerprint);
        }
        Ok(self.nonces.lock().unwrap().claim(self.fault, fingerprint, now, self.time(expires)))
    }
}

impl Nonces {
    fn claim(&mut self, fault: Fault, fingerprint: [u8; 32], now: SystemTime, expires: SystemTime) -> Claim {
        self.newest = if fault == Fault::FollowClockBack { now } else { self.newest.max(now) };
        if fault != Fault::NeverForget {
            self.live.retain(|_, end| *end > self.newest);
        }
        if self.live.contains_key(&fingerprint) || expires <= self.newest {
            return Claim::Seen;
        }
        if self.live.len() >= self.capacity {
            if fault != Fault::EvictWhenFull {
                return Claim::Full;
            }
            let oldest = self.live.keys().next().copied();
            oldest.and_then(|oldest| self.live.remove(&oldest));
        }
        self.live.insert(fingerprint, expires);
        Claim::Fresh
    }
}

/// A token whose text is the digest written out: any digest, also a made-up one, has such a token.
fn stand_in(digest: &TokenDigest) -> PresentedToken {
    PresentedToken::new(&format!("{:?}", digest.as_bytes()))
}
