//! What the store is made of, and the faults of all its contracts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use countersign_core::{Invalidation, KeyId, MemoryStore, StoreError, Subscribers, TokenDigest, TokenInfo};

use super::Fault;
use super::nonces::Nonces;

/// A handle as a process has it. Clones belong to the same process.
#[derive(Clone)]
pub(crate) struct FaultyStore {
    pub(super) fault: Fault,
    pub(super) shared: Arc<Contents>,
    /// Which of the processes this is.
    process: usize,
}

/// What all processes share.
pub(super) struct Contents {
    pub(super) secrets: MemoryStore,
    /// When which version of which key last matched.
    pub(super) matched: Mutex<HashMap<(KeyId, Box<str>), SystemTime>>,
    pub(super) tokens: Mutex<HashMap<TokenDigest, TokenInfo>>,
    pub(super) nonces: Mutex<Nonces>,
    pub(super) broken: AtomicBool,
    /// How often a token was looked up by its id.
    pub(super) looks: AtomicUsize,
    processes: Mutex<Vec<Subscribers>>,
    /// What is told with the next change, by the store that is always one behind.
    pub(super) late: Mutex<Vec<Invalidation>>,
}

impl FaultyStore {
    pub(super) fn new(fault: Fault, nonces: usize) -> Self {
        let contents = Contents {
            secrets: MemoryStore::new(),
            matched: Mutex::default(),
            tokens: Mutex::default(),
            nonces: Mutex::new(Nonces::new(nonces)),
            broken: AtomicBool::new(false),
            looks: AtomicUsize::new(0),
            processes: Mutex::default(),
            late: Mutex::default(),
        };
        Self { fault, shared: Arc::new(contents), process: 0 }.elsewhere()
    }

    /// The same contents in another process.
    pub(super) fn elsewhere(&self) -> Self {
        let mut processes = self.shared.processes.lock().unwrap();
        processes.push(Subscribers::new());
        Self { process: processes.len() - 1, ..self.clone() }
    }

    /// Who listens in this process.
    pub(super) fn here(&self) -> Subscribers {
        self.shared.processes.lock().unwrap()[self.process].clone()
    }

    /// Who listens in the others.
    pub(super) fn others(&self) -> Vec<Subscribers> {
        let processes = self.shared.processes.lock().unwrap();
        processes.iter().enumerate().filter(|(process, _)| *process != self.process).map(|(_, it)| it.clone()).collect()
    }

    pub(super) fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// Whether to answer although broken; an error if broken and without that fault.
    pub(super) fn pretends(&self) -> Result<bool, StoreError> {
        match (self.shared.broken.load(Ordering::SeqCst), self.fault) {
            (false, _) => Ok(false),
            (true, Fault::AnswerWhenBroken) => Ok(true),
            (true, _) => Err(StoreError::new("connection closed")),
        }
    }

    pub(super) fn tokens(&self) -> MutexGuard<'_, HashMap<TokenDigest, TokenInfo>> {
        self.shared.tokens.lock().unwrap()
    }

    /// The token of this id.
    pub(super) fn find(&self, id: &str) -> Option<(TokenDigest, TokenInfo)> {
        let found =
            self.tokens().iter().find(|(_, info)| info.id() == Some(id)).map(|(digest, it)| (*digest, it.clone()));
        self.shared.looks.fetch_add(1, Ordering::SeqCst);
        found
    }

    pub(super) fn key_id(&self, key_id: &KeyId) -> KeyId {
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

    pub(super) fn digest(&self, digest: &TokenDigest) -> TokenDigest {
        let mut bytes = *digest.as_bytes();
        if self.has(Fault::CutDigests) {
            bytes[8..].fill(0);
        }
        TokenDigest::from_bytes(bytes)
    }

    pub(super) fn time(&self, time: SystemTime) -> SystemTime {
        let nanos = time.duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_nanos();
        match (self.fault, nanos) {
            (Fault::RoundTimesUp, 1..) => time + Duration::from_nanos(u64::from(1_000_000_000 - nanos)),
            (Fault::KeepSeconds, _) => time - Duration::from_nanos(nanos.into()),
            _ => time,
        }
    }
}

/// Lets everybody else go first.
pub(crate) async fn dawdle() {
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
}
